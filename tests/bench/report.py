"""What a bench prints and keeps: a line for each figure, the machine, a table in the documentation."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import cores

BEGIN, END = "<!-- figures: written by python -m tests.bench --write -->", "<!-- end of figures -->"
_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach: a ratio, unless the figure's name ends in a unit."""

    value: float
    at_most: bool = False

    def met(self, measured: float) -> bool:
        """Compare in the direction that is better."""
        return measured <= self.value if self.at_most else measured >= self.value

    def __str__(self) -> str:
        """Write it for people."""
        return f"{'≤' if self.at_most else '≥'} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure as measured."""

    name: str
    measured: float
    goal: Goal

    @property
    def verdict(self) -> str:
        """`ok` or `short`, judged by the digits that are shown."""
        return "ok" if self.goal.met(float(self.value)) else "short"

    @property
    def value(self) -> str:
        """The figure with three decimals."""
        return f"{self.measured:.3f}"

    def line(self) -> str:
        """Write the line that scripts read: `bench NAME VALUE GOAL ok|short`."""
        return f"bench {self.name} {self.value} {self.goal.value:g} {self.verdict}"

    def row(self) -> str:
        """Write the row of the table that people read."""
        return f"| `{self.name}` | {self.value} | {self.goal} | {self.verdict} |"


def machine(postgres: str) -> str:
    """Describe what the figures were measured on."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    power = f"{cores.count()} cores that together do {cores.worth():.2f} times the work of one"
    return f"{power}, {memory:.0f} GiB, {processor()}, Python {platform.python_version()}, {postgres}"


def processor() -> str:
    """Return the processor's name as the kernel gives it, else its architecture."""
    try:
        found = _MODEL.search(Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def table(results: Sequence[Result], facts: str, day: str) -> str:
    """Write the section of the documentation."""
    rows = ["| figure | measured | goal | |", "| --- | --- | --- | --- |", *(result.row() for result in results)]
    return "\n".join([BEGIN, f"`python -m tests.bench`, {day}, {facts}.", "", *rows, END])


def replace(text: str, section: str) -> str:
    """Put the section in the place of the one that stands between the marks. ValueError without marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks of the table are missing")
    return f"{before}{section}{after}"
