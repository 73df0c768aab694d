"""How much a member may ask for in a day."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.quotas import Quota, Usage, daily_limit, resets_in


@pytest.mark.parametrize(
    ("quota", "claims", "limit"),
    [
        (Quota.EVALUATIONS, 0, 1_100),
        (Quota.EVALUATIONS, 333, 1_100),
        (Quota.EVALUATIONS, 1_000, 3_300),
        (Quota.QUERIES, 10_000, 33_000),
        (Quota.REPORTS, 10_000, 11_000),
    ],
)
def test_a_limit_is_three_times_the_claims_at_least_a_thousand_with_a_tenth_on_top(
    quota: Quota, claims: int, limit: int
) -> None:
    assert daily_limit(quota, claims) == limit


@given(st.sampled_from(Quota), st.integers(0, 10**8))
def test_more_claims_never_lower_a_limit(quota: Quota, claims: int) -> None:
    assert daily_limit(quota, claims) <= daily_limit(quota, claims + 1)


@given(st.datetimes(max_value=datetime(9000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - a bound has no zone
def test_a_quota_is_renewed_at_the_next_utc_midnight(now: datetime) -> None:
    assert 1 <= resets_in(now) <= 86_400


def test_another_zone_has_the_same_midnight() -> None:
    at = datetime(2026, 11, 22, 7, 59, 30, tzinfo=timezone(timedelta(hours=8)))
    assert resets_in(at) == 30


def test_what_remains_is_never_negative() -> None:
    assert Usage(Quota.QUERIES, 10, 12, 5).remaining == 0
    assert Usage(Quota.QUERIES, 10, 4, 5).remaining == 6
