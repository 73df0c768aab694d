"""A record counts after its notice was served and its window passed; it is heard only for the token that was told."""

from datetime import timedelta

from registry.domain.notices import Served, heard_at, heard_tokens, serve_by, window_ends_at
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
