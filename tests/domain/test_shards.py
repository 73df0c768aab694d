"""Shards of the log are named by half-years, and no two alike."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain import shards

REALM = "registry.test"
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), "2026h2"),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2027h1"),
    ],
)
def test_a_shard_is_over_at_midnight_of_its_last_day(last: datetime, first: str) -> None:
    name, midnight = shards.first_of(REALM, last), last + timedelta(seconds=1)
    assert not shards.is_over(name, last)
    assert shards.is_over(name, midnight)
    assert shards.next_after(REALM, midnight, [name]) == f"{REALM}/audit/{first}.1"


def test_a_new_shard_of_the_same_half_year_has_the_next_number() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    known = [f"{REALM}/audit/{name}" for name in ("2026h1.7", "2026h2.9", "2026h2.10")] + ["somebody-else"]
    assert shards.next_after(REALM, now, known) == f"{REALM}/audit/2026h2.11"


@given(TIMES, TIMES)
def test_names_go_forward_with_time_only(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert not shards.is_over(shards.first_of(REALM, later), earlier)
    changed = shards.first_of(REALM, earlier) != shards.first_of(REALM, later)
    assert shards.is_over(shards.first_of(REALM, earlier), later) is changed


def test_what_is_no_shard_is_never_over() -> None:
    assert not shards.is_over("somebody-else", datetime(2099, 1, 1, tzinfo=UTC))
