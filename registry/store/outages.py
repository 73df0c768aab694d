"""Tell a database that is away from a defect of ours: the first is 503 and may be repeated, the second is not."""

from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import exceptions as postgres
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from registry.errors import Unavailable

_AWAY = (
    postgres.PostgresConnectionError,
    postgres.CannotConnectNowError,
    postgres.AdminShutdownError,
    postgres.CrashShutdownError,
    postgres.TooManyConnectionsError,
    postgres.LockNotAvailableError,
    postgres.QueryCanceledError,
    postgres.DeadlockDetectedError,
    postgres.SerializationError,
    postgres.ReadOnlySQLTransactionError,
    postgres.DiskFullError,
    postgres.InterfaceError,
)


@contextmanager
def outages() -> Iterator[None]:
    """Raise Unavailable `database_unavailable` in place of what the driver says when the database is away."""
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise Unavailable("database_unavailable") from error
        raise


def is_outage(error: BaseException) -> bool:
    """Say whether repeating later can help."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or any(isinstance(cause, _AWAY) for cause in _causes(error))
    return isinstance(error, (*_AWAY, OSError))


def _causes(error: BaseException) -> list[BaseException]:
    """List what lies under SQLAlchemy's wrapping of asyncpg's error."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = getattr(cause, "orig", None) or cause.__cause__
    return found
