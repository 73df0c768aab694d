"""What the registry's people ask and are told about appeals."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from registry.api.appeal_models import PAGE, SHA256, STANDING, AppealPage, LetterRef, ShownAppeal, example
from registry.api.filing_models import Code
from registry.api.officers.filed import EFFECT, FILING, PILLARS, ShownEffect, ShownFiling, ShownPillar, TracedEntry
from registry.api.strings import FreeText, Name, Remark, RequestModel, Sha256Hex
from registry.domain.appeal_case import AppealState, AppealStep, Party, Result, Seat
from registry.domain.appeal_corrections import Correction
from registry.domain.appeal_files import Side
from registry.domain.ids import Confidence, MemberIntegrity

STAFF = "01937d5e-8c00-7a10-8000-0000000000d1"
_ENTRY = "01937d5e-8c00-7a10-8000-0000000000e1"
CASE: dict[str, Any] = STANDING | {
    "holder": STAFF,
    "next_due_at": "2026-12-11T16:00:00Z",
    "evidence_digest": SHA256,
}
_STEP: dict[str, Any] = {
    "step": "admit",
    "party": "registry",
    "staff_id": None,
    "state": "awaiting_reporter",
    "at": "2026-12-01T02:00:00Z",
    "due_at": None,
    "entry_id": _ENTRY,
}
_TRACED: dict[str, Any] = {
    "entry_id": _ENTRY,
    "action": "appeal.admitted",
    "type": "appeal",
    "at": "2026-12-01T02:00:00Z",
    "legal_basis": "appeal",
    "leaf_hash": SHA256,
    "index": 41,
    "checkpoint_size": 64,
}
_REASONS = "The carrier's scan shows the box open before delivery."
_LETTER: dict[str, Any] = {
    "letter_id": "01937d5e-8c00-7a10-8000-0000000000d7",
    "kind": "decision",
    "side": "subject",
    "language": "en",
    "version": 1,
    "sha256": SHA256,
    "at": "2026-12-14T02:00:00Z",
}
Decided = Literal[Result.UPHELD, Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED]
# What somebody saw when they wrote this; null while nothing is put forward.
Seen = Sha256Hex | None


class ShownCase(ShownAppeal):
    """An appeal as the registry's people see it: who holds it, what is due first, and what a draft must be bound to."""

    model_config = example(**CASE)

    holder: UUID | None
    next_due_at: datetime | None
    evidence_digest: str | None


class ShownStep(BaseModel):
    """One step that was taken: `due_at` when a clock took it, `entry_id` where the log has it."""

    step: AppealStep | Literal["lodge"]
    party: Party
    staff_id: UUID | None
    state: AppealState
    at: datetime
    due_at: datetime | None
    entry_id: UUID


class ShownCorrection(BaseModel):
    """What the record says from now on; null where it says what it did."""

    amount_minor: int | None
    confidence: Confidence | None
    aggravations: list[str] | None


class ShownDraft(BaseModel):
    """A decision that waits for approval; `void` once the evidence has changed. `digest` is of all that it says."""

    digest: str
    result: Result
    reasons: str
    findings: list[MemberIntegrity]
    act_denied: bool
    automation: list[str]
    correction: ShownCorrection | None
    void: bool
    approved_by: list[UUID]


class CasePage(AppealPage):
    """All of an appeal, and of the record: `filing` is null and `pillars` empty once it has ended or is sealed.

    `trace` is what the log holds about the case, oldest first; with `trace_more` its oldest looks are left out.
    """

    model_config = example(
        **PAGE,
        holder=STAFF,
        next_due_at=CASE["next_due_at"],
        draft=None,
        steps=[_STEP],
        filing=FILING,
        pillars=PILLARS,
        effect=EFFECT,
        trace=[_TRACED],
        trace_more=False,
    )

    holder: UUID | None
    next_due_at: datetime | None
    draft: ShownDraft | None
    steps: list[ShownStep]
    filing: ShownFiling | None
    pillars: list[ShownPillar]
    effect: ShownEffect
    trace: list[TracedEntry]
    trace_more: bool


class CaseList(BaseModel):
    """A part of the queue, by what is due first; `next_cursor` leads on, and is null on the last page."""

    model_config = example(livemode=False, appeals=[CASE], next_cursor=None)

    livemode: bool
    appeals: list[ShownCase]
    next_cursor: str | None


class Assignment(RequestModel):
    """Whom to give the case to."""

    model_config = example(staff_id=STAFF)

    staff_id: UUID


class Question(RequestModel):
    """The one question to the subject."""

    model_config = example(question="Do you still have the box?")

    question: FreeText


class NewRemark(RequestModel):
    """A message; the registry always reads it, the others if named."""

    model_config = example(text="The carrier was asked for its scan.", visible_to=["member"])

    text: FreeText
    visible_to: Annotated[frozenset[Literal[Side.MEMBER, Side.SUBJECT]], Field(max_length=2)] = frozenset()


class NewCorrection(RequestModel):
    """What an amended record says from now on; it may only lessen what it said. Null leaves it as it is."""

    amount_minor: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = None
    confidence: Confidence | None = None
    aggravations: Annotated[frozenset[Code], Field(max_length=8)] | None = None

    def build(self) -> Correction:
        """Return what the rules take."""
        return Correction(self.amount_minor, self.confidence, self.aggravations)


class NewDraft(RequestModel):
    """A decision with its reasons, bound to the evidence that its maker saw."""

    model_config = example(result="overturned", reasons=_REASONS, evidence_digest=SHA256, findings=["MI-01"])

    result: Decided
    reasons: Remark
    evidence_digest: Seen = None
    act_denied: bool = False
    findings: Annotated[frozenset[MemberIntegrity], Field(max_length=4)] = frozenset()
    automation: Annotated[tuple[Name, ...], Field(max_length=8)] = ()
    correction: NewCorrection | None = None


class ReadDraft(RequestModel):
    """The draft that its reader approves, by the `digest` under which it was shown; no other is meant."""

    model_config = example(draft_digest=SHA256)

    draft_digest: Sha256Hex


class NewSeat(RequestModel):
    """Who sits where; `ties` are groups of members in which the person declares an interest."""

    model_config = example(seat="consumer", staff_id=STAFF, ties=[])

    seat: Seat
    staff_id: UUID
    ties: Annotated[frozenset[UUID], Field(max_length=100)] = frozenset()


class NewVote(RequestModel):
    """What one seat decides, on the evidence that it saw."""

    model_config = example(result="upheld", reasons=_REASONS, evidence_digest=SHA256)

    result: Decided
    reasons: Remark
    evidence_digest: Seen = None
    correction: NewCorrection | None = None


class NewRuling(RequestModel):
    """What a court, regulator or mediator decided."""

    model_config = example(result="overturned")

    result: Decided
    correction: NewCorrection | None = None


class LetterList(BaseModel):
    """The letters of an appeal in the order they were written."""

    model_config = example(livemode=False, letters=[_LETTER])

    livemode: bool
    letters: list[LetterRef]


class LetterPart(BaseModel):
    """One section of a letter."""

    heading: str
    paragraphs: list[str]


class ShownLetter(LetterRef):
    """A letter as it was written; its HTML and PDF are beside it."""

    model_config = example(
        **_LETTER,
        livemode=False,
        subject="Decision on your appeal: the record has been removed",
        parts=[{"heading": "The result", "paragraphs": ["The record has been removed."]}],
    )

    livemode: bool
    subject: str
    parts: list[LetterPart]


def correction_of(told: NewCorrection | None) -> Correction | None:
    """Return what the rules take, if anything was told."""
    return told.build() if told is not None else None
