"""Lenses on the log: what stands out, as numbers to draw and a table to read."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, JsonValue

from registry.api.audit.deps import Language, SightDep, Why, auditors_router
from registry.api.audit.models import AT, MEMBER, example
from registry.api.deps import EdgeDep
from registry.api.strings import Instant
from registry.domain.lenses import MEANINGS, Lens, Reading, Who
from registry.services import auditing
from registry.store.lenses import Span
from registry.translations import translate

router = auditors_router()

_LATELY = timedelta(days=7)
_MEANING = MEANINGS[Lens.CADENCE]
_LENS: dict[str, JsonValue] = {
    "lens": "cadence",
    "about": "member",
    "meaning": _MEANING.text,
    "columns": list(_MEANING.columns),
}


class ShownLens(BaseModel):
    """A lens: what its rows are about, what it shows and how to read it, and the columns of its table."""

    lens: Lens
    about: Who
    meaning: str
    columns: list[str]


class LensList(BaseModel):
    """All lenses."""

    model_config = example(lenses=[_LENS])

    lenses: list[ShownLens]


class SeriesPoint(BaseModel):
    """A value of the hour or day that begins at `at`."""

    at: datetime
    value: float


class LensRow(BaseModel):
    """A row: a member by its id, staff or a subject by tag, a process by its number."""

    id: str
    name: str | None
    flagged: bool
    values: dict[str, float | int | str | None]


class LensView(ShownLens):
    """What is seen: a series to draw, and the table behind it. `unmeasurable` says why there may be nothing to see."""

    model_config = example(
        **_LENS,
        livemode=False,
        since=AT,
        until=AT,
        series=[{"at": AT, "value": 12.0}],
        rows=[
            {
                "id": MEMBER["member_id"],
                "name": "Example Mall",
                "flagged": False,
                "values": {"queries": 120, "mean_gap_s": 31.5, "variation": 0.97},
            }
        ],
        unmeasurable=None,
    )

    livemode: bool
    since: datetime
    until: datetime
    series: list[SeriesPoint]
    rows: list[LensRow]
    unmeasurable: str | None


@router.get("/lenses", operation_id="listLenses", summary="List the lenses")
async def overview(sight: SightDep, why: Why, language: Language) -> LensList:
    """List what can be looked for, and how each is to be read."""
    await auditing.list_lenses(sight, because=why)
    return LensList(lenses=[_lens(one, language) for one in Lens])


@router.get("/lenses/{lens}", operation_id="lookThroughLens", summary="Look through a lens")
async def look_through(
    sight: SightDep,
    edge: EdgeDep,
    lens: Lens,
    why: Why,
    language: Language,
    since: Annotated[Instant | None, Query(alias="from", examples=[AT])] = None,
    until: Annotated[Instant | None, Query(alias="to", examples=[AT])] = None,
) -> LensView:
    """Look at the last seven days, or at a span of up to 92 days, through a lens."""
    end = until or sight.act.now
    span = Span(since or end - _LATELY, end)
    reading = await auditing.look_through(sight, lens, span, because=why)
    return _view(reading, span, language, livemode=edge.facts.livemode)


def _lens(lens: Lens, language: str) -> ShownLens:
    meaning = MEANINGS[lens]
    return ShownLens(
        lens=lens, about=meaning.who, meaning=translate(meaning.text, language), columns=list(meaning.columns)
    )


def _view(reading: Reading, span: Span, language: str, *, livemode: bool) -> LensView:
    return LensView(
        **_lens(reading.lens, language).model_dump(),
        livemode=livemode,
        since=span.since,
        until=span.until,
        series=[SeriesPoint(at=one.at, value=one.value) for one in reading.series],
        rows=[LensRow(id=one.id, name=one.name, flagged=one.flagged, values=dict(one.values)) for one in reading.rows],
        unmeasurable=translate(reading.unmeasurable, language) if reading.unmeasurable else None,
    )
