"""What is promised of the score, for any query and any reports (docs/scoring.md, "Promises")."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from registry.domain.bands import band_of
from registry.domain.explanations import explain
from registry.domain.ids import Band, Confidence, ReportState, Severity
from registry.domain.incidents import Incident, Reliability
from registry.domain.scoring import NOTHING
from tests.domain.reference_score import reference
from tests.domain.score_cases import KINDS, MODEL, NATIONAL_ID, NOW, PHONE, Case, group, report, served
from tests.domain.score_strategies import (
    GROUPS,
    TOKENS,
    Compared,
    cases,
    changed,
    incidents,
    rebuilt,
    regrouped,
    tangled_cases,
    with_comparison,
)
from tests.domain.score_vectors import answer_of, points_of, value_of

promise = settings(max_examples=60, deadline=None)
HOSTILE_BOUND = 750  # docs/scoring.md: what one group can add to anyone's score, at the very most
ONE_GROUP_BOUND = 700


@promise
@given(tangled_cases())
def test_the_fast_scorer_and_the_plain_reference_agree(each: Case) -> None:
    answer = answer_of(each)
    assert (answer.score, answer.score_without_own, value_of(each)) == reference(each)


@promise
@given(cases(least=1), st.sampled_from([state for state in ReportState if state is not ReportState.ACTIVE]))
def test_a_report_in_any_other_state_weighs_what_no_report_weighs(each: Case, state: ReportState) -> None:
    removed = answer_of(rebuilt(each, *each.incidents[1:]))
    silent = answer_of(changed(each, state=state))
    assert (silent.score, silent.groups, silent.points) == (removed.score, removed.groups, removed.points)
    assert silent.score <= points_of(each)


@promise
@given(cases(), st.permutations(range(1, GROUPS + 1)))
def test_it_does_not_matter_who_reports(each: Case, order: list[int]) -> None:
    named = {group(old): new for old, new in enumerate(order, 1)}
    moved = [regrouped(item, named[item.group_id]) for item in each.incidents]
    records = {group(named[who]): record for who, record in each.reliability.items() if who in named}
    swapped = replace(rebuilt(each, *moved), reliability=records, asker=None)
    alone = replace(rebuilt(each, *[regrouped(i, _number(i)) for i in each.incidents]), asker=None)
    ours, theirs = answer_of(alone), answer_of(swapped)
    assert (theirs.score, theirs.reason_codes, theirs.points) == (ours.score, ours.reason_codes, ours.points)


def _number(item: Incident) -> int:
    return next(number for number in range(1, GROUPS + 1) if group(number) == item.group_id)


@promise
@given(tangled_cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_reports_does_not_change_a_bit(each: Case, chance: object) -> None:
    shuffled = list(each.incidents)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    turned = [replace(item, identities=item.identities[::-1]) for item in shuffled]
    ours, theirs = answer_of(each), answer_of(rebuilt(each, *turned))
    as_they_were = tuple(replace(item, identities=item.identities[::-1]) for item in theirs.disclosed)
    assert replace(theirs, disclosed=as_they_were) == ours


@promise
@given(tangled_cases())
def test_a_replay_changes_nothing(each: Case) -> None:
    assert answer_of(rebuilt(each, *each.incidents, *each.incidents)) == answer_of(each)


@promise
@given(cases(least=1, most=30, groups=1))
def test_one_group_alone_is_never_above_700_and_never_severe(each: Case) -> None:
    answer = answer_of(replace(each, reliability={group(1): Reliability(heard=10**6, sampled=10**6)}))
    assert answer.score <= ONE_GROUP_BOUND
    assert answer.band is not Band.SEVERE


@promise
@given(cases(), st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_a_hostile_group_adds_at_most_the_stated_bound(each: Case, kinds: list[int]) -> None:
    attack = [regrouped(report(200 + n, 9, *KINDS[kind:], confidence=Confidence.A), 9) for n, kind in enumerate(kinds)]
    flooded = replace(
        rebuilt(each, *each.incidents, *attack),
        reliability={**each.reliability, group(9): Reliability(heard=10**6, sampled=10**6)},
    )
    before, after = points_of(each), points_of(flooded)
    assert after - before <= HOSTILE_BOUND
    assert before or after <= ONE_GROUP_BOUND


@promise
@given(cases(least=2, most=16))
def test_no_group_dominates_a_severe_score(each: Case) -> None:
    answer = answer_of(each)
    if answer.band is Band.SEVERE:
        remaining = [
            points_of(rebuilt(each, *[item for item in each.incidents if item.group_id != who]))
            for who in {item.group_id for item in each.incidents}
        ]
        assert min(remaining) >= MODEL.without_any_group


@promise
@given(st.lists(st.integers(1, 3), min_size=4, max_size=12))
def test_severe_means_that_enough_remains_without_any_group(owners: list[int]) -> None:
    each = Case("plain", tuple(report(n, of) for n, of in enumerate(owners, 1)), TOKENS, {})
    removals = [rebuilt(each, *[i for i in each.incidents if i.group_id != group(of)]) for of in set(owners)]
    enough = min(points_of(one) for one in removals) >= MODEL.without_any_group
    answer = answer_of(each)
    assert (answer.band is Band.SEVERE) == (enough and answer.score >= MODEL.bands[-1])


@promise
@given(cases(least=1), incidents(99))
def test_a_second_report_of_one_order_counts_once(each: Case, second: Incident) -> None:
    first = each.incidents[0]
    assume(first.severity is not Severity.S1)
    later = replace(second, event=first.event, filed_at=first.filed_at + timedelta(hours=1))
    assert points_of(rebuilt(each, *each.incidents, later)) == points_of(each)


@promise
@given(cases(least=1), st.sampled_from(Severity), st.booleans(), st.integers(0, 400))
def test_nothing_is_left_at_the_retention_limit(each: Case, severity: Severity, halved: bool, days: int) -> None:
    limit = len((MODEL.decay_halved if halved else MODEL.decay)[severity]) - 1
    ended = NOW.date() - timedelta(days=limit + days)
    old = changed(each, severity=severity, retention_halved=halved, act_ended_on=ended)
    assert points_of(old) == points_of(rebuilt(each, *each.incidents[1:]))


@promise
@given(tangled_cases())
def test_points_sum_to_the_score_and_none_is_negative(each: Case) -> None:
    answer = answer_of(each)
    assert sum(points for _, points in answer.points) == answer.score
    assert all(points >= 0 for _, points in answer.points)
    assert {who for who, _ in answer.points} <= {item.report_id for item in answer.disclosed}


@promise
@given(tangled_cases())
def test_the_band_is_a_function_of_the_score_and_codes_are_few(each: Case) -> None:
    answer = answer_of(each)
    assert answer.band is band_of(MODEL, answer.score)
    assert len(answer.reason_codes) <= 4
    assert bool(answer.reason_codes) == (answer.score > 0)
    assert answer.score_without_own <= answer.score
    assert not answer.supports_closure or answer.band is Band.SEVERE


@promise
@given(cases(), st.sampled_from(KINDS))
def test_reports_that_no_token_touches_leave_no_trace(each: Case, kind: object) -> None:
    strangers = [with_comparison(item, {kind: Compared.DIFFERS}) for item in each.incidents]  # type: ignore[dict-item]
    assert answer_of(rebuilt(each, *strangers)) == NOTHING


@settings(max_examples=25, deadline=None)
@given(tangled_cases())
def test_an_explanation_sums_and_its_what_ifs_are_true(each: Case) -> None:
    told = explain(
        MODEL,
        tokens=each.tokens,
        incidents=each.incidents,
        reliability=each.reliability,
        asker=each.asker,
        as_of=each.as_of,
    )
    assert told.score == answer_of(each)
    assert sum(part.points for part in told.parts) == told.score.score
    assert sum(points for _, points in told.conduct) == told.score.score
    for part in told.parts:
        rest = [item for item in each.incidents if item.report_id != part.report_id]
        assert part.score_without == points_of(rebuilt(each, *rest))


@promise
@given(cases(least=1), st.integers(1, 40))
def test_a_colluders_own_phone_never_lifts_a_victim_out_of_guarded(each: Case, count: int) -> None:
    aimed = [
        replace(
            report(n, 1 + n % 3, NATIONAL_ID, confidence=Confidence.A),
            served=(served(PHONE, "colluder"),),
            answered=(served(PHONE, "colluder").stored,),
        )
        for n in range(count)
    ]
    answer = answer_of(rebuilt(each, *aimed))
    assert answer.score <= 499
    assert not answer.all_heard or not answer.score
