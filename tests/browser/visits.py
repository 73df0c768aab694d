"""Go through the whole site as everybody in turn: from the first page by every link, each page looked at."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import APIResponse, Browser, Error, Response

from tests.browser import looking
from tests.browser.seeded import REASON, Visitor
from tests.browser.windows import PHONE, WANTED, Window, window
from tests.sitemap import PAGES, page_of

# Addresses of one page that are opened as one visitor: a page differs by what it shows.
_EACH = 2
_LINKS = "() => [...document.querySelectorAll('a[href]')].map(one => one.href)"
_OK, _ERRORS = 200, 400


@dataclass(slots=True)
class Tour:
    """What was seen of the site."""

    browser: Browser
    origin: str
    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    heaviest: dict[str, int] = field(default_factory=dict)

    async def visit(self, visitors: Sequence[Visitor]) -> None:
        """Go through the site as each of these."""
        for visitor in visitors:
            before = set(self.seen)
            for language in looking.LANGUAGES:
                async with window(
                    self.browser, self.origin, cookies=visitor.cookies, language=language, width=PHONE
                ) as one:
                    await self._through(one, visitor, language, before)

    def unseen(self) -> list[str]:
        """List the pages that no link led to."""
        return sorted(name for name in PAGES if name.startswith("GET ") and name not in self.seen)

    async def _through(self, one: Window, visitor: Visitor, language: str, before: set[str]) -> None:
        opened: Counter[str] = Counter()
        waiting, known = deque([visitor.start]), {visitor.start}
        while waiting:
            address = waiting.popleft()
            name = page_of(urlsplit(address).path)
            if name is None or opened[name] == (1 if name in before else _EACH):
                continue
            opened[name] += 1
            first = opened[name] == 1
            if language != "en" and (not first or name in before):
                continue  # the same template again
            for found in await self._look(one, address, language, everything=first and name not in before):
                if found not in known:
                    known.add(found)
                    waiting.append(found)
            self.seen[name] += 1

    async def _look(self, one: Window, address: str, language: str, *, everything: bool) -> list[str]:
        """Look at one page; return the addresses that it links to."""
        if address.endswith("/pdf"):
            self._is_page(await one.page.context.request.get(one.origin + address), address)
            return []
        try:
            answer = await one.open(address)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return []
        if answer is None or not self._is_page(answer, address):
            return []
        self.wrong += await looking.faults(one, language=language, everything=everything)
        if everything and WANTED:
            await one.picture(f"{page_of(urlsplit(address).path) or address}".strip("GET /").replace("/", "_"))
        if "/me/" in one.page.url:
            self.heaviest[urlsplit(one.page.url).path] = await looking.weight(one)
        await self._say_why(one)
        links: list[str] = await one.page.evaluate(_LINKS)
        ours = [link.removeprefix(self.origin) for link in links if link.startswith(f"{self.origin}/")]
        return [link.partition("#")[0] for link in ours if "lang=" not in link]

    async def _say_why(self, one: Window) -> None:
        """Give the reason that auditors are asked for before anything is shown to them."""
        form = one.page.locator("form[action='/console/audit/reason']")
        if await form.count() and "/audit/reason" in one.page.url:
            await form.locator("input[type=radio]").first.check()
            await form.locator("input[name=reason]").fill(REASON)
            async with one.page.expect_navigation():
                await form.locator("button").click()

    def _is_page(self, answer: Response | APIResponse, address: str) -> bool:
        if answer.status >= _ERRORS:
            self.wrong.append(f"{address}: {answer.status}")
        # A letter is a document in a sandbox, in which nothing may run, axe neither.
        sandboxed = "sandbox" in answer.headers.get("content-security-policy", "")
        html = answer.headers.get("content-type", "").startswith("text/html")
        return answer.status == _OK and html and not sandboxed
