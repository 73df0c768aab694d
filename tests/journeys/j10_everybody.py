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

# Behind a one-time link, a provider, a form, or a state that this registry is not in; other tests open them.
ELSEWHERE = {
    "GET /console/account/identity",
    "GET /console/appeals/{appeal_id}/approval",
    "GET /console/appeals/{appeal_id}/files/{evidence_id}",
    "GET /console/appeals/{appeal_id}/files/{evidence_id}/bytes",
    "GET /console/appeals/{appeal_id}/vote",
    "GET /console/audit/entries/{entry_id}",
    "GET /console/audit/entries/{entry_id}/proof",
    "GET /console/invitation/{secret}",
    "GET /console/member/appeals/{appeal_id}/letters/{letter_id}",
    "GET /console/member/recalls/{recall_id}",
    "GET /console/sign-in/provider",
    "GET /console/sign-in/provider/back",
    "GET /me/appeals/{appeal_id}/evidence/{evidence_id}/file",
    "GET /me/link/{secret}",
    "GET /me/proof",
    "GET /me/records/{report_id}/appeal/check",
    "GET /me/records/{report_id}/appeal/words",
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
