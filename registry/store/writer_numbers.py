"""How far the numbers of each writer are in the tree, which are missing, and what was said of those that crashed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, bindparam, insert, select, text, update

from registry.domain.uuids import uuid7
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import audit_writer, audit_writer_end, audit_writer_progress

# With the writer's id, the lock under which it is declared dead, or declares itself alive.
_LIFE = 0x4C49_4645

_HOLD = text("SELECT pg_advisory_xact_lock(:kind, :writer_id)").bindparams(kind=_LIFE)


@dataclass(frozen=True, slots=True)
class Progress:
    """What of a writer was sealed: how many leaves, the highest number among them, and whether one was its last."""

    sealed: int
    top: int
    ended: bool


@dataclass(frozen=True, slots=True)
class Living:
    """A writer whose last leaf has not been seen, as far as it is sealed."""

    writer_id: int
    started_at: datetime
    progress: Progress


_ADD = text("""
    INSERT INTO audit.writer_progress AS known (writer_id, sealed, top, ended)
    SELECT * FROM unnest(:writer_id, :sealed, :top, :ended)
    ON CONFLICT (writer_id) DO UPDATE SET sealed = known.sealed + excluded.sealed,
        top = greatest(known.top, excluded.top), ended = known.ended OR excluded.ended
""").bindparams(
    bindparam("writer_id", type_=ARRAY(Integer)),
    bindparam("sealed", type_=ARRAY(BigInteger)),
    bindparam("top", type_=ARRAY(BigInteger)),
    bindparam("ended", type_=ARRAY(Boolean)),
)


async def add_progress(session: WriteSession, sealed: Mapping[int, Progress]) -> None:
    """Count what a round has sealed of each writer."""
    rows = sorted(sealed.items())
    await session.execute(
        _ADD,
        {
            "writer_id": [writer_id for writer_id, _ in rows],
            "sealed": [one.sealed for _, one in rows],
            "top": [one.top for _, one in rows],
            "ended": [one.ended for _, one in rows],
        },
    )


async def list_living(session: ReadSession) -> list[Living]:
    """List the writers that have written and not ended."""
    progress = audit_writer_progress.c
    query = (
        select(progress.writer_id, audit_writer.c.started_at, progress.sealed, progress.top)
        .join(audit_writer, audit_writer.c.id == progress.writer_id)
        .where(~progress.ended)
        .order_by(progress.writer_id)
    )
    rows = await session.execute(query)
    return [Living(row.writer_id, row.started_at, Progress(row.sealed, row.top, ended=False)) for row in rows]


async def hold(session: WriteSession, *, writer_id: int) -> None:
    """Let nobody else decide until this transaction ends whether the writer lives."""
    await session.execute(_HOLD, {"writer_id": writer_id})


_WAITS = text("""
    SELECT EXISTS (SELECT FROM audit.outbox JOIN audit.entry ON entry.id = outbox.entry_id
        WHERE entry.writer_id = :writer_id)
""")


async def is_waiting(session: ReadSession, *, writer_id: int) -> bool:
    """Say whether something of this writer is still on its way into the tree."""
    return bool((await session.execute(_WAITS, {"writer_id": writer_id})).scalar_one())


_MISSING = text("""
    SELECT previous + 1 AS first, writer_seq - 1 AS last FROM (
        SELECT writer_seq, lag(writer_seq, 1, 0::bigint) OVER (ORDER BY writer_seq) AS previous
        FROM audit.entry WHERE writer_id = :writer_id AND id >= :since
    ) AS pair WHERE writer_seq > previous + 1 ORDER BY first
""")


async def find_missing(session: ReadSession, writer: Living) -> list[tuple[int, int]]:
    """Find the numbers that no entry of this writer has, as ranges (first, last), below its highest."""
    since = uuid7(int(writer.started_at.timestamp() * 1000), bytes(10))
    rows = await session.execute(_MISSING, {"writer_id": writer.writer_id, "since": since})
    return [(row.first, row.last) for row in rows]


@dataclass(frozen=True, slots=True)
class Jump:
    """Two entries of a writer that do not follow one another: `first` to `last` are missing; if first > last, twice."""

    writer_id: int
    first: int
    last: int


# A number that is missing before an entry of the last minutes may still come.
_JUMPS = text("""
    SELECT writer_id, previous + 1 AS first, writer_seq - 1 AS last FROM (
        SELECT writer_id, writer_seq, t_ms, max(t_ms) OVER () AS newest,
            lag(writer_seq, 1, 0::bigint) OVER (PARTITION BY writer_id ORDER BY writer_seq) AS previous
        FROM audit.entry
    ) AS pair WHERE writer_seq <> previous + 1 AND (writer_seq = previous OR t_ms < newest - :grace_ms)
    ORDER BY writer_id, first
""")


async def find_jumps(session: ReadSession, *, grace_ms: int) -> list[Jump]:
    """Find where the numbers of any writer do not go on by one, but for what is younger than the grace."""
    rows = await session.execute(_JUMPS, {"grace_ms": grace_ms})
    return [Jump(row.writer_id, row.first, row.last) for row in rows]


async def is_ended(session: ReadSession, *, writer_id: int) -> bool:
    """Say whether this writer was declared dead."""
    query = select(audit_writer_end.c.entry_id).where(audit_writer_end.c.writer_id == writer_id)
    return (await session.execute(query)).one_or_none() is not None


async def end(session: WriteSession, *, writer_id: int, entry_id: UUID, opening: bytes) -> None:
    """Declare a writer dead by an entry whose content anybody may open (salt and canonical detail)."""
    await session.execute(insert(audit_writer_end).values(writer_id=writer_id, entry_id=entry_id, opening=opening))
    progress = audit_writer_progress
    await session.execute(update(progress).where(progress.c.writer_id == writer_id).values(ended=True))


@dataclass(frozen=True, slots=True)
class Ending:
    """The statement that a writer is dead: the leaf of the entry that makes it (None if gone), and its opening."""

    writer_id: int
    leaf: bytes | None
    opening: bytes


_ENDINGS = text("""
    SELECT ending.writer_id, entry.leaf, ending.opening
    FROM audit.writer_end AS ending LEFT JOIN audit.entry ON entry.id = ending.entry_id ORDER BY ending.writer_id
""")


async def list_endings(session: ReadSession) -> Sequence[Ending]:
    """List what was said of writers that crashed."""
    return [Ending(row.writer_id, row.leaf, row.opening) for row in await session.execute(_ENDINGS)]
