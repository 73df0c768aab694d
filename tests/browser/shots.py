"""`python -m tests.browser.shots`: draw the pictures of docs/screenshots/ anew."""

from pathlib import Path

from tests.browser.chromium import chromium
from tests.browser.seeded import seeded
from tests.browser.serving import served
from tests.browser.windows import DESK, PHONE, window
from tests.hearing import Hall
from tests.journeys.courthouse import catch_up, hold
from tests.journeys.place import place

SHOTS = Path(__file__).parents[2] / "docs" / "screenshots"
# By name: who looks, where, in which language, how wide.
PICTURES = {
    "portal-phone": ("subject", "/me/", "zh", PHONE),
    "appeals": ("officer", "/console/appeals", "en", DESK),
    "member": ("member", "/console/member", "en", DESK),
    "operator": ("operator", "/console/operator", "en", DESK),
}


async def _draw(registry: Hall) -> None:
    visitors = {one.name: one for one in await seeded(registry)}
    async with served(registry.town.api) as origin, chromium() as browser:
        for name, (who, address, language, width) in PICTURES.items():
            await catch_up(registry)
            cookies = visitors[who].cookies
            async with window(browser, origin, cookies=cookies, language=language, width=width) as one:
                await one.open(address)
                await one.page.screenshot(path=SHOTS / f"{name}.png")


if __name__ == "__main__":
    with place() as directory:
        hold(directory, _draw)
