"""What is asked and told about appeals, to members and to the registry's people alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from registry.api.filing_models import MediaType
from registry.api.pointers import fault_of
from registry.api.problems import invalid
from registry.api.strings import CompactJws, Remark, RequestModel, Sha256Hex
from registry.domain import appeal_panel as panel
from registry.domain.appeal_case import AppealState, AppealStep, Ground, ReporterAnswer, Result
from registry.domain.appeal_files import EvidenceKind, LetterKind, MessageKind, Side
from registry.domain.ids import ReportState, Severity
from registry.services.appeals import Answered, Exhibit, Page, Standing, Summary
from registry.store.appeal_threads import KeptLetter
from registry_formats import canonical

MOST_ARTEFACTS = 20
# What one artefact may weigh at most; how much of it may be sealed is said with the upload.
MOST_BYTES = 1 << 30
APPEAL = "01937d5e-8c00-7a10-8000-0000000000f2"
REPORT = "01937d5e-8c00-7a10-8000-0000000000b1"
SHA256 = "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"
_STATEMENT = "eyJhbGciOiJFZERTQSIsImtpZCI6Ik56YkxzWGg4In0.eyJhbnN3ZXIiOiJhY2N1cmF0ZSJ9.c2lnbmF0dXJl"
_AT = "2026-12-01T02:00:00Z"
_ARTEFACT: dict[str, Any] = {"sha256": SHA256, "kind": "photo", "bytes": 184_000, "media_type": "image/jpeg"}
STANDING: dict[str, Any] = {
    "livemode": False,
    "appeal_id": APPEAL,
    "report_id": REPORT,
    "state": "awaiting_reporter",
    "record_state": "disputed",
    "severity": "S2",
    "grounds": ["G05"],
    "flag_only": False,
    "received_at": _AT,
    "admitted_at": _AT,
    "answer_by": "2026-12-11T16:00:00Z",
    "decide_by": "2026-12-21T16:00:00Z",
    "result": None,
    "decided_at": None,
}
_MESSAGE: dict[str, Any] = {
    "side": "subject",
    "kind": "appeal",
    "text": "The vase arrived broken.",
    "visible_to": ["member", "registry", "subject"],
    "at": _AT,
    "statement_sha256": None,
}
_SHOWN_ARTEFACT: dict[str, Any] = {"evidence_id": "01937d5e-8c00-7a10-8000-0000000000c7", **_ARTEFACT} | {
    "side": "subject",
    "at": _AT,
}
_LETTER: dict[str, Any] = {
    "letter_id": "01937d5e-8c00-7a10-8000-0000000000d7",
    "kind": "admission",
    "side": "subject",
    "language": "en",
    "version": 1,
    "sha256": SHA256,
    "at": _AT,
}
PAGE: dict[str, Any] = STANDING | {
    "evidence_digest": SHA256,
    "thread": [_MESSAGE],
    "evidence": [_SHOWN_ARTEFACT],
    "letters": [_LETTER],
    "reasons": None,
}


def example(**shown: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    """Show this in the description of the API."""
    return ConfigDict(json_schema_extra={"examples": [shown]})


class PutForward(RequestModel):
    """One thing put forward, by the digest of its bytes, which are sealed apart from this."""

    sha256: Sha256Hex
    kind: EvidenceKind
    bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)]
    media_type: Annotated[str, StringConstraints(max_length=100), MediaType.__metadata__[0]]

    def exhibit(self) -> Exhibit:
        """Return what the use case takes."""
        return Exhibit(self.sha256, self.kind, self.bytes, self.media_type)


Artefacts = Annotated[tuple[PutForward, ...], Field(max_length=MOST_ARTEFACTS)]


class NewEvidence(RequestModel):
    """What is put forward; whatever was drafted or voted on less is void."""

    model_config = example(evidence=[_ARTEFACT])

    evidence: Annotated[tuple[PutForward, ...], Field(min_length=1, max_length=MOST_ARTEFACTS)]


class SignedAnswer(RequestModel):
    """An answer as its member signed it: a compact JWS of type `registry-appeal-answer` over it as canonical JSON."""

    model_config = example(statement=_STATEMENT)

    statement: CompactJws


class AnswerStatement(RequestModel):
    """What is signed: the appeal, the answer, why, and what is put forward with it."""

    appeal_id: UUID
    answer: ReporterAnswer
    text: Remark = ""
    evidence: Artefacts = ()


def read_answer(payload: Mapping[str, Any]) -> Answered:
    """Read what a member signed; Malformed `request_invalid` with places."""
    try:
        told = AnswerStatement.model_validate_json(canonical.dumps(dict(payload)), strict=True)
    except ValidationError as error:
        raise invalid(fault_of(dict(detail)) for detail in error.errors(include_input=False)) from None
    return Answered(told.appeal_id, told.answer, told.text, tuple(one.exhibit() for one in told.evidence))


class ShownAppeal(BaseModel):
    """An appeal as it stands: `answer_by` while the member is awaited, `decide_by` while it is undecided."""

    model_config = example(**STANDING)

    livemode: bool
    appeal_id: UUID
    report_id: UUID
    state: AppealState
    record_state: ReportState
    severity: Severity
    grounds: list[Ground]
    flag_only: bool
    received_at: datetime
    admitted_at: datetime | None
    answer_by: datetime | None
    decide_by: datetime | None
    result: Result | None
    decided_at: datetime | None


class ShownMessage(BaseModel):
    """One message of the thread; `statement_sha256` names what the member signed."""

    side: Side
    kind: MessageKind
    text: str
    visible_to: list[Side]
    at: datetime
    statement_sha256: str | None


class ShownArtefact(BaseModel):
    """One thing put forward."""

    evidence_id: UUID
    sha256: str
    kind: EvidenceKind
    bytes: int
    media_type: str
    side: Side
    at: datetime


class LetterRef(BaseModel):
    """One letter: what it is, to whom, and which version of the sentences made it."""

    letter_id: UUID
    kind: LetterKind
    side: Side
    language: str
    version: int
    sha256: str
    at: datetime


class AppealPage(ShownAppeal):
    """All of an appeal that its reader may see; `evidence_digest` is null while nothing is put forward."""

    model_config = example(**PAGE)

    evidence_digest: str | None
    thread: list[ShownMessage]
    evidence: list[ShownArtefact]
    letters: list[LetterRef]
    reasons: str | None


class AppealList(BaseModel):
    """Appeals; `next_cursor` leads on, and is null on the last page."""

    model_config = example(livemode=False, appeals=[STANDING], next_cursor=None)

    livemode: bool
    appeals: list[ShownAppeal]
    next_cursor: str | None


def summary(one: Summary, *, livemode: bool) -> dict[str, Any]:
    """Return the fields of an appeal in a list."""
    row = one.appeal
    return {
        "livemode": livemode,
        "appeal_id": row.id,
        "report_id": row.report_id,
        "state": row.state,
        "record_state": one.report.state,
        "severity": one.report.severity,
        "grounds": list(row.grounds),
        "flag_only": row.flag_only,
        "received_at": row.received_at,
        "admitted_at": row.admitted_at,
        "answer_by": one.due(AppealStep.MISS_ANSWER),
        "decide_by": one.due(AppealStep.MISS_DECISION),
        "result": row.result,
        "decided_at": row.decided_at,
    }


def page(one: Page, *, livemode: bool) -> dict[str, Any]:
    """Return the fields of an appeal in full."""
    standing, case = one.standing, one.standing.case
    told = summary(Summary(standing.appeal, standing.report, one.timers), livemode=livemode)
    return told | {
        "evidence_digest": case.evidence or None,
        "thread": [
            ShownMessage(
                side=heard.message.side,
                kind=heard.message.kind,
                text=heard.text,
                visible_to=list(heard.message.visible_to),
                at=heard.message.at,
                statement_sha256=heard.message.jws_sha256.hex() if heard.message.jws_sha256 else None,
            )
            for heard in one.thread
        ],
        "evidence": [
            ShownArtefact(
                evidence_id=artefact.id,
                sha256=artefact.sha256.hex(),
                kind=artefact.kind,
                bytes=artefact.size,
                media_type=artefact.media_type,
                side=artefact.side,
                at=artefact.at,
            )
            for artefact in one.evidence
        ],
        "letters": [letter_ref(kept) for kept in one.letters],
        "reasons": _reasons(standing),
    }


def letter_ref(kept: KeptLetter) -> LetterRef:
    """Show which letter it is."""
    return LetterRef(
        letter_id=kept.id,
        kind=kept.kind,
        side=kept.side,
        language=kept.language,
        version=kept.version,
        sha256=kept.sha256.hex(),
        at=kept.at,
    )


def _reasons(standing: Standing) -> str | None:
    """Return the reasons of the decision once there is one."""
    case = standing.case
    if case.result is None:
        return None
    # While the panel is at work nobody sees a vote; the reasons are those of the decision that there is.
    if case.second is not None and case.second.votes and case.state is not AppealState.SECOND_INSTANCE:
        return "\n".join(panel.reasons(case))
    return case.draft.reasons if case.draft is not None else None
