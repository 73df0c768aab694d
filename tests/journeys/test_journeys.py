"""Every journey that is built, as a test."""

import pytest

from tests.browser.chromium import ChromiumMissing
from tests.journeys.__main__ import main
from tests.journeys.place import place
from tests.journeys.roll import JOURNEYS, Journey


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name, journey in JOURNEYS.items() if journey is not None])
def test_the_journey_ends_well(name: str) -> None:
    journey: Journey | None = JOURNEYS[name]
    assert journey is not None
    try:
        with place() as directory:
            journey(directory)
    except ChromiumMissing as missing:
        pytest.skip(str(missing))


def test_a_journey_that_is_not_built_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    name = next(name for name, journey in JOURNEYS.items() if journey is None)
    assert main([name]) == 0
    assert capsys.readouterr().out.startswith(f"{name} absent ")


def test_an_unknown_journey_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["J13"]) == 2
    assert "no such journey: J13" in capsys.readouterr().err
