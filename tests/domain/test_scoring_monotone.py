"""More of what speaks against a person never lowers the score, and what speaks for them never raises it."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from registry.domain.ids import Category, Confidence, Severity
from registry.domain.incidents import Incident
from tests.domain.score_cases import KINDS, MODEL, NOW, Case, group, served
from tests.domain.score_strategies import (
    AMOUNTS,
    Compared,
    cases,
    changed,
    comparisons,
    incidents,
    rebuilt,
    regrouped,
    tangled_cases,
    with_comparison,
)
from tests.domain.score_vectors import points_of

promise = settings(max_examples=60, deadline=None)


@promise
@given(cases(), incidents(99))
def test_one_more_incident_never_lowers_the_score(each: Case, more: Incident) -> None:
    assert points_of(rebuilt(each, *each.incidents, more)) >= points_of(each)


@promise
@given(cases(least=2))
def test_another_group_instead_of_the_same_never_lowers_the_score(each: Case) -> None:
    first, *rest = each.incidents
    fresh = {**each.reliability, group(9): each.reliability[first.group_id]}
    alone = replace(rebuilt(each, regrouped(first, 9), *rest), reliability=fresh, asker=None)
    assert points_of(alone) >= points_of(replace(each, asker=None))


@promise
@given(cases(least=1), st.sampled_from(Confidence), st.sampled_from(Confidence))
def test_stronger_proof_never_lowers_the_score(each: Case, one: Confidence, two: Confidence) -> None:
    stronger, weaker = sorted((one, two))
    assert points_of(changed(each, confidence=stronger)) >= points_of(changed(each, confidence=weaker))


@promise
@given(cases(least=1), st.integers(0, 1_900), st.integers(0, 100))
def test_a_more_recent_act_never_lowers_the_score(each: Case, days: int, more: int) -> None:
    recent = NOW.date() - timedelta(days=days)
    older = recent - timedelta(days=more)
    assert points_of(changed(each, act_ended_on=recent)) >= points_of(changed(each, act_ended_on=older))


@promise
@given(tangled_cases(), st.integers(1, 400))
def test_time_alone_never_raises_the_score_of_what_was_heard(each: Case, days: int) -> None:
    events: set[bytes] = {item.event for item in each.incidents}
    assume(len(events) == len(each.incidents))
    later = replace(each, as_of=each.as_of + timedelta(days=days))
    assert points_of(later) <= points_of(each)


@promise
@given(cases(least=1), st.sampled_from(AMOUNTS), st.sampled_from(AMOUNTS))
def test_a_larger_amount_never_lowers_the_score(each: Case, one: int, two: int) -> None:
    larger, smaller = max(one, two), min(one, two)
    assert points_of(changed(each, amount_minor=larger)) >= points_of(changed(each, amount_minor=smaller))


@promise
@given(cases(least=1), st.sampled_from(Category), st.sampled_from(Category))
def test_a_heavier_category_never_lowers_the_score(each: Case, one: Category, two: Category) -> None:
    lighter, heavier = sorted((one, two), key=MODEL.category.__getitem__)
    assert points_of(changed(each, category=heavier)) >= points_of(changed(each, category=lighter))


@promise
@given(cases(least=1), st.sampled_from([Severity.S2, Severity.S3]))
def test_a_graver_severity_never_lowers_the_score(each: Case, lighter: Severity) -> None:
    graver = {Severity.S2: Severity.S3, Severity.S3: Severity.S4}[lighter]
    assert points_of(changed(each, severity=graver)) >= points_of(changed(each, severity=lighter))


@promise
@given(cases(least=1), comparisons, st.sampled_from(KINDS), st.integers(0, 400))
def test_a_stronger_match_never_lowers_and_a_conflict_never_raises_the_score(
    each: Case, compared: dict[object, Compared], kind: object, phone_age: int
) -> None:
    first, *rest = each.incidents
    scores = [
        points_of(rebuilt(each, with_comparison(first, compared | {kind: state}, phone_age), *rest))  # type: ignore[arg-type]
        for state in Compared
    ]
    assert scores == sorted(scores)


@promise
@given(cases(least=1))
def test_being_heard_never_lowers_and_being_unheard_never_raises_the_score(each: Case) -> None:
    everywhere = tuple(served(kind) for kind in KINDS)
    late = tuple(served(kind, days=29) for kind in KINDS)
    assert points_of(changed(each, served=everywhere)) >= points_of(each) >= points_of(changed(each, served=late))


@promise
@given(cases(least=1), st.integers(0, 40), st.integers(0, 40))
def test_an_overturned_or_failed_report_never_raises_the_score(each: Case, more: int, failed: int) -> None:
    first = each.incidents[0].group_id
    before = each.reliability[first]
    worse = replace(
        before,
        heard=before.heard + more,
        overturned=before.overturned + more,
        sampled=before.sampled + failed,
        failed=before.failed + failed,
    )
    assert points_of(replace(each, reliability={**each.reliability, first: worse})) <= points_of(each)
