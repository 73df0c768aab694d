"""What the look at every page would find, each planted in a page without other faults."""

from collections.abc import AsyncIterator

import pytest

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
