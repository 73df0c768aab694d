"""Debian's Chromium without a window, steered by Playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

# The shell is the same engine without the windows and menus of the browser, which cost a third of a test's time.
PROGRAMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumMissing(Exception):
    """There is no Chromium on this machine; `.ci/run` installs it where it may."""

    def __str__(self) -> str:
        """Say what is missing."""
        return f"needs {PROGRAMS[0]} or {PROGRAMS[1]} (Debian: apt-get install chromium-headless-shell fonts-noto-cjk)"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser. ChromiumMissing where there is none."""
    program = _find()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


def _find() -> Path:
    for program in PROGRAMS:
        if program.exists():
            return program
    raise ChromiumMissing
