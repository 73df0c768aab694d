"""Go through the whole site as everybody in turn: from the first page by every link, each page looked at."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, Error, Response

from tests.browser import looking
from tests.browser.audits import REASON
from tests.browser.forms import REFUSED, Form, send
from tests.browser.seeded import Visitor
from tests.browser.windows import PHONE, WANTED, Window, window
from tests.sitemap import PAGES, page_of

# Addresses of one page that are opened as one visitor: a page differs by what it shows.
_EACH = 2
# What a browser keeps, or draws in its own way.
_FILES = ("/bytes", "/file", "/pdf", "/proof")
_LINKS = "() => [...document.querySelectorAll('a[href]')].map(one => one.href)"
_OVER = ""
_OK, _ERRORS, _BROKEN = 200, 400, 500


@dataclass(slots=True)
class Tour:
    """What was seen of the site."""

    browser: Browser
    origin: str
    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    heaviest: dict[str, int] = field(default_factory=dict)

    async def visit(self, visitors: Sequence[Visitor]) -> None:
        """Go through the site as each of these, in a window of each language: the second one follows the first."""
        for visitor in visitors:
            fresh: asyncio.Queue[str] = asyncio.Queue()
            async with asyncio.TaskGroup() as both:
                both.create_task(self._walk(visitor, set(self.seen), fresh))
                both.create_task(self._follow(visitor, fresh))

    def unseen(self) -> list[str]:
        """List the pages that no link led to."""
        return sorted(name for name in PAGES if name.startswith("GET ") and name not in self.seen)

    async def _walk(self, visitor: Visitor, before: set[str], fresh: asyncio.Queue[str]) -> None:
        """Go from link to link in English; tell of what nobody has looked at before."""
        opened: Counter[str] = Counter()
        waiting, known = deque(visitor.starts), set(visitor.starts)
        async with self._window(visitor, "en") as one:
            while waiting:
                address = waiting.popleft()
                name, chosen = page_of(urlsplit(address).path), address in visitor.starts
                if name is None or (not chosen and opened[name] >= (1 if name in before else _EACH)):
                    continue
                new = chosen or (not opened[name] and name not in before)
                opened[name] += not chosen
                for found in await self._look(one, address, "en", everything=new):
                    if found not in known:
                        known.add(found)
                        waiting.append(found)
                # The page that an address leads to counts as well.
                self.seen.update({name, page_of(urlsplit(one.page.url).path) or name})
                if new:
                    fresh.put_nowait(address)
            fresh.put_nowait(_OVER)
            await self._sends(one, visitor, "en")

    async def _follow(self, visitor: Visitor, fresh: asyncio.Queue[str]) -> None:
        """Look at the same pages in Chinese."""
        async with self._window(visitor, "zh") as one:
            while (address := await fresh.get()) != _OVER:
                await self._look(one, address, "zh", everything=True)
            await self._sends(one, visitor, "zh")

    def _window(self, visitor: Visitor, language: str) -> AbstractAsyncContextManager[Window]:
        return window(self.browser, self.origin, cookies=visitor.cookies, language=language, width=PHONE)

    async def _sends(self, one: Window, visitor: Visitor, language: str) -> None:
        """Look at refusals, and at the pages that only a form leads to."""
        for address in REFUSED.get(visitor.name, ()):
            await one.open(address)
            self.wrong += await looking.faults(one, language=language, everything=True)
        for form in visitor.forms:
            await self._send(one, form, language)

    async def _look(self, one: Window, address: str, language: str, *, everything: bool) -> list[str]:
        """Look at one page; return the addresses that it links to."""
        if address.endswith(_FILES):
            file = await one.page.context.request.get(one.origin + address, max_redirects=0)
            self.wrong += [] if file.status == _OK else [f"{address}: {file.status}"]
            return []
        try:
            answer = await one.open(address)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return []
        if answer is None or not self._is_page(answer, address):
            return []
        if "/audit/reason" not in address:
            await self._say_why(one)
        self.wrong += await looking.faults(one, language=language, everything=everything)
        if everything and WANTED:
            name = f"{page_of(urlsplit(address).path)}".removeprefix("GET /").replace("/", "_")
            await one.picture(f"J10-{name}-{language}")
        if "/me/" in one.page.url:
            self.heaviest[urlsplit(one.page.url).path] = await looking.weight(one)
        links: list[str] = await one.page.evaluate(_LINKS)
        ours = [link.removeprefix(self.origin) for link in links if link.startswith(f"{self.origin}/")]
        return [link.partition("#")[0] for link in ours if "lang=" not in link]

    async def _send(self, one: Window, form: Form, language: str) -> None:
        """Look at the page that a form leads to."""
        await one.open(form.page)
        await self._say_why(one)
        answer = await send(one, form)
        if answer is None or answer.status >= _BROKEN:
            self.wrong.append(f"{form}: {answer}")
        self.wrong += await looking.faults(one, language=language, everything=True)

    async def _say_why(self, one: Window) -> None:
        """Give the reason that auditors are asked for before anything is shown to them."""
        form = one.page.locator("form[action='/console/audit/reason']")
        if await form.count() and "/audit/reason" in one.page.url:
            await form.locator("input[type=radio]").first.check()
            await form.locator("input[name=reason]").fill(REASON)
            async with one.page.expect_navigation():
                await form.locator("button").click()

    def _is_page(self, answer: Response, address: str) -> bool:
        if answer.status >= _ERRORS:
            self.wrong.append(f"{address}: {answer.status}")
        # A letter is a document in a sandbox, in which nothing may run, axe neither.
        sandboxed = "sandbox" in answer.headers.get("content-security-policy", "")
        html = answer.headers.get("content-type", "").startswith("text/html")
        return answer.status == _OK and html and not sandboxed
