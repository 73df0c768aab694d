"""What follows from a filing that stands: time, severity, confidence, re-filing, corrections."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registry.domain.appeal_corrections import Gravity
from registry.domain.filings import (
    AgeBand,
    Filing,
    Identifier,
    Investigation,
    Money,
    Outcome,
)
from registry.domain.ids import Confidence, IdentifierKind, Severity
from registry.domain.reports import Checked, Overturned, OwnIncident, amend
from registry.errors import Conflict, Fault
from registry.policies import load
from tests.filings import (
    ACT,
    CN,
    JUDGMENT,
    NOTICE,
    NOW,
    artefact,
    filing,
    labelled,
    refusal,
    reviewer,
    stands,
    token,
    two_reviewers,
)


def notice(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"notice": replace(NOTICE, **changes)}


def test_a_complete_report_stands() -> None:
    checked = stands(filing())
    assert (checked.severity, checked.confidence) == (Severity.S2, Confidence.C)
    assert checked.expires_on == date(2028, 10, 20)
    assert checked.serve_by == NOW + timedelta(days=30)
    assert [item.value for item in checked.evidence_classes] == ["E2", "E4"]
    assert checked.policy_digest == CN.digest
    assert not checked.own_only


def test_an_answer_opens_the_way_to_review_at_once() -> None:
    heard = notice(answer="I edited nothing.", answered_on=date(2026, 10, 30))
    early = reviewer(confirmed_on=date(2026, 10, 30))
    report = filing(**heard, confirmed_on=date(2026, 10, 30), investigation=Investigation("agent-x", (early,)))
    assert stands(report).severity is Severity.S2


def test_silence_counts_only_when_the_last_day_is_over_where_the_pack_lives() -> None:
    due = datetime(2026, 11, 1, 15, 59, tzinfo=UTC)  # 23:59 in China
    assert ("/notice/answer_due_on", "notice_still_open") in refusal(filing(), now=due)
    later = refusal(filing(), now=due + timedelta(minutes=1))
    assert ("/notice/answer_due_on", "notice_still_open") not in later


def test_a_report_is_late_31_days_after_confirmation() -> None:
    stands(filing(), now=datetime(2026, 12, 5, 1, tzinfo=UTC))
    assert refusal(filing(), now=datetime(2026, 12, 6, 1, tzinfo=UTC)) == {
        ("/confirmed_on", "filed_late_after_confirmation")
    }


def test_confirmation_lies_between_the_act_and_today() -> None:
    assert ("/confirmed_on", "time_in_future") in refusal(filing(confirmed_on=date(2026, 11, 22)))
    assert ("/confirmed_on", "dates_out_of_order") in refusal(filing(confirmed_on=date(2026, 10, 19)))


def test_a_record_that_would_already_have_expired_is_refused() -> None:
    old = filing(
        act_ended_on=date(2026, 8, 20),
        age_band=AgeBand.FROM_18_TO_20,
        outcome=Outcome.CLAIM_REFUSED,
        amount=Money(20_000, "CNY"),
    )
    assert stands(old, now=datetime(2026, 11, 19, 15, 59, tzinfo=UTC)).expires_on == date(2026, 11, 20)
    assert refusal(old) == {("/act_ended_on", "retention_over")}


def test_a_disabled_pack_takes_no_report() -> None:
    assert ("", "policy_disabled") in refusal(filing(), policy=load()["eu"])


@pytest.mark.parametrize(
    ("changes", "own", "severity"),
    [
        ({"amount": Money(20_000, "CNY"), "outcome": Outcome.CLAIM_REFUSED}, (), Severity.S1),
        ({"amount": Money(20_000, "CNY"), "repaid_on": date(2026, 11, 1)}, (), Severity.S1),
        ({"amount": Money(20_001, "CNY"), "outcome": Outcome.CLAIM_REFUSED}, (), Severity.S2),
        ({"amount": Money(20_000, "CNY")}, (), Severity.S2),
        ({"amount": Money(20_000, "CNY"), "outcome": Outcome.CLAIM_REFUSED}, (1,), Severity.S2),
        ({"amount": Money(299_999, "CNY")}, (), Severity.S2),
        ({"amount": Money(300_000, "CNY")}, (), Severity.S3),
        ({"amount": Money(100_000, "CNY")}, (199_999,), Severity.S2),
        ({"amount": Money(100_000, "CNY")}, (200_000,), Severity.S3),
        ({"amount": Money(1, "CNY")}, (1, 1), Severity.S3),
        ({"category": "FR-13", "definition_tests": ("FR-13.T1",)}, (), Severity.S3),
        ({"category": "FR-14", "definition_tests": ("FR-14.T1",)}, (), Severity.S3),
        ({"judgment": JUDGMENT}, (), Severity.S4),
    ],
)
def test_severity_follows_the_amounts_and_the_members_own_incidents(
    changes: dict[str, Any], own: tuple[int, ...], severity: Severity
) -> None:
    incidents = [OwnIncident(Money(amount, "CNY")) for amount in own]
    checked = stands(filing(investigation=two_reviewers(), **changes), own_active=incidents)
    assert checked.severity is severity
    assert checked.own_only is (severity is Severity.S1)


def test_amounts_in_several_currencies_add_up_by_their_share_of_the_threshold() -> None:
    half = filing(amount=Money(150_000, "CNY"), investigation=two_reviewers())
    assert stands(half, own_active=[OwnIncident(Money(21_000, "USD"))]).severity is Severity.S3
    assert stands(half, own_active=[OwnIncident(Money(20_999, "USD"))]).severity is Severity.S2
    assert stands(half, own_active=[OwnIncident(Money(10**9, "XTS"))]).severity is Severity.S2


@pytest.mark.parametrize("changes", [{"amount": Money(300_000, "CNY")}, {"judgment": JUDGMENT}])
def test_grave_reports_need_two_reviewers(changes: dict[str, Any]) -> None:
    assert refusal(filing(**changes)) == {("/investigation/reviewers", "reviewers_too_few")}


@pytest.mark.parametrize(
    ("changes", "confidence"),
    [
        ({}, Confidence.C),
        ({"evidence": (labelled(), artefact("E4"), artefact("E5"))}, Confidence.B),
        ({"evidence": (labelled(), artefact("E4"), artefact("E11"), artefact("E8"))}, Confidence.C),
        ({"evidence": (labelled(), artefact("E4"), artefact("E7")), "admission": "artefact-E7"}, Confidence.A),
        ({"judgment": JUDGMENT, "investigation": two_reviewers()}, Confidence.A),
    ],
)
def test_confidence_follows_the_proof(changes: dict[str, Any], confidence: Confidence) -> None:
    assert stands(filing(**changes)).confidence is confidence


def test_a_phone_is_kept_12_months_from_the_day_it_was_last_known() -> None:
    number, person = stands(filing()).identifiers
    assert (number.known_on, number.expires_on) == (date(2026, 10, 20), date(2027, 10, 20))
    assert (person.known_on, person.expires_on) == (ACT, date(2028, 10, 20))


def test_what_was_overturned_comes_back_only_with_something_new() -> None:
    again = filing()
    proof = frozenset(item.sha256 for item in again.evidence)
    fallen = [Overturned(date(2026, 10, 25), proof)]
    assert refusal(again, overturned=fallen) == {
        ("/evidence", "refiling_needs_new_artefact"),
        ("/investigation/reviewers", "refiling_needs_supervisor"),
        ("/notice/sent_on", "refiling_needs_fresh_notice"),
    }
    renewed = filing(
        evidence=(*again.evidence, artefact("E6")),
        investigation=Investigation("agent-x", (reviewer(role="supervisor"),)),
    )
    assert stands(renewed, overturned=[Overturned(date(2026, 10, 24), proof)]).confidence is Confidence.B


def test_a_lead_is_no_new_artefact() -> None:
    again = filing(
        evidence=(*filing().evidence, artefact("E11")),
        investigation=Investigation("agent-x", (reviewer(role="supervisor"),)),
    )
    fallen = [Overturned(date(2026, 10, 24), frozenset(item.sha256 for item in filing().evidence))]
    assert refusal(again, overturned=fallen) == {("/evidence", "refiling_needs_new_artefact")}


def stated(said: Filing, **less: Any) -> Gravity:  # noqa: ANN401 - any field
    """Return what a record says as it was filed, or less."""
    return replace(Gravity(said.amount.minor, stands(said).confidence, frozenset(said.aggravations)), **less)


def amended(**changes: object) -> Checked:
    later = NOW + timedelta(days=60)
    said = filing()
    return amend(said, filing(**changes), stated(said), severity=Severity.S2, policy=CN, now=later, filed_at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(1, "CNY"), "outcome": Outcome.CLAIM_REFUSED},
        {"facts": ("The photo carries a label; the vase arrived whole.",)},
    ],
)
def test_a_correction_may_lessen_and_leaves_severity_and_clock_alone(changes: dict[str, Any]) -> None:
    checked = amended(**changes)
    assert (checked.severity, checked.expires_on) == (Severity.S2, date(2028, 10, 20))
    assert checked.serve_by == NOW + timedelta(days=30)


def test_a_correction_undoes_no_decision() -> None:
    """What was decided lessens the record, not what the member signed."""
    said = filing(
        evidence=(labelled(), artefact("E4"), artefact("E3")),
        aggravations=("FR-15",),
        definition_tests=("FR-01.T1", "FR-15.T1"),
    )
    decided = stated(said, amount_minor=50_000, confidence=Confidence.C, aggravations=frozenset())

    def again(**changes: Any) -> Checked:  # noqa: ANN401 - any field
        after = replace(said, **changes)
        return amend(said, after, decided, severity=Severity.S2, policy=CN, now=NOW, filed_at=NOW)

    with pytest.raises(Conflict) as undone:
        again()
    assert set(undone.value.faults) == {
        Fault("/amount", "amendment_raises_amount"),
        Fault("/aggravations", "amendment_adds_aggravation"),
    }
    assert (
        again(amount=Money(50_000, "CNY"), aggravations=(), definition_tests=("FR-01.T1",)).confidence is Confidence.C
    )


def test_a_correction_may_drop_an_identifier() -> None:
    both = tuple(Identifier(kind, (token(kind),)) for kind in (IdentifierKind.EMAIL, IdentifierKind.DEVICE))
    before = filing(identifiers=both)
    after = filing(identifiers=both[:1])
    checked = amend(before, after, stated(before), severity=Severity.S2, policy=CN, now=NOW, filed_at=NOW)
    assert [kept.kind for kept in checked.identifiers] == [IdentifierKind.EMAIL]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reference": "RMA-2"}, ("/reference", "amendment_not_allowed")),
        ({"act_ended_on": date(2026, 10, 19)}, ("/act_ended_on", "amendment_not_allowed")),
        ({"category": "FR-02", "definition_tests": ("FR-02.T1",)}, ("/category", "amendment_not_allowed")),
        ({"judgment": JUDGMENT}, ("/judgment", "amendment_not_allowed")),
        ({"amount": Money(128_001, "CNY")}, ("/amount", "amendment_raises_amount")),
        ({"amount": Money(1, "USD")}, ("/amount", "amendment_raises_amount")),
        (
            {"aggravations": ("FR-15",), "definition_tests": ("FR-01.T1", "FR-15.T1")},
            ("/aggravations", "amendment_adds_aggravation"),
        ),
        (
            {"identifiers": (*filing().identifiers, Identifier(IdentifierKind.EMAIL, (token("email"),)))},
            ("/identifiers", "amendment_adds_identifier"),
        ),
        (
            {"evidence": (*filing().evidence, artefact("E5"))},
            ("/evidence", "amendment_raises_confidence"),
        ),
        ({"impact_assessment": ""}, ("/impact_assessment", "impact_assessment_missing")),
    ],
)
def test_a_correction_cannot_accuse_of_more(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    with pytest.raises(Conflict) as caught:
        amended(**changes)
    assert Fault(*fault) in caught.value.faults
