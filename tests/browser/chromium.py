"""Debian's Chromium without a window, steered by Playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
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


class ChromiumMissing(pytest.skip.Exception):  # type: ignore[name-defined,misc] # it has no name that types know
    """There is no Chromium on this machine; a test that needs it is skipped, and says so. `.ci/run` installs it."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__(
            f"needs {PROGRAMS[0]} or {PROGRAMS[1]} (Debian: apt-get install chromium-headless-shell fonts-noto-cjk)"
        )


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
