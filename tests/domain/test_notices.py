"""A record counts after its notice was served and its window passed; it is heard only for the token that was told."""

from datetime import datetime, timedelta

import pytest

from registry.domain.notices import SKEW, Served, delivered_at, heard_at, heard_tokens, serve_by, window_ends_at
from registry.errors import Conflict
from tests.filings import CN, NOW

PHONE, NATIONAL_ID = b"phone", b"national id"


def test_the_windows_are_counted_from_filing_and_from_service() -> None:
    assert serve_by(NOW, CN.clocks) == NOW + timedelta(days=30)
    assert window_ends_at(NOW, CN.clocks) == NOW + timedelta(days=7)
    assert heard_at(NOW, CN.clocks) == NOW + timedelta(days=30)


def test_only_the_token_that_was_served_is_heard() -> None:
    served = [Served(PHONE, NOW)]
    later = NOW + timedelta(days=30)
    assert heard_tokens(served, disputed=False, now=later, clocks=CN.clocks) == {PHONE}
    assert NATIONAL_ID not in heard_tokens(served, disputed=False, now=later, clocks=CN.clocks)


def test_nothing_is_heard_a_moment_too_early_or_during_a_dispute() -> None:
    served = [Served(PHONE, NOW)]
    later = NOW + timedelta(days=30)
    early = later - timedelta(microseconds=1)
    assert heard_tokens(served, disputed=False, now=early, clocks=CN.clocks) == frozenset()
    assert heard_tokens(served, disputed=True, now=later, clocks=CN.clocks) == frozenset()


def test_each_delivery_has_its_own_clock() -> None:
    served = [Served(PHONE, NOW), Served(NATIONAL_ID, NOW + timedelta(days=1))]
    later = NOW + timedelta(days=30)
    assert heard_tokens(served, disputed=False, now=later, clocks=CN.clocks) == {PHONE}


@pytest.mark.parametrize(
    ("claimed", "recorded"),
    [
        (NOW - timedelta(hours=1) - SKEW, NOW - timedelta(hours=1)),
        (NOW - timedelta(minutes=5), NOW - timedelta(minutes=5)),
        (NOW + SKEW, NOW),
    ],
)
def test_a_delivery_lies_between_filing_and_now(claimed: datetime, recorded: datetime) -> None:
    assert delivered_at(claimed, filed_at=NOW - timedelta(hours=1), now=NOW) == recorded


@pytest.mark.parametrize("beyond", [timedelta(hours=-1, microseconds=-1) - SKEW, SKEW + timedelta(microseconds=1)])
def test_what_two_clocks_cannot_explain_is_refused(beyond: timedelta) -> None:
    with pytest.raises(Conflict, match="served_at_refused"):
        delivered_at(NOW + beyond, filed_at=NOW - timedelta(hours=1), now=NOW)
