"""What the look at every page would find, each planted in a page without other faults."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.axe import SCRIPT
from tests.browser.chromium import chromium
from tests.browser.looking import faults
from tests.browser.windows import PHONE, Window, window

pytestmark = pytest.mark.anyio
PAGE = """<!doctype html><html lang="zh"><head><title>页</title><style>body {{ background: #fff; color: #000 }}
@media (prefers-color-scheme: dark) {{ b {{ color: #ddd }} }}</style></head>
<body><main><h1>页</h1>{planted}</main></body></html>"""
PLANTED = {
    "": "",
    "color-contrast": "<p style='color: #bbb'>浅色的字</p>",
    "dark): color-contrast": "<p><b>浅色的字</b></p>",
    "label": "<input style='height: 48px'>",
    "in English": "<p>Nobody has translated this sentence.</p>",
    "px wide": "<p style='width: 500px'>字</p>",
    "less than 44 px high": "<button style='height: 30px; width: 90px'>好</button>",
    "asks http": "<img alt='' src='http://elsewhere.invalid/one.png'>",
}
# Every way to write and to mix a colour that the pages have.
COLOURS = "".join(
    f"<div style='background: {ground}; opacity: {opacity}'><p style='color: {letters}'>有颜色的字</p></div>"
    for ground in ("#eef", "rgb(9 9 9 / 40%)", "hsl(0.3rad 40% 50%)", "transparent", "oklch(40% 0.2 30)")
    for letters in ("#777", "rgba(0, 0, 0, 0.5)", "color-mix(in srgb, red, white 40%)", "rebeccapurple")
    for opacity in (1, 0.7)
)
_EVERYTHING = "() => axe.run().then(({passes, incomplete, violations}) => ({passes, incomplete, violations}))"


@pytest.fixture
async def one() -> AsyncIterator[Window]:
    async with chromium() as browser, window(browser, "http://127.0.0.1:9", width=PHONE) as opened:
        yield opened


async def test_each_planted_fault_is_found_and_no_other(one: Window) -> None:
    for fault, planted in PLANTED.items():
        await one.page.set_content(PAGE.format(planted=planted), wait_until="domcontentloaded")
        found = await faults(one, language="zh", everything=True)
        assert any(fault in line for line in found) if fault else not found, (fault, found)
        assert all(fault in line for line in found if "asks" not in fault), (fault, found)


async def test_axe_says_what_it_says_as_it_was_built(one: Window) -> None:
    await one.page.set_content(PAGE.format(planted=COLOURS), wait_until="domcontentloaded")
    ours = await one.page.evaluate(_EVERYTHING)
    assert await one.page.evaluate("() => axe.commons.color.Color.prototype.parseString.toString()") in SCRIPT
    await one.page.evaluate(AXE_SCRIPT)
    assert await one.page.evaluate("() => axe.commons.color.Color.prototype.parseString.toString()") in AXE_SCRIPT
    assert "color-contrast" in {rule["id"] for rule in ours["violations"]} & {rule["id"] for rule in ours["passes"]}
    assert ours == await one.page.evaluate(_EVERYTHING)
