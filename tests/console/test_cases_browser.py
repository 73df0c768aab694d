"""What small scripts add to the officers' console in a browser: keys that can be switched off, pictures laid over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.console.access import COOKIE
from registry.domain.staff import Role
from tests.browser.chromium import chromium
from tests.browser.serving import served
from tests.browser.windows import DESK, Window, window
from tests.browsing import Browser, signed_in
from tests.console.test_cases import answered
from tests.console.test_cases_files import PICTURE, add, files_of
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def focused(one: Window) -> str:
    """Return where the link leads that has the focus."""
    return str(await one.page.evaluate("() => document.activeElement.getAttribute('href') || ''"))


async def keys(one: Window, cases: set[str]) -> str:
    """Walk through the queue by keys, see that they can be switched off, and claim a case by one of them."""
    await one.open("/console/appeals?tab=unclaimed")
    await one.page.keyboard.press("j")
    first = await focused(one)
    await one.page.keyboard.press("j")
    second = await focused(one)
    assert {first[-36:], second[-36:]} == cases
    await one.page.keyboard.press("k")
    assert await focused(one) == first
    await one.page.keyboard.press("?")
    await one.page.get_by_label("Use these keys").uncheck()
    await one.page.reload()
    await one.page.keyboard.press("j")
    assert await focused(one) == ""
    await one.page.keyboard.press("?")
    assert not await one.page.get_by_label("Use these keys").is_visible()
    await one.page.evaluate("() => localStorage.clear()")
    await one.page.reload()
    await one.page.keyboard.press("j")
    async with one.page.expect_navigation():
        await one.page.keyboard.press("c")
    assert one.page.url.endswith("tab=mine")
    return first[-36:]


async def pictures(one: Window, address: str) -> None:
    """Lay a picture over another, and zoom both at once."""
    await one.open(address)
    frames = one.page.locator("[data-frame]")
    beside = [await frames.nth(at).bounding_box() for at in range(2)]
    assert beside[0]
    assert beside[1]
    assert beside[0]["x"] < beside[1]["x"]
    await one.page.get_by_label("View").select_option("over")
    over = [await frames.nth(at).bounding_box() for at in range(2)]
    assert over[0] == over[1]
    await one.page.get_by_label("How much of the second shows").press("ArrowRight")
    assert await frames.nth(1).evaluate("frame => frame.style.opacity") == "0.51"
    await one.page.get_by_label("Zoom").press("End")
    widths = [await frames.nth(at).locator("img").evaluate("picture => picture.style.width") for at in range(2)]
    assert widths == ["500%", "500%"]


async def two_pictures(ann: Browser, appeal_id: str) -> str:
    for content in (PICTURE, PICTURE + b"!"):
        assert (await add(ann, appeal_id, "photo", content)).status_code == 303
    one, other = files_of((await ann.open(f"/console/appeals/{appeal_id}")).links)
    return f"{one}?beside={other.rpartition('/')[2]}&reveal=true"


async def test_keys_and_pictures_in_a_browser(place: Hall) -> None:
    cases = {await answered(place, name) for name in ("Alpha", "Beta")}
    async with signed_in(place.town.api, Role.OFFICER) as ann, served(place.town.api) as origin:
        cookies = {COOKIE: ann.client.cookies[COOKIE]}
        async with chromium() as browser, window(browser, origin, cookies=cookies, width=DESK) as one:
            claimed = await keys(one, cases)
            await pictures(one, await two_pictures(ann, claimed))
            assert one.wrong == []
