"""A filing that stands, piece by piece, so that a test can break exactly one thing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from registry.domain.evidence import (
    AigcLabel,
    Artefact,
    C2pa,
    CaptureChannel,
    Custody,
    CustodyAction,
    CustodyRole,
    Disclosure,
    DisclosureMode,
    EvidenceClass,
    LabelState,
)
from registry.domain.filings import (
    AgeBand,
    Event,
    Exclusions,
    Filing,
    Identifier,
    IdentityLink,
    Investigation,
    Judgment,
    JudgmentSource,
    LegalBasis,
    MemberNotice,
    Money,
    Nature,
    Outcome,
    Reviewer,
)
from registry.domain.ids import IdentifierKind
from registry.domain.reports import Checked, check
from registry.errors import Conflict
from registry.policies import load
from registry_formats import cfr1

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACT = date(2026, 10, 20)
CN = load()["cn"]
JUDGMENT = Judgment("Pudong court", "case 4471", final=True, source=JudgmentSource.PUBLISHED)
NOTICE = MemberNotice(date(2026, 10, 25), date(2026, 11, 1), "none")


def token(kind: str, number: int = 1, epoch: int = 1) -> str:
    return cfr1.Token(cfr1.Kind(kind), epoch, number.to_bytes(32, "big")).text


def artefact(evidence_class: str, artefact_id: str = "", **changes: Any) -> Artefact:  # noqa: ANN401 - any field
    """Build an entry; its first hands are the merchant's."""
    name = artefact_id or f"artefact-{evidence_class}"
    entry = Artefact(
        artefact_id=name,
        evidence_class=EvidenceClass(evidence_class),
        media_type="image/jpeg",
        sha256=name.encode().hex().ljust(64, "0")[:64],
        size=1_000,
        capture_channel=CaptureChannel.CCTV,
        c2pa=C2pa(present=False),
        aigc_label=AigcLabel(LabelState.ABSENT),
        custody=(custody(2), custody(3, CustodyRole.PLATFORM, CustodyAction.HASHED)),
        disclose=Disclosure(DisclosureMode.FULL),
        retain_until=date(2032, 1, 1),
    )
    return replace(entry, **changes)


def custody(
    hour: int, role: CustodyRole = CustodyRole.MERCHANT, action: CustodyAction = CustodyAction.RECEIVED
) -> Custody:
    return Custody(datetime(2026, 10, 21, hour, tzinfo=UTC), role, action)


def labelled(artefact_id: str = "upload") -> Artefact:
    """Build the claimant's own upload with an AI-content label."""
    return artefact(
        "E2",
        artefact_id,
        aigc_label=AigcLabel(LabelState.GENERATED, label="1", producer="an image model"),
        capture_channel=CaptureChannel.ALBUM,
        custody=(custody(1, CustodyRole.CLAIMANT, CustodyAction.CAPTURED), custody(2)),
    )


def reviewer(name: str = "reviewer-a", **changes: Any) -> Reviewer:  # noqa: ANN401 - any field
    return replace(Reviewer(name, "dispute_reviewer", human=True, confirmed_on=date(2026, 11, 5)), **changes)


def filing(**changes: Any) -> Filing:  # noqa: ANN401 - any field
    """Build a general (S2), two-class (C) report of an AI-made damage photo."""
    stands = Filing(
        reference="RMA-2026-000123",
        claim_ref="XFxc" * 10 + "XFw",
        event=Event(tokens=(token("event"),)),
        nature=Nature.CONFIRMED_FRAUD,
        category="FR-01",
        act_ended_on=ACT,
        confirmed_on=date(2026, 11, 5),
        outcome=Outcome.REFUND_PAID,
        amount=Money(128_000, "CNY"),
        facts=("The photo of the broken vase carries the label of an image generator.",),
        definition_tests=("FR-01.T1",),
        identity=IdentityLink(real_name_account=True, payment_bound=True),
        age_band=AgeBand.FROM_21,
        notice=NOTICE,
        merchant_heard_on=date(2026, 10, 28),
        investigation=Investigation("agent-x", (reviewer(),)),
        exclusions=Exclusions(*(True,) * 6),
        legal_basis=LegalBasis("separate_consent", "privacy-7.2", datetime(2026, 10, 1, tzinfo=UTC)),
        impact_assessment="PIA-2026-04",
        evidence=(labelled(), artefact("E4")),
        identifiers=(
            Identifier(IdentifierKind.PHONE, (token("phone"),), date(2026, 1, 5), date(2026, 10, 20)),
            Identifier(IdentifierKind.NATIONAL_ID, (token("national_id"),)),
        ),
    )
    return replace(stands, **changes)


def two_reviewers() -> Investigation:
    return Investigation("agent-x", (reviewer("reviewer-a"), reviewer("reviewer-b")))


def stands(report: Filing, **facts: Any) -> Checked:  # noqa: ANN401 - any argument of check
    given: dict[str, Any] = {"policy": CN, "now": NOW} | facts
    return check(report, **given)


def refusal(report: Filing, **facts: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - any argument of check
    with pytest.raises(Conflict) as caught:
        stands(report, **facts)
    assert caught.value.code == "report_refused"
    return {(fault.pointer, fault.code) for fault in caught.value.faults}
