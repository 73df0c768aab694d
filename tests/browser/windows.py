"""A window of the browser: somebody before it, a size, a language; it remembers what should not have happened."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize

from tests.browser.axe import SCRIPT

PHONE, DESK = 360, 1280
_HEIGHT = 800
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
PICTURES = Path(os.environ.get("SCREENSHOTS_DIR", Path(__file__).parents[2] / "build" / "screenshots"))

# In CI they are kept; elsewhere they would only take time.
WANTED = "CI" in os.environ or "SCREENSHOTS_DIR" in os.environ


def size(width: int) -> ViewportSize:
    """Make a window's size of its width."""
    return {"width": width, "height": _HEIGHT}


@dataclass  # Playwright leaves marks on it, so it has no slots
class Window:
    """What somebody sees, and in `wrong` every complaint of the browser and every request to an origin not named."""

    page: Page
    origin: str
    besides: tuple[str, ...] = ()
    wrong: list[str] = field(default_factory=list)

    async def open(self, address: str) -> Response | None:
        """Open a page of this origin."""
        return await self.page.goto(self.origin + address)

    async def picture(self, name: str) -> None:
        """Keep what is seen as `NAME.png`."""
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def watch(self) -> None:
        """Begin to remember."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # Chromium says so of every page that is a refusal.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.wrong.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", *self.besides, "data:", "blob:")):
            self.wrong.append(f"{self.page.url}: asks {request.url}")


@asynccontextmanager
async def window(
    browser: Browser,
    origin: str,
    *,
    cookies: Mapping[str, str] | None = None,
    language: str = "en",
    width: int = DESK,
    script: bool = True,
    besides: tuple[str, ...] = (),
) -> AsyncIterator[Window]:
    """Open a window with these cookies, and nothing of any other window.

    Args:
        besides: origins that its pages may ask as well.
    """
    context = await browser.new_context(
        viewport=size(width), locale=LOCALES[language], java_script_enabled=script, reduced_motion="reduce"
    )
    # Half a megabyte: sent once, not to every page.
    await context.add_init_script(SCRIPT)
    # Playwright takes a `Secure` cookie for an address of https alone; the browser sends it to loopback as well.
    secure = origin.replace("http:", "https:")
    for name, value in (cookies or {}).items():
        await context.add_cookies([{"name": name, "value": value, "url": secure, "secure": True, "httpOnly": True}])
    opened = Window(await context.new_page(), origin, besides)
    opened.watch()
    try:
        yield opened
    finally:
        await context.close()
