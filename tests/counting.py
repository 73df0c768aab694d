"""How often the database is asked: pages that list things ask as often for many rows as for few."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Engine, event

# What beats beside, in a task of its own, is not counted.
_SENT: ContextVar[list[str] | None] = ContextVar("_SENT", default=None)


@contextmanager
def queries() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database meanwhile, by what is called from here."""

    def note(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        if (ours := _SENT.get()) is not None:
            ours.append(sql)

    sent: list[str] = []
    before = _SENT.set(sent)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        _SENT.reset(before)
