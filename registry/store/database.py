"""One session is one transaction.

`Database.write()` commits when its block returns and rolls back when it raises; nobody else calls `commit()`.
A `ReadSession` is read-only in PostgreSQL itself. A `WriteSession` can do all that a `ReadSession` can.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, NewType, Self

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from registry.errors import Unavailable
from registry.store.outages import outages
from registry.store.quick import Executes, QuickSession, transaction

ReadSession = NewType("ReadSession", AsyncSession)
WriteSession = NewType("WriteSession", ReadSession)

# A statement that runs longer is a defect or an attack; the audit promise is "2 s or 503".
STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 2_000
_AFTER = "registry.after_commit"


class Database:
    """A pool of connections that sign in as one database role.

    Args:
        url: `postgresql://…` or `postgresql+asyncpg://…`; several hosts are allowed, as libpq writes them.
        pool_size: connections kept; never more are opened.
        role: the database role to act as, when the login itself is allowed more.
        patience: seconds that a transaction may take; None for as long as it takes.
        plan_once: plan each statement once a connection, and by index: for few statements, run thousands of times.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        pool_size: int = 10,
        role: str | None = None,
        patience: float | None = None,
        plan_once: bool = False,
    ) -> None:
        settings = {
            "application_name": "registry",
            "jit": "off",
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "timezone": "UTC",
        }
        if role is not None:
            settings["role"] = role
        if patience is not None:
            # What a process of ours that hangs holds open, nobody would cut; and what was given up must not go on.
            settings["idle_in_transaction_session_timeout"] = str(int(patience * 1000))
            settings["statement_timeout"] = str(min(int(patience * 1000), STATEMENT_TIMEOUT_MS))
        if plan_once:
            # A plan that is kept may be from a time when there was nothing in the tables to need an index for.
            settings |= {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
        self._engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            # An exception must not carry what was sent into a log.
            hide_parameters=True,
            pool_timeout=2,
            connect_args={"server_settings": settings, "timeout": 2},
        )
        self._patience = patience
        self._reader = self._engine.execution_options(postgresql_readonly=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """Open a read-only transaction; it serves nothing about a person, because a look must leave a trace."""
        with outages():
            async with AsyncSession(self._reader, expire_on_commit=False) as session, self._transaction(session):
                yield ReadSession(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """Open a transaction that commits when the block returns and rolls back when it raises."""
        with outages():
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                async with self._transaction(session):
                    yield WriteSession(ReadSession(session))
                for then in session.info.get(_AFTER, ()):
                    then()

    @asynccontextmanager
    async def quick(self) -> AsyncIterator[QuickSession]:
        """Open a transaction as `write` does, without SQLAlchemy's share of the work: for the hot path."""
        with outages():
            async with self._engine.connect() as held:
                driver: Any = (await held.get_raw_connection()).driver_connection
                try:
                    with _Patience(self._patience) as patience:
                        patience.watch(driver)
                        async with transaction(driver) as session:
                            yield session
                    for then in session.info.get(_AFTER, ()):
                        then()
                finally:
                    if driver.is_closed():
                        await held.invalidate()

    @asynccontextmanager
    async def _transaction(self, session: AsyncSession) -> AsyncIterator[None]:
        with _Patience(self._patience) as patience:
            async with session.begin():
                if self._patience is not None:
                    connection = await (await session.connection()).get_raw_connection()
                    patience.watch(connection.driver_connection)
                yield

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


class _Patience:
    """Cuts the connection of a transaction that has outlived our patience, which is an outage whatever comes of it.

    Nothing gentler ends the wait for a server that holds still: its own timeouts stand still too, and a driver that
    gives up first asks that server to cancel.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def watch(self, driver: Any) -> None:  # noqa: ANN401 - the driver is not typed
        """Cut this connection when the time is over."""
        if self._seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._cut, driver)

    def _cut(self, driver: Any) -> None:  # noqa: ANN401 - likewise
        self._over = True
        driver.terminate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # A driver that loses its connection in the middle of something says all kinds of things.
        if self._over and isinstance(error, Exception):
            raise Unavailable("database_unavailable") from error


def on_commit(session: Executes, then: Callable[[], None]) -> None:
    """Call `then` once this transaction is durable, and never if it is rolled back."""
    session.info.setdefault(_AFTER, []).append(then)
