"""What is looked at on every page: axe, width, what can be pressed, weight, and words left in the other language."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tests.browser.windows import DESK, PHONE, Window, size

LANGUAGES = ("en", "zh")
HEAVIEST = 100_000
_PATIENCE = 40.0
_AXE = """() => axe.run({
    resultTypes: ["violations"],
    rules: {"target-size": {enabled: true}},
    preload: false,
}).then(found => found.violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`)))"""
# axe again for what depends on colours alone.
_CONTRAST = _AXE.replace("resultTypes", 'runOnly: ["color-contrast", "link-in-text-block"], resultTypes')
_WIDTH = "() => [document.documentElement.scrollWidth, window.innerWidth]"
# Links in text are as high as the text, as WCAG 2.2 (2.5.8) allows.
_SMALL = """() => [...document.querySelectorAll(
    "button, .button, select, textarea, summary, nav a, .top a, " +
    "input:not([type=hidden], [type=checkbox], [type=radio], [type=range])"
)].filter(one => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().height < 43.5)
.map(one => one.outerHTML.slice(0, 120))"""
_WEIGHT = """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
# Four English words in a row, outside code, what somebody wrote in English, and letters in another language.
_ENGLISH = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const within = node.parentElement.closest("code, pre, kbd, textarea, script, [lang=en]");
        if (!within && /[A-Za-z]+(?:,? [a-z']+){3}/.test(node.data)) found.push(node.data.trim().slice(0, 120));
    }
    return found;
}"""


async def faults(window: Window, *, language: str, everything: bool) -> list[str]:
    """Look at the page that is open; with `everything`, at both widths and in both schemes of colours."""
    found = []
    try:
        async with asyncio.timeout(_PATIENCE):
            async for one in _looked_at(window, language=language, everything=everything):
                found.append(one)  # noqa: PERF401 - what was found until a page hangs is kept
    except TimeoutError:
        found.append(f"{window.page.url}: the browser does not come back from it")
    found += window.wrong
    window.wrong.clear()
    return found


async def _looked_at(window: Window, *, language: str, everything: bool) -> AsyncIterator[str]:
    page = window.page
    where = f"{page.url.removeprefix(window.origin)} ({language}"
    if language != "en":
        for sentence in await page.evaluate(_ENGLISH):
            yield f"{where}): in English: {sentence}"
    for width in (PHONE, DESK) if everything else (PHONE,):
        await page.set_viewport_size(size(width))
        scroll, room = await page.evaluate(_WIDTH)
        if scroll > room:
            yield f"{where}, {width}): {scroll} px wide: {await _widest(window)}"
        for small in await page.evaluate(_SMALL):
            yield f"{where}, {width}): less than 44 px high: {small}"
        for violation in await page.evaluate(_AXE):
            yield f"{where}, {width}): {violation}"
        if everything:
            await page.emulate_media(color_scheme="dark")
            for violation in await page.evaluate(_CONTRAST):
                yield f"{where}, {width}, dark): {violation}"
            await page.emulate_media(color_scheme="light")


async def weight(window: Window) -> int:
    """Return what the page and all it loads weigh, in bytes as sent."""
    found: int = await window.page.evaluate(_WEIGHT)
    return found


async def _widest(window: Window) -> Any:  # noqa: ANN401 - what the browser says
    return await window.page.evaluate(
        """() => [...document.querySelectorAll("main *")]
        .filter(one => one.getBoundingClientRect().right > window.innerWidth)
        .map(one => one.tagName + "." + one.className).slice(0, 3)"""
    )
