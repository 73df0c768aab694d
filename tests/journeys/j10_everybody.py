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

# What is no page of its own: each of these does nothing but lead on.
ELSEWHERE = {
    "GET /console/account/identity",  # to the provider's own pages, if there is one; here there is none
    "GET /console/sign-in/provider",  # likewise
    "GET /console/sign-in/provider/back",  # from there into the console, with a code that works once
    "GET /me/proof",  # to the beginning, for who types the address to which the relay's form is sent
}


def play(directory: Path) -> None:
    """Open every page as everybody who may."""
    hold(directory, _story)


async def _story(place: Hall) -> None:
    visitors = await seeded(place)
    async with served(place.town.api) as origin, chromium() as browser:
        tour = Tour(browser, origin)
        await tour.visit(visitors)
    wrong = [*dict.fromkeys(tour.wrong)]
    wrong += [f"no link leads to {name}" for name in tour.unseen() if name not in ELSEWHERE]
    wrong += [f"{page} weighs {size} bytes" for page, size in tour.heaviest.items() if size > HEAVIEST]
    assert not wrong, "\n".join(wrong)
    sys.stderr.write(f"{len(tour.seen)} pages looked at\n")
