"""Lenses: what stands out in a span of the log, as a chart with its table behind it, and how to read both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from registry.api.strings import RequestModel
from registry.console.access import Auditor
from registry.console.audit.forms import LocalTime, in_zone, query
from registry.console.audit.room import PATH, RoomDep
from registry.console.audit.words import COLUMN_TEXT, LENS_TEXT, MARK_TEXT
from registry.console.charts import NARROW, WIDE, Chart, Spread, Value, bars, dots, line
from registry.domain.events import timestamp
from registry.domain.lenses import MEANINGS, WINDOW_MOST, Lens, Reading, Row, Who
from registry.pages import asked
from registry.services import auditing
from registry.services.auditing.lenses import step_of
from registry.store.lenses import Span

router = APIRouter(prefix="/audit")
LATELY = timedelta(days=7)
SPANS = (1, 7, 28, WINDOW_MOST.days)
DRAWN = 12
# What is drawn in rows, a dot each; where a lens has none here, its series is drawn over time.
_BY_ROW: Mapping[Lens, str] = MappingProxyType(
    {
        Lens.DISTINCT_SUBJECTS: "subjects",
        Lens.HIT_RATE: "rate",
        Lens.CADENCE: "variation",
        Lens.OFF_HOURS: "share",
        Lens.UNFOLLOWED: "share",
        Lens.OWN_PEOPLE: "looks",
        Lens.READS_WITHOUT_ACTS: "reads",
        Lens.LATE_PROOFS: "late",
        Lens.WRITER_GAPS: "missing",
    }
)
_PARTS = frozenset({"rate", "rate_at_most", "peers_rate", "share"})
_TIMES = frozenset({"at", "busiest_at", "last_at"})


class Seen(RequestModel):
    """Which time is looked at: the last so many days, or from one moment to another."""

    days: Annotated[int, Field(ge=1, le=WINDOW_MOST.days)] | None = None
    since: LocalTime | None = None
    until: LocalTime | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A number rounded for the eye, or a time; neither where it could not be measured."""

    number: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the table: whom it is about, where their entries are, and its cells."""

    name: str
    is_code: bool
    href: str
    flagged: bool
    cells: Sequence[Cell]


@router.get("/lenses")
async def overview(_: Auditor, room: RoomDep) -> Response:
    """List what can be looked for."""
    await auditing.list_lenses(room.sight, because=room.why)
    return room.page("audit_lenses.html", lenses=[(one.value, LENS_TEXT[one], MEANINGS[one].text) for one in Lens])


@router.get("/lenses/{lens}")
async def look_through(_: Auditor, request: Request, room: RoomDep, lens: Lens) -> Response:
    """Look at a span of the log through a lens."""
    form = asked(request, Seen)
    seen = form.model or Seen()
    now = room.sight.act.now
    end = in_zone(seen.until, room.zone) or now
    span = Span(in_zone(seen.since, room.zone) or end - timedelta(days=seen.days or LATELY.days), end)
    reading = await auditing.look_through(room.sight, lens, span, because=room.why)
    meaning = MEANINGS[lens]
    return room.page(
        "audit_lens.html",
        status=422 if form.faults else 200,
        about=meaning.who.value,
        charts=_charts(reading, span),
        columns=[COLUMN_TEXT[column] for column in meaning.columns],
        days=seen.days or (0 if seen.since or seen.until else LATELY.days),
        form=form,
        lens=lens.value,
        mark=MARK_TEXT[lens],
        meaning=meaning.text,
        measure=COLUMN_TEXT[_BY_ROW[lens]] if lens in _BY_ROW else "",
        rows=[_shown(row, reading, span) for row in reading.rows],
        series=reading.series if lens not in _BY_ROW else (),
        span=span,
        spans=SPANS,
        title=LENS_TEXT[lens],
        unmeasurable=reading.unmeasurable,
    )


def _charts(reading: Reading, span: Span) -> list[tuple[str, Chart]]:
    """Draw the chart for a wide screen and for a narrow one; none of nothing."""
    column = _BY_ROW.get(reading.lens)
    if column is not None:
        values = [Value(_name(row), value, row.flagged) for row in reading.rows for value in _drawn(row, column)]
        return [(size, dots(values[:DRAWN], frame)) for size, frame in _FRAMES] if values else []
    series = [(one.at, one.value) for one in reading.series]
    over = Spread(span.since, span.until, step_of(span))
    draw = line if reading.lens is Lens.QUERY_RATE else bars
    return [(size, draw(series, over, frame)) for size, frame in _FRAMES] if series else []


_FRAMES = (("wide", WIDE), ("narrow", NARROW))


def _drawn(row: Row, column: str) -> list[float]:
    value = row.values[column]
    return [_number(column, value)] if isinstance(value, int | float) else []


def _name(row: Row) -> str:
    return row.name or (f"{row.id[:16]}…" if len(row.id) > len("0" * 16) else row.id)


def _shown(row: Row, reading: Reading, span: Span) -> Shown:
    about = MEANINGS[reading.lens].who
    cells = [_cell(column, row.values.get(column)) for column in MEANINGS[reading.lens].columns]
    return Shown(_name(row), row.name is None, _entries(about, row.id, span), row.flagged, cells)


def _cell(column: str, value: float | str | None) -> Cell:
    if value is None:
        return Cell()
    if column in _TIMES:
        return Cell(at=datetime.fromisoformat(str(value)))
    return Cell(number=_number(column, float(value)))


def _number(column: str, value: float) -> float:
    return round(value * 100, 1) if column in _PARTS else round(value, 2)


def _entries(about: Who, id_: str, span: Span) -> str:
    """Return where the entries are that a row counts; a process has no page."""
    during = {"since": timestamp(span.since), "until": timestamp(span.until)}
    match about:
        case Who.MEMBER:
            return f"{PATH}?{query({'member': id_, **during})}"
        case Who.STAFF:
            return f"{PATH}?{query({'staff': id_, **during})}" if id_ else ""
        case Who.SUBJECT:
            return f"{PATH}/looks?{query({'subjects': id_})}"
    return ""
