"""Restore a backup, as it were: a log that is led back to an earlier size."""

from registry.crypto import merkle
from tests.databases import ScratchDatabase
from tests.logbook import superuser


async def roll_back(database: ScratchDatabase, size: int) -> None:
    """Take leaves, checkpoints and cosignatures beyond a size away; the size is small enough to have no full tile."""
    async with superuser(database) as connection:
        hashes = [row[0] for row in await connection.fetch("SELECT hash FROM audit.leaf ORDER BY idx LIMIT $1", size)]
        frontier = merkle.append(merkle.EMPTY, hashes, lambda _: b"").frontier.encode()
        await connection.execute("DELETE FROM audit.leaf WHERE idx >= $1", size)
        await connection.execute("DELETE FROM audit.checkpoint WHERE size > $1", size)
        await connection.execute("DELETE FROM audit.cosignature WHERE size > $1", size)
        await connection.execute("UPDATE audit.state SET size = $1, frontier = $2", size, frontier)
