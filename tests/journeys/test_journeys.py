"""Every journey that is built, as a test.

Those that wait for processes of their own are played by one more process, one after another, while this one goes on
with the others; it comes after those who do not wait.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.__main__ import main
from tests.journeys.place import place
from tests.journeys.roll import JOURNEYS, Journey

BESIDE = ("J1", "J2", "J3", "J7")
HERE = [name for name, journey in JOURNEYS.items() if journey is not None and name not in BESIDE]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def beside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Begin with the journeys that are asked for; return what was said of one when it is over."""
    asked = {item.name for item in request.session.items}
    names = [name for name in BESIDE if f"test_the_journey_beside_ends_well[{name}]" in asked]
    complaints, lines = tmp_path_factory.mktemp("beside") / "stderr", dict[str, str]()
    if not names:
        yield lines.__getitem__
        return
    command = ["nice", "-n", "5", sys.executable, "-m", "tests.journeys", *names]
    with (
        complaints.open("w") as said,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True) as playing,
    ):

        def outcome(name: str) -> str:
            assert playing.stdout is not None
            while name not in lines and (line := playing.stdout.readline()):
                lines[line.partition(" ")[0]] = line
            return lines.get(name, "not played") + complaints.read_text()

        yield outcome
        playing.terminate()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", HERE)
def test_the_journey_ends_well(name: str) -> None:
    journey: Journey | None = JOURNEYS[name]
    assert journey is not None
    with place() as directory:
        journey(directory)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", BESIDE)
def test_the_journey_beside_ends_well(name: str, beside: Callable[[str], str]) -> None:
    said = beside(name)
    assert said.startswith(f"{name} ok "), said


def test_a_journey_that_is_not_built_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    name = next(name for name, journey in JOURNEYS.items() if journey is None)
    assert main([name]) == 0
    assert capsys.readouterr().out.startswith(f"{name} absent ")


def test_an_unknown_journey_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["J13"]) == 2
    assert "no such journey: J13" in capsys.readouterr().err
