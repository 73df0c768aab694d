"""Members answer for what they file: findings, sanctions by rule, and both posteriors."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.appeal_case import Result
from registry.domain.beliefs import SCALE
from registry.domain.ids import MemberIntegrity, ReportState
from registry.domain.incidents import Reliability
from registry.domain.integrity import Fate, Finding, Sanction, overturn_rate, posteriors, sanctions, tally
from registry.domain.weighing import rho
from tests.domain.score_cases import MODEL
from tests.filings import CN, NOW

DAY = timedelta(days=1)
RULES = CN.integrity
UPHELD, OVERTURNED, WITHDRAWN = Result.UPHELD, Result.OVERTURNED, Result.WITHDRAWN
SINCE = NOW - 730 * DAY


def late(*days_ago: int) -> list[Finding]:
    return [Finding(MemberIntegrity.LATE_ANSWER, NOW - days * DAY) for days in days_ago]


@pytest.mark.parametrize(
    ("results", "rate"),
    [
        ([UPHELD] * 49, None),
        ([UPHELD] * 50, Fraction(0)),
        ([UPHELD] * 45 + [OVERTURNED] * 5, Fraction(1, 10)),
        ([UPHELD] * 44 + [OVERTURNED] * 6, Fraction(3, 25)),
        ([OVERTURNED] * 50 + [UPHELD] * 50, Fraction(0)),
        ([UPHELD] * 44 + [OVERTURNED, WITHDRAWN] * 3, Fraction(3, 25)),
        ([UPHELD] * 49 + [Result.ENDED], None),
    ],
)
def test_the_rate_is_of_the_last_fifty_decisions(results: list[Result], rate: Fraction | None) -> None:
    assert overturn_rate(results, RULES) == rate
    above = (rate or 0) > Fraction(1, 10)
    assert sanctions(results, [], RULES, NOW) == ((Sanction.FILING_SUPERVISED,) if above else ())


@pytest.mark.parametrize(
    ("findings", "supervised"),
    [(late(1, 2), False), (late(1, 2, 89), True), (late(1, 2, 90), False), (late(1, 2, -1), False)],
)
def test_three_late_answers_in_ninety_days_put_filing_under_supervision(
    findings: list[Finding], supervised: bool
) -> None:
    assert (Sanction.FILING_SUPERVISED in sanctions([], findings, RULES, NOW)) is supervised


@pytest.mark.parametrize("kind", MemberIntegrity)
def test_a_false_report_or_a_query_without_a_claim_suspends_queries_until_it_is_lifted(kind: MemberIntegrity) -> None:
    suspends = kind in {MemberIntegrity.FALSE_REPORT, MemberIntegrity.QUERY_WITHOUT_CLAIM}
    old = NOW - 1_000 * DAY
    assert sanctions([], [Finding(kind, old)], RULES, NOW) == ((Sanction.QUERY_SUSPENDED,) if suspends else ())
    assert sanctions([], [Finding(kind, old, lifted_at=NOW - DAY)], RULES, NOW) == ()


def test_both_sanctions_stand_together() -> None:
    findings = [*late(1, 2, 3), Finding(MemberIntegrity.FALSE_REPORT, NOW)]
    assert sanctions([OVERTURNED] * 50, findings, RULES, NOW) == tuple(Sanction)


def fate(state: ReportState, **changes: object) -> Fate:
    given: dict[str, object] = {"filed_at": NOW - 60 * DAY, "window_closed": True} | changes
    return Fate(state=state, **given)  # type: ignore[arg-type] # any field


@pytest.mark.parametrize(
    ("one", "heard", "overturned"),
    [
        (fate(ReportState.ACTIVE), 1, 0),
        (fate(ReportState.ACTIVE, window_closed=False), 0, 0),
        (fate(ReportState.OVERTURNED), 1, 1),
        (fate(ReportState.OVERTURNED, window_closed=False, appealed=True), 1, 1),
        (fate(ReportState.WITHDRAWN), 0, 0),
        (fate(ReportState.WITHDRAWN, appealed=True), 1, 1),
        (fate(ReportState.DISPUTED, appealed=True), 0, 0),
        (fate(ReportState.INCONCLUSIVE, appealed=True), 0, 0),
        (fate(ReportState.ACTIVE, filed_at=SINCE), 0, 0),
    ],
)
def test_each_report_counts_as_it_fared(one: Fate, heard: int, overturned: int) -> None:
    found = tally([one], since=SINCE)
    assert (found.heard, found.overturned) == (heard, overturned)


def test_second_looks_are_counted_apart() -> None:
    fates = [fate(ReportState.ACTIVE, confirmed_again=good) for good in (True, True, False, None)]
    assert tally(fates, since=SINCE) == Reliability(heard=4, overturned=0, sampled=3, failed=1)


def test_without_any_record_the_prior_speaks() -> None:
    assert posteriors(MODEL.reliability, Reliability()) == (Fraction(1, 20), Fraction(1, 20))


COUNTS = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda two: (max(two), min(two)))


@given(COUNTS, COUNTS)
def test_belief_is_one_less_three_times_the_larger_posterior(heard: tuple[int, int], sampled: tuple[int, int]) -> None:
    record = Reliability(heard[0], heard[1], sampled[0], sampled[1])
    believed = max(Fraction(0), 1 - 3 * max(posteriors(MODEL.reliability, record)))
    found = rho(MODEL.reliability, record)
    silenced = 3 * record.overturned >= record.heard and record.overturned >= MODEL.reliability.silenced_overturned
    assert found == (0 if silenced else int(believed * SCALE))
