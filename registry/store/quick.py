"""The hot path's transaction: the same statements as everywhere, compiled once, on the driver's own connection.

SQLAlchemy spends three quarters of a short statement's time beside the driver. A transaction that thousands of
questions a second share can do without; everything else keeps the session.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, NamedTuple, Protocol, Self

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.sql import ClauseElement

_ROLL_BACK_SECONDS = 1.0


class Executes(Protocol):
    """What a statement needs of a transaction: a session of SQLAlchemy's is one, and so is a `QuickSession`."""

    @property
    def info(self) -> dict[Any, Any]:
        """What belongs to this transaction."""

    async def execute(self, statement: Executable, params: Any = None, /) -> Any:  # noqa: ANN401 - as SQLAlchemy has it
        """Run a statement with named parameters."""


class Row(asyncpg.Record):  # type: ignore[misc] # the driver is not typed
    """A row whose columns are attributes, as SQLAlchemy's rows have them."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return a column."""
        return self[name]


class Rows(list[Row]):
    """All rows of a statement."""

    def all(self) -> Self:
        """Return them."""
        return self


class QuickSession:
    """One transaction on the driver's own connection, opened by `Database.quick`."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - the driver is not typed
        self._connection = connection
        self.info: dict[Any, Any] = {}

    async def execute(self, statement: Executable, params: Mapping[str, Any] | None = None, /) -> Rows:
        """Run a statement that is a constant of its module, with named parameters."""
        compiled = _compile(statement)
        given = {**compiled.defaults, **params} if params else compiled.defaults
        values = [given[name] for name in compiled.names]
        return Rows(await self._connection.fetch(compiled.sql, *values, record_class=Row))


@asynccontextmanager
async def transaction(driver: Any) -> AsyncIterator[QuickSession]:  # noqa: ANN401 - the driver is not typed
    """Begin a transaction, and commit it when the block returns; of a connection that was interrupted nothing is left.

    Not the driver's own: one that is interrupted in its BEGIN leaves a connection on which every later transaction is a
    savepoint of the one that nobody commits, and says that all went well.

    Raises:
        RuntimeError: what failed in the block was passed over, so that the database rolled back.
    """
    try:
        await _begin(driver)
        yield QuickSession(driver)
        await _commit(driver)
    except BaseException:
        # However far it had come; a statement that was given up must not go on there, and keep its locks.
        await _roll_back(driver)
        raise


async def _begin(driver: Any) -> None:  # noqa: ANN401 - likewise
    if driver.is_in_transaction():
        raise asyncpg.InterfaceError("left open")
    await driver.execute("BEGIN")


async def _commit(driver: Any) -> None:  # noqa: ANN401 - likewise
    # PostgreSQL answers ROLLBACK, and no error, to the COMMIT of a transaction in which a statement failed.
    if await driver.execute("COMMIT") != "COMMIT":
        raise RuntimeError("rolled back")


async def _roll_back(driver: Any) -> None:  # noqa: ANN401 - likewise
    try:
        async with asyncio.timeout(_ROLL_BACK_SECONDS):
            await driver.execute("ROLLBACK")
    except BaseException as error:
        driver.terminate()
        if not isinstance(error, Exception):
            raise


class _Compiled(NamedTuple):
    sql: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]


@cache
def _compile(statement: ClauseElement) -> _Compiled:
    # The statements are constants, so the cache holds a handful; their parameters' types are in the text as casts.
    compiled: Any = statement.compile(dialect=dialect.dialect(), compile_kwargs={"render_postcompile": True})  # type: ignore[no-untyped-call]
    return _Compiled(str(compiled), tuple(compiled.positiontup or ()), compiled.params)
