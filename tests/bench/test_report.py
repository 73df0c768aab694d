"""What `make bench` prints and writes, as scripts and people read it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figures import FIGURES
from tests.bench.report import BEGIN, END, Goal, Result, machine, replace, table

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def one_figure() -> subprocess.CompletedProcess[str]:
    return run("token_evaluation")


def test_one_figure_runs_alone_and_prints_its_line_then_the_machine_and_the_date(
    one_figure: subprocess.CompletedProcess[str],
) -> None:
    line, facts, day = one_figure.stdout.splitlines()
    word, name, value, goal, verdict = line.split(" ")
    assert (word, name, goal) == ("bench", "token_evaluation", "0.6")
    assert verdict == ("ok" if float(value) >= float(goal) else "short")
    assert {"cores", "GiB", "Python", "PostgreSQL"} <= {word for part in facts.split(", ") for word in part.split()}
    assert [len(part) for part in day.split("-")] == [4, 2, 2]


def test_progress_stays_out_of_what_scripts_read(one_figure: subprocess.CompletedProcess[str]) -> None:
    assert "token_evaluation …" in one_figure.stderr


def test_an_unknown_figure_is_refused_with_the_known_ones() -> None:
    done = run("query_over_everything")
    assert done.returncode == 2
    assert "query_over_hello" in done.stderr


@pytest.mark.parametrize(
    ("measured", "goal", "line"),
    [
        (0.6, Goal(0.6), "bench figure 0.600 0.6 ok"),
        (0.5994, Goal(0.6), "bench figure 0.599 0.6 short"),
        (12.5, Goal(6), "bench figure 12.500 6 ok"),
        (49.9, Goal(50, at_most=True), "bench figure 49.900 50 ok"),
        (50.1, Goal(50, at_most=True), "bench figure 50.100 50 short"),
    ],
)
def test_a_line_compares_in_the_better_direction(measured: float, goal: Goal, line: str) -> None:
    assert Result("figure", measured, goal).line() == line


def test_what_ends_in_a_unit_is_better_when_lower_and_ratios_when_higher() -> None:
    units = ("_ms", "_mb", "_s")
    assert {name for name, (goal, _) in FIGURES.items() if goal.at_most} == {
        name for name in FIGURES if name.endswith(units) and not name.endswith("_per_s")
    }


def test_the_table_replaces_the_one_before_and_nothing_else() -> None:
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    section = table([Result("figure", 0.7, Goal(0.6))], machine("PostgreSQL 18.6"), "2026-11-21")
    once = replace(page, section)
    assert once.startswith("above\n")
    assert once.endswith("below\n")
    assert "| `figure` | 0.700 | ≥ 0.6 | ok |" in once
    assert "old" not in once
    assert replace(once, section) == once


def test_a_page_without_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="marks"):
        replace("a page", "a table")


def test_every_figure_is_explained_in_the_documentation() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    explained, _, _ = page.partition(BEGIN)
    assert [name for name in FIGURES if f"`{name}`" not in explained] == []
    assert replace(page, page[page.index(BEGIN) : page.index(END) + len(END)]) == page
