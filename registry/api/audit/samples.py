"""Samples of the log: drawn so that anybody can draw them again, judged, signed off."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from registry.api.audit.deps import Before, Limit, Reasoned, SightDep, Why, auditors_router, next_cursor
from registry.api.audit.models import AT, CURSOR, ENTRY_ID, SUBJECT_TAG, AuditFilter, asked, example
from registry.api.deps import EdgeDep
from registry.api.strings import Remark, RequestModel, Sha256Hex
from registry.domain.ids import Purpose
from registry.domain.samples import MOST, Finding
from registry.services import auditing
from registry.services.auditing.samples import Wanted
from registry.store.samples import Item, Sample, Standing

router = auditors_router()

_ID = "01937d5e-8c00-7a10-8000-0000000000f2"
_STAFF_ID = "01937d5e-8c00-7a10-8000-0000000000d1"
_HEAD: dict[str, JsonValue] = {
    "sample_id": _ID,
    "drawn_by": _STAFF_ID,
    "drawn_at": AT,
    "origin": "registry.example/audit/2026h2.1",
    "tree_size": 1000,
    "seed": SUBJECT_TAG,
    "wanted": 1,
    "filter": {"type": "query"},
    "purpose": "Q5",
    "reason": "The yearly round.",
}
_ITEM: dict[str, JsonValue] = {
    "position": 0,
    "index": 41,
    "entry_id": ENTRY_ID,
    "finding": "in_order",
    "note": "",
    "found_by": _STAFF_ID,
    "found_at": AT,
}


class SampleToDraw(Reasoned):
    """How many entries to draw, of which, by which seed (32 bytes in hex; one of ours if none is given)."""

    model_config = asked(size=30, filter={"type": "query"}, seed=SUBJECT_TAG)

    size: Annotated[int, Field(ge=1, le=MOST)]
    filter: AuditFilter = Field(default_factory=AuditFilter)
    seed: Sha256Hex | None = None


class ItemFinding(RequestModel):
    """What was found of one item."""

    position: Annotated[int, Field(ge=0, lt=MOST)]
    finding: Finding
    note: Remark = ""


class Findings(RequestModel):
    """What was found of items; said again, the newer finding counts."""

    model_config = example(findings=[{"position": 0, "finding": "in_order", "note": ""}])

    findings: Annotated[tuple[ItemFinding, ...], Field(min_length=1, max_length=MOST)]


class SignOff(RequestModel):
    """The remark that a sample is closed with."""

    model_config = example(note="Nothing to object to.")

    note: Remark = ""


class SampleHead(BaseModel):
    """A sample as drawn: with origin, tree size, seed and filter, anybody who has the log can draw it again."""

    sample_id: UUID
    drawn_by: UUID
    drawn_at: datetime
    origin: str
    tree_size: int
    seed: str
    wanted: int
    filter: dict[str, Any]
    purpose: Purpose
    reason: str

    @classmethod
    def fields_of(cls, sample: Sample) -> dict[str, Any]:
        """Return the fields of a sample."""
        return {
            "sample_id": sample.id,
            "drawn_by": sample.staff_id,
            "drawn_at": sample.drawn_at,
            "origin": sample.origin,
            "tree_size": sample.tree_size,
            "seed": sample.seed.hex(),
            "wanted": sample.wanted,
            "filter": sample.filter,
            "purpose": sample.purpose,
            "reason": sample.reason,
        }


class SampleItem(BaseModel):
    """One entry of a sample, with its newest finding."""

    position: int
    index: int
    entry_id: UUID
    finding: Finding | None
    note: str
    found_by: UUID | None
    found_at: datetime | None

    @classmethod
    def of(cls, item: Item) -> "SampleItem":
        """Shape an item."""
        return cls(
            position=item.position,
            index=item.idx,
            entry_id=item.entry_id,
            finding=item.finding,
            note=item.note,
            found_by=item.found_by,
            found_at=item.found_at,
        )


class ShownSignOff(BaseModel):
    """Who closed a sample."""

    staff_id: UUID
    note: str
    signed_at: datetime


class ShownSample(SampleHead):
    """A sample with its items in the order drawn."""

    model_config = example(**_HEAD, livemode=False, items=[_ITEM], sign_off=None)

    livemode: bool
    items: list[SampleItem]
    sign_off: ShownSignOff | None

    @classmethod
    def of(cls, drawn: auditing.Drawn, *, livemode: bool) -> "ShownSample":
        """Shape a sample."""
        signed = drawn.signature
        return cls(
            **cls.fields_of(drawn.sample),
            livemode=livemode,
            items=[SampleItem.of(one) for one in drawn.items],
            sign_off=signed and ShownSignOff(staff_id=signed.staff_id, note=signed.note, signed_at=signed.signed_at),
        )


class SampleStanding(SampleHead):
    """A sample, and how far it is."""

    items: int
    judged: int
    signed_by: UUID | None
    signed_at: datetime | None

    @classmethod
    def of(cls, sample: Sample, standing: Standing) -> "SampleStanding":
        """Shape a sample in a list."""
        return cls(
            **cls.fields_of(sample),
            items=standing.items,
            judged=standing.judged,
            signed_by=standing.signed_by,
            signed_at=standing.signed_at,
        )


class SamplePage(BaseModel):
    """Samples, newest first."""

    model_config = example(
        livemode=False,
        samples=[{**_HEAD, "items": 1, "judged": 0, "signed_by": None, "signed_at": None}],
        next_cursor=CURSOR,
    )

    livemode: bool
    samples: list[SampleStanding]
    next_cursor: str | None


class Recorded(BaseModel):
    """What was done, and when."""

    model_config = example(sample_id=_ID, at=AT)

    sample_id: UUID
    at: datetime


@router.post("/samples", operation_id="drawSample", summary="Draw a sample", status_code=201)
async def draw(
    sight: SightDep,
    edge: EdgeDep,
    wanted: SampleToDraw,
) -> ShownSample:
    """Draw entries from the newest signed tree, by seed and size alone; docs/auditors.md says how to draw again."""
    seed = bytes.fromhex(wanted.seed) if wanted.seed else None
    asking = Wanted(wanted.size, wanted.filter.filter(), seed)
    drawn = await auditing.draw(sight, asking, because=wanted.because())
    return ShownSample.of(drawn, livemode=edge.facts.livemode)


@router.get("/samples", operation_id="listSamples", summary="List samples")
async def page(
    sight: SightDep,
    edge: EdgeDep,
    why: Why,
    before: Before,
    limit: Limit = 50,
) -> SamplePage:
    """List the samples of all auditors, newest first."""
    found, more = await auditing.page(sight, limit=limit, before=before, because=why)
    return SamplePage(
        livemode=edge.facts.livemode,
        samples=[SampleStanding.of(*one) for one in found],
        next_cursor=next_cursor(found[-1][0].id) if more else None,
    )


@router.get("/samples/{sample_id}", operation_id="showSample", summary="Show a sample")
async def show(
    sight: SightDep,
    edge: EdgeDep,
    sample_id: UUID,
    why: Why,
) -> ShownSample:
    """Show a sample, what was found so far, and who signed it off."""
    drawn = await auditing.show(sight, sample_id, because=why)
    return ShownSample.of(drawn, livemode=edge.facts.livemode)


@router.post("/samples/{sample_id}:judge", operation_id="judgeSample", summary="Say what was found")
async def judge(sight: SightDep, sample_id: UUID, told: Findings) -> Recorded:
    """Keep findings, of the closed list, each with a note; nothing said before is lost."""
    judgements = [auditing.Judgement(one.position, one.finding, one.note) for one in told.findings]
    await auditing.judge(sight, sample_id, judgements)
    return Recorded(sample_id=sample_id, at=sight.act.now)


@router.post("/samples/{sample_id}:sign-off", operation_id="signOffSample", summary="Close a sample")
async def sign_off(sight: SightDep, sample_id: UUID, told: SignOff) -> Recorded:
    """Close a sample of which every item has a finding; after that none is added."""
    await auditing.sign_off(sight, sample_id, told.note)
    return Recorded(sample_id=sample_id, at=sight.act.now)
