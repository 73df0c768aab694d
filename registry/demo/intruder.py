"""What nobody should be able to do unseen: change the tables, as the database's superuser.

The one place outside `store` that speaks SQL, because it plays somebody who has broken in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from registry.store import embedded

T = TypeVar("T")

# The last bit of the row's bytes; twice is as before.
_FLIP_ENTRY = "UPDATE audit.entry SET leaf = set_bit(leaf, 1343, 1 - get_bit(leaf, 1343)) WHERE id = $1"
_FLIP_LEAF = "UPDATE audit.leaf SET hash = set_bit(hash, 0, 1 - get_bit(hash, 0)) WHERE idx = $1"
_INDEX = "SELECT idx FROM audit.leaf WHERE entry_id = $1"


@contextmanager
def changed_entry(directory: Path, entry_id: UUID) -> Iterator[int]:
    """Change the leaf of an entry as it was written, until the block ends; yield its index in the log."""
    index = _index(directory, entry_id)
    _force(directory, _FLIP_ENTRY, entry_id)
    try:
        yield index
    finally:
        _force(directory, _FLIP_ENTRY, entry_id)


@contextmanager
def changed_leaf(directory: Path, entry_id: UUID) -> Iterator[None]:
    """Change the hash beside this entry's in the tree, until the block ends."""
    index = _index(directory, entry_id)
    _force(directory, _FLIP_LEAF, index ^ 1)
    try:
        yield
    finally:
        _force(directory, _FLIP_LEAF, index ^ 1)


def _index(directory: Path, entry_id: UUID) -> int:
    index: int = _connected(directory, lambda connection: connection.fetchval(_INDEX, entry_id))
    return index


def _force(directory: Path, statement: str, argument: object) -> None:
    """Run a statement that the triggers refuse, with the triggers off."""

    async def force(connection: asyncpg.Connection) -> None:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(statement, argument)

    _connected(directory, force)


def _connected(directory: Path, work: Callable[[Any], Awaitable[T]]) -> T:
    async def connected(dsn: str) -> T:
        connection = await asyncpg.connect(dsn)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with embedded.start(directory) as instance:
        return asyncio.run(connected(instance.dsn(user=embedded.SUPERUSER)))
