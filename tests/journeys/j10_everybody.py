"""J10: everybody goes through the whole site, and each page is for all: axe, both languages, phone and desk, dark."""

import sys
from pathlib import Path

from tests.browser.chromium import chromium
from tests.browser.looking import HEAVIEST
from tests.browser.seeded import seeded
from tests.browser.serving import served
from tests.browser.visits import Tour
from tests.hearing import Hall
from tests.journeys.courthouse import hold

# Many more are built; fewer would mean that somebody was led to a door and stayed there.
FEWEST = 40


def play(directory: Path) -> None:
    """Open every page as everybody who may."""
    hold(directory, _story)


async def _story(place: Hall) -> None:
    visitors = await seeded(place)
    async with served(place.town.api) as origin, chromium() as browser:
        tour = Tour(browser, origin)
        await tour.visit(visitors)
    wrong = [*dict.fromkeys(tour.wrong)]
    wrong += [f"too little of the site was seen: {sorted(tour.seen)}"] * (len(tour.seen) < FEWEST)
    wrong += [f"{page} weighs {size} bytes" for page, size in tour.heaviest.items() if size > HEAVIEST]
    assert not wrong, "\n".join(wrong)
    # Those behind a one-time link, a provider or a state that this registry is not in.
    sys.stderr.write(f"{len(tour.seen)} pages looked at; no link led to {', '.join(tour.unseen())}\n")
