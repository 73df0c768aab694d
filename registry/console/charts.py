"""Charts as coordinates: from values to where each mark and tick of an SVG stands. Templates draw them, words included.

A chart has two frames, because text in an SVG shrinks with it: one for wide screens, one for a telephone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10

_TICKS = 4
_TIME_TICKS = 4
_STEPS = (1.0, 2.0, 5.0, 10.0)
_LEAST = 1e-6  # below it, nothing was counted
_GAP = 0.15  # of a bar's slot


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a chart and the space around its plot, in the units of its viewBox (pixels at full size)."""

    width: int
    height: int
    left: int = 48
    right: int = 12
    top: int = 12
    bottom: int = 28
    row: int = 44

    @property
    def across(self) -> int:
        """The width of the plot."""
        return self.width - self.left - self.right

    @property
    def floor(self) -> int:
        """Where the horizontal axis lies."""
        return self.height - self.bottom


WIDE = Frame(960, 260)
NARROW = Frame(328, 220, left=40)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and the value or the time that stands there."""

    at: float
    value: float = 0.0
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar, or a dot with its name: a place, an extent (none for a dot), the value, and whether it stands out."""

    x: float
    y: float
    value: float
    width: float = 0.0
    height: float = 0.0
    name: str = ""
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw: `bars`, a `line` through points (`x,y x,y …`), or `dots` in rows."""

    kind: str
    frame: Frame
    marks: tuple[Mark, ...] = ()
    points: str = ""
    across: tuple[Tick, ...] = ()
    up: tuple[Tick, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a row: whose it is, and whether it stands out."""

    name: str
    value: float
    flagged: bool = False


Series = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Spread:
    """A time from its first instant to the first one after, in steps: what happened in a step stands at its start."""

    since: datetime
    until: datetime
    step: timedelta

    def place(self, at: datetime, frame: Frame) -> float:
        """Return where an instant stands on the horizontal axis."""
        return frame.left + frame.across * min(1.0, max(0.0, (at - self.since) / (self.until - self.since)))

    def steps(self, begun: datetime | None) -> list[datetime]:
        """List the steps' starts within the time, in step with one of them; without any, with the first instant."""
        at = begun or self.since
        at -= (at - self.since) // self.step * self.step
        return [at + n * self.step for n in range(-((at - self.until) // self.step))]

    def ticks(self, begun: datetime | None, frame: Frame) -> tuple[Tick, ...]:
        """Put a tick to every so many steps, a handful in all."""
        steps = self.steps(begun)
        every = max(1, -(-len(steps) // _TIME_TICKS))
        return tuple(Tick(round(self.place(at, frame), 1), time=at) for at in steps[::every])


def bars(series: Series, over: Spread, frame: Frame) -> Chart:
    """Draw a bar for each step that has a value."""
    up = _scale(_most(series))
    marks = []
    for at, value in series:
        left, right = over.place(at, frame), over.place(at + over.step, frame)
        width = max(1.0, (right - left) * (1 - _GAP))
        height = _height(value, up, frame)
        marks.append(Mark(round(left, 1), round(frame.floor - height, 1), value, round(width, 1), round(height, 1)))
    return Chart("bars", frame, tuple(marks), across=over.ticks(_begun(series), frame), up=_up(up, frame))


def line(series: Series, over: Spread, frame: Frame) -> Chart:
    """Draw a line through all steps; one without a value is nought, which is what was counted there."""
    known, up, begun = dict(series), _scale(_most(series)), _begun(series)
    heights = ((at, frame.floor - _height(known.get(at, 0.0), up, frame)) for at in over.steps(begun))
    points = " ".join(f"{over.place(at, frame):.1f},{height:.1f}" for at, height in heights)
    return Chart("line", frame, points=points, across=over.ticks(begun, frame), up=_up(up, frame))


def dots(values: Sequence[Value], frame: Frame) -> Chart:
    """Draw each value in a row of its own, from nought on the left; the chart is as high as it has rows."""
    top = _scale(max((one.value for one in values), default=0.0))
    tall = Frame(frame.width, frame.row * len(values) + frame.bottom, 8, 56, 0, frame.bottom)
    across: Callable[[float], float] = lambda value: round(tall.left + tall.across * value / top[-1], 1)  # noqa: E731
    marks = tuple(
        Mark(across(max(0.0, one.value)), frame.row * (place + 1) - 14, one.value, name=one.name, flagged=one.flagged)
        for place, one in enumerate(values)
    )
    return Chart("dots", tall, marks, across=tuple(Tick(across(value), value) for value in top))


def _begun(series: Series) -> datetime | None:
    return min((at for at, _ in series), default=None)


def _most(series: Series) -> float:
    return max((value for _, value in series), default=0.0)


def _scale(most: float) -> list[float]:
    """Return round values from nought to the first one that is not below `most`: at most five of them."""
    if most < _LEAST:
        return [0.0, 1.0]
    rough = most / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * one for one in _STEPS if power * one >= rough * (1 - 1e-9))
    count = -(-most // step) if most % step > step * 1e-9 else round(most / step)
    return [round(step * n, 9) for n in range(int(count) + 1)]


def _height(value: float, up: Sequence[float], frame: Frame) -> float:
    return (frame.floor - frame.top) * max(0.0, value) / up[-1]


def _up(values: Sequence[float], frame: Frame) -> tuple[Tick, ...]:
    return tuple(Tick(round(frame.floor - _height(value, values, frame), 1), value) for value in values)
