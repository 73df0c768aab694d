"""The clocks: the real one, and one that a sandbox may move ahead."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from registry.clock import advance, moved_time, real_time

DAY = timedelta(days=1)


def test_real_time_is_utc_and_passes() -> None:
    before = real_time()
    assert before.tzinfo is UTC
    assert before <= real_time()


def test_a_clock_that_was_never_moved_is_right(tmp_path: Path) -> None:
    assert abs(moved_time(tmp_path / "offset")() - real_time()) < timedelta(seconds=5)


def test_all_who_share_the_file_are_moved_together(tmp_path: Path) -> None:
    one, other = moved_time(tmp_path / "offset"), moved_time(tmp_path / "offset")
    assert advance(tmp_path / "offset", 40 * DAY) == 40 * DAY
    for clock in (one, other):
        assert 40 * DAY <= clock() - real_time() + timedelta(seconds=5) < 41 * DAY
    assert advance(tmp_path / "offset", timedelta(hours=12)) == 40.5 * DAY
    assert one() - real_time() > 40 * DAY
    assert list(tmp_path.iterdir()) == [tmp_path / "offset"]


def test_no_clock_goes_back(tmp_path: Path) -> None:
    advance(tmp_path / "offset", DAY)
    with pytest.raises(ValueError, match="clock_backwards"):
        advance(tmp_path / "offset", -timedelta(seconds=1))
    assert moved_time(tmp_path / "offset")() - real_time() > timedelta(hours=23)


def test_a_broken_file_stops_the_clock_and_is_not_taken_for_no_offset(tmp_path: Path) -> None:
    (tmp_path / "offset").write_text("soon")
    with pytest.raises(ValueError):
        moved_time(tmp_path / "offset")()
