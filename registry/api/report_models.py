"""What is asked and told about reports."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from registry.api.strings import CompactJws, RequestModel
from registry.domain.evidence import EvidenceClass
from registry.domain.ids import Category, Confidence, ReportState, Severity
from registry.domain.lifecycle import WithdrawReason
from registry.domain.reports import Checked
from registry.services.reports import Filed, History

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"
_DIGEST = "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"
_FILED: dict[str, Any] = {
    "livemode": False,
    "report_id": _REPORT,
    "reference": "RMA-2026-000123",
    "state": "submitted",
    "revision": 1,
    "severity": "S2",
    "confidence": "C",
    "expires_on": "2028-10-20",
    "serve_by": "2026-12-21T12:00:00Z",
}
_SHOWN: dict[str, Any] = _FILED | {
    "category": "FR-01",
    "aggravations": [],
    "amount": {"minor": 128_000, "currency": "CNY"},
    "act_ended_on": "2026-10-20",
    "confirmed_on": "2026-11-05",
    "filed_at": "2026-11-21T12:00:00Z",
    "served_at": None,
    "repaid_on": None,
    "state_reason": None,
    "own_only": False,
    "held": False,
    "policy": {"pack": "cn", "digest": _DIGEST},
}
_REVISION: dict[str, Any] = {
    "revision": 1,
    "change": "filed",
    "reason": None,
    "at": "2026-11-21T12:00:00Z",
    "statement_sha256": _DIGEST,
}
_STATEMENT = (
    "eyJhbGciOiJFZERTQSIsImtpZCI6Ik56YkxzWGg4In0"
    ".eyJyZWZlcmVuY2UiOiJSTUEtMjAyNi0wMDAxMjMifQ"
    ".c2lnbmF0dXJlLW9mLTY0LWJ5dGVz"
)


def _example(**example: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    return ConfigDict(json_schema_extra={"examples": [example]})


class SignedReport(RequestModel):
    """A report as its member signed it: a compact JWS of type `registry-report` over the report as canonical JSON."""

    model_config = _example(statement=_STATEMENT)

    statement: CompactJws


class Withdrawal(RequestModel):
    """Why a report is taken back."""

    model_config = _example(reason="mistake")

    reason: WithdrawReason


class Repayment(RequestModel):
    """When the subject repaid."""

    model_config = _example(repaid_on="2026-11-30")

    repaid_on: date


class FiledReport(BaseModel):
    """A report as it stands after a step; `serve_by` is when it is withdrawn if nobody could be told."""

    model_config = _example(**_FILED)

    livemode: bool
    report_id: UUID
    reference: str
    state: ReportState
    revision: int
    severity: Severity
    confidence: Confidence
    expires_on: date
    serve_by: datetime


class Amount(BaseModel):
    """Money in minor units."""

    minor: int
    currency: str


class PolicyRef(BaseModel):
    """The rules a report was judged by."""

    pack: str
    digest: str


class ShownReport(FiledReport):
    """An own report in full, without its statement."""

    model_config = _example(**_SHOWN)

    category: Category
    aggravations: list[str]
    amount: Amount
    act_ended_on: date
    confirmed_on: date
    filed_at: datetime
    served_at: datetime | None
    repaid_on: date | None
    state_reason: str | None
    own_only: bool
    held: bool
    policy: PolicyRef


class ShownRevision(BaseModel):
    """One revision; `statement_sha256` names what was signed, null where no statement changed."""

    revision: int
    change: Literal["filed", "amended", "withdrawn", "repaid", "merged", "reinstated"]
    reason: str | None
    at: datetime
    statement_sha256: str | None


class ReportHistory(ShownReport):
    """An own report and everything that was done to it."""

    model_config = _example(**_SHOWN, revisions=[_REVISION])

    revisions: list[ShownRevision]


class ReportPage(BaseModel):
    """Own reports in the order of filing; `next_cursor` is null on the last page."""

    model_config = _example(livemode=False, reports=[_SHOWN], next_cursor=None)

    livemode: bool
    reports: list[ShownReport]
    next_cursor: str | None


class CheckedReport(BaseModel):
    """What would become of a report that was filed now. `exculpatory` are artefacts that speak for the subject."""

    model_config = _example(
        livemode=False,
        severity="S2",
        confidence="C",
        expires_on="2028-10-20",
        evidence_classes=["E2", "E4"],
        exculpatory=[],
        own_only=False,
        policy_digest=_DIGEST,
    )

    livemode: bool
    severity: Severity
    confidence: Confidence
    expires_on: date
    evidence_classes: list[EvidenceClass]
    exculpatory: list[str]
    own_only: bool
    policy_digest: Annotated[str, Field(min_length=64, max_length=64)]


def filed(done: Filed, *, livemode: bool) -> FiledReport:
    """Shape the answer to a step."""
    return FiledReport(**_filed(done, livemode=livemode))


def shown(one: Filed, *, livemode: bool) -> ShownReport:
    """Shape an own report."""
    return ShownReport(**_shown(one, livemode=livemode))


def history(found: History, *, livemode: bool) -> ReportHistory:
    """Shape an own report with its revisions."""
    revisions = [
        ShownRevision(
            revision=one.revision,
            change=one.change,
            reason=one.reason,
            at=one.created_at,
            statement_sha256=one.jws_sha256.hex() if one.jws_sha256 is not None else None,
        )
        for one in found.revisions
    ]
    return ReportHistory(**_shown(found.filed, livemode=livemode), revisions=revisions)


def checked(found: Checked, *, livemode: bool) -> CheckedReport:
    """Shape the answer to a dry run."""
    return CheckedReport(
        livemode=livemode,
        severity=found.severity,
        confidence=found.confidence,
        expires_on=found.expires_on,
        evidence_classes=list(found.evidence_classes),
        exculpatory=list(found.exculpatory),
        own_only=found.own_only,
        policy_digest=found.policy_digest,
    )


def _filed(done: Filed, *, livemode: bool) -> dict[str, Any]:
    names = ("reference", "state", "revision", "severity", "confidence", "expires_on")
    told = {name: getattr(done.report, name) for name in names}
    return told | {"livemode": livemode, "report_id": done.report.id, "serve_by": done.serve_by}


def _shown(one: Filed, *, livemode: bool) -> dict[str, Any]:
    report = one.report
    names = ("category", "act_ended_on", "confirmed_on", "filed_at", "served_at", "repaid_on", "state_reason")
    told = {name: getattr(report, name) for name in names}
    return (
        _filed(one, livemode=livemode)
        | told
        | {
            "aggravations": list(report.aggravations),
            "amount": Amount(minor=report.amount_minor, currency=report.currency),
            "own_only": report.own_only,
            "held": report.held,
            "policy": PolicyRef(pack=report.policy, digest=report.policy_digest.hex()),
        }
    )
