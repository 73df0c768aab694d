"""Look through a lens: count with one statement, or two, judge by the rules, and leave a trace of having looked."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from registry.domain import lens_judgements as judge
from registry.domain import lenses as domain
from registry.domain.audit_filters import Because
from registry.domain.events import timestamp
from registry.domain.lens_judgements import Counted
from registry.domain.lenses import BASELINE, ROWS_MOST, WINDOW_MOST, Lens, Point, Reading, Row
from registry.errors import Malformed
from registry.services.auditing.desk import Sight, record_read
from registry.store import lenses as store
from registry.store.database import ReadSession
from registry.store.lenses import Span
from registry_formats.leaf import JsonValue, LeafType

# What a receipt promises (audit-log.md section 4).
_PROMISED_MS = 60_000
# How long a claim has to become a report.
_GRACE = timedelta(days=30)
_AROUND = timedelta(minutes=1)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
_DAYS_BY_THE_HOUR = timedelta(days=3)


class _Asked(NamedTuple):
    span: Span
    now: datetime
    members: Mapping[UUID, tuple[str, str]]
    offsets: Mapping[str, int]


async def list_lenses(sight: Sight, *, because: Because) -> None:
    """Leave the trace of having been told what the lenses are."""
    await record_read(sight, "audit.lenses", because, {"shown": len(Lens)})


async def look_through(sight: Sight, lens: Lens, span: Span, *, because: Because) -> Reading:
    """Look at a span of the log through a lens. Malformed `span_invalid`, for one that is empty or too long."""
    in_calendar = _EARLIEST <= span.since < span.until <= _LATEST
    if not in_calendar or span.until - span.since > WINDOW_MOST:
        raise Malformed("span_invalid", facts={"days": WINDOW_MOST.days})
    await store.make_room(sight.reads)
    asked = _Asked(span, sight.act.now, await store.names(sight.reads), sight.desk.offsets)
    reading = await _READERS[lens](sight.reads, asked)
    named = (Row(row.id, row.values, row.flagged, row.name or _name(row, asked)) for row in reading.rows)
    reading = Reading(lens, reading.series, tuple(named), reading.unmeasurable)
    content: dict[str, JsonValue] = {
        "lens": lens.value,
        "since": timestamp(span.since),
        "until": timestamp(span.until),
        "shown": len(reading.rows),
    }
    await record_read(sight, "audit.lens", because, content)
    return reading


def _name(row: Row, asked: _Asked) -> str | None:
    try:
        return asked.members[UUID(row.id)][0]
    except (KeyError, ValueError):
        return None


async def _query_rate(reads: ReadSession, asked: _Asked) -> Reading:
    since = _hour(asked.span.since)
    hours = await store.queries_by_hour(reads, Span(asked.span.since - BASELINE, asked.span.until))
    at = {hour: _at(hour) for of in hours.values() for hour in of}
    rows = judge.query_rate(hours, since=since, at=at)
    inside = ((hour, n) for of in hours.values() for hour, n in of.items() if hour >= since)
    return Reading(Lens.QUERY_RATE, _series(inside, asked.span), _top(rows, "queries"))


async def _distinct_subjects(reads: ReadSession, asked: _Asked) -> Reading:
    rows = judge.distinct_subjects(await store.subjects(reads, asked.span))
    return Reading(Lens.DISTINCT_SUBJECTS, (), _top(rows, "subjects"))


async def _hit_rate(reads: ReadSession, asked: _Asked) -> Reading:
    hours = await store.queries_by_hour(reads, asked.span)
    hits = await store.hits(reads, asked.span)
    rows = judge.hit_rate({who: Counted(hits.get(who, 0), sum(of.values())) for who, of in hours.items()})
    return Reading(Lens.HIT_RATE, _series(_all(hours), asked.span), _top(rows, "queries"), _peers(rows))


async def _cadence(reads: ReadSession, asked: _Asked) -> Reading:
    return Reading(Lens.CADENCE, (), _top(judge.cadence(await store.gaps(reads, asked.span)), "queries"))


async def _off_hours(reads: ReadSession, asked: _Asked) -> Reading:
    hours = await store.queries_by_hour(reads, asked.span)
    off = {who: {hour: n for hour, n in of.items() if _is_off(hour, who, asked)} for who, of in hours.items()}
    counted = {who: Counted(sum(off[who].values()), sum(of.values())) for who, of in hours.items()}
    rows = judge.shares(counted, part="off_hours", whole="queries")
    return Reading(Lens.OFF_HOURS, _series(_all(off), asked.span), _top(rows, "off_hours"))


def _is_off(hour: int, member: UUID, asked: _Asked) -> bool:
    _, policy = asked.members.get(member, ("", ""))
    return judge.is_off((_at(hour) + timedelta(minutes=asked.offsets.get(policy, 0))).hour)


async def _unfollowed(reads: ReadSession, asked: _Asked) -> Reading:
    old = Span(asked.span.since, min(asked.span.until, asked.now - _GRACE))
    counted = await store.unfollowed(reads, old) if old.since < old.until else {}
    rows = judge.shares(counted, part="unfollowed", whole="claims")
    return Reading(Lens.UNFOLLOWED, (), _top(rows, "unfollowed"), None if rows else domain.TOO_RECENT)


async def _many_members(reads: ReadSession, asked: _Asked) -> Reading:
    found = await store.many_members(reads, asked.span, most=ROWS_MOST)
    rows = tuple(
        Row(
            one.tag.hex(),
            {"at": _instant(one.at_ms).isoformat(), "members": one.members, "looks": one.looks},
            flagged=True,
        )
        for one in found
    )
    return Reading(Lens.MANY_MEMBERS, _series(((one.at_ms // store.HOUR_MS, 1) for one in found), asked.span), rows)


async def _own_people(reads: ReadSession, asked: _Asked) -> Reading:
    found = await store.own_people(reads, asked.span)
    rows = [
        Row(
            str(one.member_id),
            {"registered": one.registered, "looks": one.looks, "people": one.people},
            flagged=one.looks > 0,
        )
        for one in found
    ]
    return Reading(Lens.OWN_PEOPLE, (), _top(rows, "looks"), None if rows else domain.NO_STAFF_TOKENS)


async def _reads_without_acts(reads: ReadSession, asked: _Asked) -> Reading:
    rows = [
        Row(
            one.staff_tag.hex(),
            {"reads": one.reads, "acts": one.acts},
            flagged=one.reads >= judge.QUERIES_LEAST and not one.acts,
        )
        for one in await store.staff_work(reads, asked.span)
    ]
    return Reading(Lens.READS_WITHOUT_ACTS, (), _top(rows, "reads"))


def _of_type(lens: Lens, type_: LeafType, column: str, *, flagged: bool) -> "_Reader":
    async def read(reads: ReadSession, asked: _Asked) -> Reading:
        found = await store.of_type(reads, asked.span, int(type_))
        total, last = Counter[str](), dict[str, int]()
        for one in found:
            who = one.staff_tag.hex() if one.staff_tag else ""
            total[who] += one.n
            last[who] = max(last.get(who, 0), one.last_ms)
        rows = [
            Row(who, {column: n, "last_at": _instant(last[who]).isoformat()}, flagged=flagged)
            for who, n in total.items()
        ]
        return Reading(lens, _series(((one.day * 24, one.n) for one in found), asked.span), _top(rows, column))

    return read


async def _late_proofs(reads: ReadSession, asked: _Asked) -> Reading:
    now_ms = int(asked.now.timestamp() * 1000)
    found = await store.late_proofs(reads, asked.span, now_ms=now_ms, within_ms=_PROMISED_MS)
    processes = await store.processes(reads)
    rows = [
        Row(
            str(one.writer_id),
            {
                "entries": one.entries,
                "late": one.late,
                "never": one.never,
                "worst_s": None if one.worst is None else float(one.worst),
            },
            flagged=one.late + one.never > 0,
            name=processes.get(one.writer_id),
        )
        for one in found
    ]
    return Reading(Lens.LATE_PROOFS, (), _top(rows, "late"))


async def _writer_gaps(reads: ReadSession, asked: _Asked) -> Reading:
    around = Span(asked.span.since - _AROUND, asked.span.until + _AROUND)
    processes = await store.processes(reads)
    rows = [
        Row(
            str(one.writer_id),
            {"entries": one.entries, "first": one.first, "last": one.last, "missing": one.missing},
            flagged=one.missing > 0,
            name=processes.get(one.writer_id),
        )
        for one in await store.numbers(reads, asked.span, around=around)
    ]
    return Reading(Lens.WRITER_GAPS, (), _top(rows, "missing"))


_Reader = Callable[[ReadSession, _Asked], Awaitable[Reading]]
_READERS: Mapping[Lens, _Reader] = MappingProxyType(
    {
        Lens.QUERY_RATE: _query_rate,
        Lens.DISTINCT_SUBJECTS: _distinct_subjects,
        Lens.HIT_RATE: _hit_rate,
        Lens.CADENCE: _cadence,
        Lens.OFF_HOURS: _off_hours,
        Lens.UNFOLLOWED: _unfollowed,
        Lens.MANY_MEMBERS: _many_members,
        Lens.OWN_PEOPLE: _own_people,
        Lens.READS_WITHOUT_ACTS: _reads_without_acts,
        Lens.EXPORTS: _of_type(Lens.EXPORTS, LeafType.EXPORT, "exports", flagged=False),
        Lens.BREAK_GLASS: _of_type(Lens.BREAK_GLASS, LeafType.BREAK_GLASS, "uses", flagged=True),
        Lens.LATE_PROOFS: _late_proofs,
        Lens.WRITER_GAPS: _writer_gaps,
    }
)


def _peers(rows: Iterable[Row]) -> str | None:
    return None if any(row.values["peers_rate"] is not None for row in rows) else domain.TOO_FEW_PEERS


def _top(rows: Iterable[Row], by: str) -> tuple[Row, ...]:
    return tuple(judge.most_striking(rows, by, most=ROWS_MOST))


def _all(hours: Mapping[UUID, Mapping[int, int]]) -> Iterable[tuple[int, int]]:
    return chain.from_iterable(of.items() for of in hours.values())


def step_of(span: Span) -> timedelta:
    """Return what a series is counted by: the hour, or the day where the span is long."""
    return timedelta(hours=1) if span.until - span.since <= _DAYS_BY_THE_HOUR else timedelta(days=1)


def _series(counts: Iterable[tuple[int, int]], span: Span) -> tuple[Point, ...]:
    step = step_of(span) // timedelta(hours=1)
    total = Counter[int]()
    for hour, n in counts:
        total[hour // step * step] += n
    return tuple(Point(_at(hour), total[hour]) for hour in sorted(total))


def _hour(at: datetime) -> int:
    return int(at.timestamp() * 1000) // store.HOUR_MS


def _at(hour: int) -> datetime:
    return _instant(hour * store.HOUR_MS)


def _instant(t_ms: int) -> datetime:
    return datetime.fromtimestamp(t_ms / 1000, UTC)
