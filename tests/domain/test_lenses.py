"""Lenses mark what is far from its like, stay silent where all are alike, and say what they cannot measure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.lens_judgements import (
    PEERS_LEAST,
    Counted,
    against_peers,
    cadence,
    distinct_subjects,
    hit_rate,
    is_off,
    most_striking,
    query_rate,
    shares,
)
from registry.domain.lenses import MEANINGS, Lens, Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MEMBERS = [UUID(int=number) for number in range(1, 9)]
ODD = MEMBERS[0]


def flagged(rows: list[Row]) -> set[str]:
    return {row.id for row in rows if row.flagged}


def rate(hours: dict[UUID, dict[int, int]], since: int = 0) -> list[Row]:
    at = {hour: EPOCH + timedelta(hours=hour) for of in hours.values() for hour in of}
    return query_rate(hours, since=since, at=at)


def test_every_lens_says_what_it_means_and_has_columns() -> None:
    assert MEANINGS.keys() == set(Lens)
    assert all(meaning.text.endswith(".") and meaning.columns for meaning in MEANINGS.values())


@given(st.integers(min_value=1, max_value=10_000), st.integers(min_value=2, max_value=8))
def test_nothing_stands_out_where_all_members_are_alike(count: int, members: int) -> None:
    alike = MEMBERS[:members]
    counted = {who: Counted(count, 2 * count) for who in alike}
    assert not flagged(distinct_subjects(counted))
    assert not flagged(hit_rate(counted))
    assert not flagged(shares(counted, part="off_hours", whole="queries"))
    assert not flagged(rate({who: dict.fromkeys(range(48), count) for who in alike}))


def test_a_members_burst_is_marked_by_its_own_hours() -> None:
    hours = {who: {hour: 10 + hour % 3 for hour in range(100)} for who in MEMBERS}
    assert not flagged(rate(hours, since=50))
    hours[ODD][70] = 100
    found = rate(hours, since=50)
    assert flagged(found) == {str(ODD)}
    (row,) = (row for row in found if row.flagged)
    assert (row.values["busiest_hour"], row.values["busiest_at"]) == (100, "1970-01-03T22:00:00+00:00")


def test_a_burst_before_the_time_asked_about_is_not_marked() -> None:
    hours = {who: dict.fromkeys(range(100), 10) for who in MEMBERS}
    hours[ODD][20] = 100
    assert not flagged(rate(hours, since=50))


def test_a_member_that_asks_far_more_than_its_peers_is_marked() -> None:
    hours = {who: dict.fromkeys(range(24), 9 + place % 3) for place, who in enumerate(MEMBERS)}
    hours[ODD] = dict.fromkeys(range(24), 400)
    assert flagged(rate(hours)) == {str(ODD)}


def test_few_questions_are_never_marked() -> None:
    assert not flagged(rate({ODD: {**dict.fromkeys(range(40), 1), 41: 19}}))


def test_too_few_peers_are_no_measure() -> None:
    few = {who: float(place) for place, who in enumerate(MEMBERS[:PEERS_LEAST])}
    assert set(against_peers(few).values()) == {None}
    more = {who: float(place) for place, who in enumerate(MEMBERS[: PEERS_LEAST + 1])}
    assert None not in against_peers(more).values()
    rows = hit_rate({who: Counted(1, 1000) for who in MEMBERS[:3]})
    assert {row.values["peers_rate"] for row in rows} == {None}


def test_trawling_shows_as_a_rate_far_below_that_of_the_peers() -> None:
    counted = {who: Counted(20 + place, 200) for place, who in enumerate(MEMBERS)}
    assert not flagged(hit_rate(counted))
    counted[ODD] = Counted(10, 1000)
    assert flagged(hit_rate(counted)) == {str(ODD)}
    # Ten questions without a hit prove nothing.
    counted[ODD] = Counted(0, 10)
    assert not flagged(hit_rate(counted))


@given(st.integers(min_value=0, max_value=500))
def test_the_fewer_the_hits_the_more_surely_a_member_is_marked(hits: int) -> None:
    peers = {who: Counted(100, 500) for who in MEMBERS[1:]}
    fewer = hit_rate({ODD: Counted(hits // 2, 500), **peers})
    more = hit_rate({ODD: Counted(hits, 500), **peers})
    assert str(ODD) in flagged(fewer) or str(ODD) not in flagged(more)


def test_a_clock_is_marked_and_chance_is_not() -> None:
    rows = cadence({ODD: (500, 10.0, 0.4), MEMBERS[1]: (500, 10.0, 10.0), MEMBERS[2]: (20, 10.0, 0.0)})
    assert flagged(rows) == {str(ODD)}
    assert {row.id: row.values["variation"] for row in rows}[str(ODD)] == pytest.approx(0.04)


def test_searching_a_customer_base_shows_as_many_people() -> None:
    counted = {who: Counted(100 + place, 120) for place, who in enumerate(MEMBERS)}
    counted[ODD] = Counted(9000, 9000)
    assert flagged(distinct_subjects(counted)) == {str(ODD)}


def test_a_share_far_above_the_peers_is_marked() -> None:
    counted = {who: Counted(2 + place, 200) for place, who in enumerate(MEMBERS)}
    counted[ODD] = Counted(150, 200)
    rows = shares(counted, part="off_hours", whole="queries")
    assert flagged(rows) == {str(ODD)}
    assert rows[0].values == {"queries": 200, "off_hours": 150, "share": 0.75, "z_peers": rows[0].values["z_peers"]}


def test_nights_end_at_six() -> None:
    assert [hour for hour in range(24) if is_off(hour)] == [0, 1, 2, 3, 4, 5]


def test_what_is_marked_comes_first_then_the_largest() -> None:
    rows = [Row("a", {"n": 5}), Row("b", {"n": 1}, flagged=True), Row("c", {"n": 9}), Row("d", {"n": None})]
    assert [row.id for row in most_striking(rows, "n", most=3)] == ["b", "c", "a"]
