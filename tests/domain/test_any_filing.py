"""Whatever a member files, the answer is a verdict or a list of known faults, never an accident."""

from dataclasses import replace
from datetime import UTC, date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.filings import (
    AgeBand,
    Event,
    Identifier,
    ImageMatch,
    Investigation,
    Judgment,
    JudgmentSource,
    LegalBasis,
    MemberNotice,
    Money,
    Nature,
    Outcome,
)
from registry.domain.ids import IdentifierKind
from registry.domain.refusals import REFUSALS
from registry.domain.reports import Overturned, check
from registry.errors import Conflict
from tests.filings import (
    CN,
    NOW,
    artefact,
    custody,
    filing,
    reviewer,
    token,
)


def perturbed() -> st.SearchStrategy[dict[str, Any]]:
    """Draw each field at random, from values of its type."""
    days = st.dates() | st.dates(date(2026, 10, 1), date(2026, 12, 31))
    texts = st.text(max_size=30) | st.sampled_from(["", "none", "FR-01", "FR-15", "FR-01.T1", "13800138000"])
    moments = st.datetimes(timezones=st.none() | st.just(UTC))
    tokens = st.lists(st.sampled_from([token("phone"), token("email"), token("event"), "x"]), max_size=3).map(tuple)
    steps = st.builds(lambda at: replace(custody(1), at=at), moments)
    entries = st.builds(
        lambda kind, name, steps, captured, kept: artefact(
            kind, name, custody=tuple(steps), captured_at=captured, retain_until=kept
        ),
        st.sampled_from([f"E{n}" for n in range(1, 12)]),
        texts,
        st.lists(steps, max_size=2),
        st.none() | moments,
        days,
    )
    people = st.builds(
        lambda name, role, human, day: reviewer(name, role=role, human=human, confirmed_on=day),
        texts,
        texts | st.just("supervisor"),
        st.booleans(),
        days,
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "reference": texts,
            "claim_ref": texts,
            "event": st.builds(Event, tokens, texts),
            "nature": st.sampled_from(Nature),
            "category": texts,
            "act_ended_on": days,
            "confirmed_on": days,
            "outcome": st.none() | st.sampled_from(Outcome),
            "amount": st.builds(Money, st.integers(), st.sampled_from(["CNY", "USD", ""])),
            "facts": st.lists(texts, max_size=3).map(tuple),
            "definition_tests": st.lists(texts, max_size=2).map(tuple),
            "age_band": st.none() | st.sampled_from(AgeBand),
            "notice": st.none() | st.builds(MemberNotice, days, days, texts, st.none() | days),
            "merchant_heard_on": st.none() | days,
            "investigation": st.builds(Investigation, texts, st.lists(people, max_size=2).map(tuple)),
            "legal_basis": st.none() | st.builds(LegalBasis, texts, texts, moments),
            "evidence": st.lists(entries, max_size=3).map(tuple),
            "identifiers": st.lists(
                st.builds(Identifier, st.sampled_from(IdentifierKind), tokens, st.none() | days, st.none() | days),
                max_size=2,
            ).map(tuple),
            "aggravations": st.lists(texts, max_size=2).map(tuple),
            "repaid_on": st.none() | days,
            "image_matches": st.lists(st.builds(ImageMatch, texts, st.booleans()), max_size=2).map(tuple),
            "admission": st.none() | texts,
            "judgment": st.none() | st.builds(Judgment, texts, texts, st.booleans(), st.sampled_from(JudgmentSource)),
        },
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=perturbed(), again=st.booleans())
def test_any_filing_is_either_checked_or_refused_with_known_codes(changes: dict[str, Any], again: bool) -> None:
    fallen = [Overturned(date(2026, 10, 25), frozenset())] if again else []
    try:
        checked = check(filing(**changes), policy=CN, now=NOW, overturned=fallen)
    except Conflict as refused:
        code, found = refused.code, {fault.code for fault in refused.faults}
    else:
        code, found = "", set()
        assert checked.expires_on > CN.today(NOW)
        assert len(checked.evidence_classes) >= 2
    assert (code == "report_refused") is bool(found)
    assert found <= REFUSALS.keys()
