"""Charts put values where they belong, whatever they are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.console.charts import NARROW, WIDE, Frame, Spread, Value, bars, dots, line

DAY = timedelta(days=1)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
WEEK = Spread(SINCE, SINCE + 7 * DAY, DAY)
SQUARE = Frame(100, 100, left=0, right=0, top=0, bottom=0)


def test_a_bar_stands_at_its_time_and_is_as_high_as_its_value() -> None:
    chart = bars([(SINCE, 10.0), (SINCE + 2 * DAY, 5.0)], WEEK, SQUARE)
    first, second = chart.marks
    assert (first.x, first.y, first.height) == (0.0, 0.0, 100.0)
    assert (second.x, second.y, second.height) == (28.6, 50.0, 50.0)
    assert first.width == second.width == pytest.approx(100 / 7 * 0.85, abs=0.1)
    assert [tick.value for tick in chart.up] == [0, 5, 10]
    assert [tick.at for tick in chart.up] == [100.0, 50.0, 0.0]


def test_a_tick_stands_at_every_so_many_steps() -> None:
    ticks = bars([(SINCE + 3 * DAY, 1.0)], WEEK, SQUARE).across
    assert [tick.time for tick in ticks] == [SINCE + n * DAY for n in (0, 2, 4, 6)]
    assert [tick.at for tick in ticks] == [0.0, 28.6, 57.1, 85.7]


def test_ticks_keep_in_step_with_the_values() -> None:
    late = Spread(SINCE + timedelta(hours=5), SINCE + timedelta(days=3), DAY)
    ticks = bars([(SINCE + 2 * DAY, 1.0)], late, SQUARE).across
    assert [tick.time for tick in ticks] == [SINCE + DAY, SINCE + 2 * DAY]


def test_a_line_passes_through_nought_where_nothing_was_counted() -> None:
    chart = line([(SINCE + DAY, 4.0)], Spread(SINCE, SINCE + 4 * DAY, DAY), SQUARE)
    assert chart.points == "0.0,100.0 25.0,0.0 50.0,100.0 75.0,100.0"


def test_a_line_keeps_to_the_steps_of_its_values() -> None:
    at = SINCE + timedelta(hours=10)
    chart = line([(at, 1.0)], Spread(SINCE + timedelta(hours=1), SINCE + 2 * DAY, DAY), SQUARE)
    assert len(chart.points.split()) == 2


def test_dots_stand_in_rows_from_nought_on() -> None:
    chart = dots([Value("a", 4.0), Value("b", 0.0), Value("c", 2.0, flagged=True)], Frame(164, 0, bottom=20, row=40))
    assert [(one.x, one.y, one.flagged) for one in chart.marks] == [
        (108.0, 26, False),
        (8.0, 66, False),
        (58.0, 106, True),
    ]
    assert chart.frame.height == 140
    assert [tick.value for tick in chart.across] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_nothing_makes_an_empty_chart_with_its_axes(frame: Frame) -> None:
    for chart in (bars([], WEEK, frame), line([], WEEK, frame), dots([], frame)):
        assert not chart.marks
        assert [tick.value for tick in chart.up or chart.across] == [0, 1]
    assert {point.split(",")[1] for point in line([], WEEK, frame).points.split()} == {f"{frame.floor:.1f}"}


@given(st.lists(st.floats(0, 1e9), max_size=20), st.sampled_from([WIDE, NARROW]))
def test_every_mark_lies_within_its_frame_and_the_scale_is_round(values: list[float], frame: Frame) -> None:
    series = [(SINCE + n * DAY, value) for n, value in enumerate(values[:7])]
    for chart in (bars(series, WEEK, frame), dots([Value("x", value) for value in values], frame)):
        for mark in chart.marks:
            assert 0 <= mark.x <= mark.x + mark.width <= chart.frame.width
            assert 0 <= mark.y <= mark.y + mark.height <= chart.frame.height
        ticks = chart.up or chart.across
        assert 2 <= len(ticks) <= 6
        assert ticks[0].value == 0
        assert ticks[-1].value >= max((mark.value for mark in chart.marks), default=0) * (1 - 1e-6)
