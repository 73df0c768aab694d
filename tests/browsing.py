"""A browser without a window: cookies kept, forms found in the page and sent as a browser sends them."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx

from registry.console.access import COOKIE
from registry.domain.staff import Role
from tests.reporting import Town
from tests.running import Running
from tests.staffing import make_staff
from tests.subjecting import proof

# Cookies are `Secure`, so nothing but https will carry them.
ORIGIN = "https://registry.test"


@dataclass(slots=True)
class Form:
    """A form of a page, with what it holds."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What a test reads of a page: its forms, its links, its words."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer
        self.status = answer.status_code
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text = ""
        self._area: str | None = None
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field or a link."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "textarea" and self.forms and "name" in given:
            self._area = given["name"]
            self.forms[-1].fields[self._area] = ""
        elif tag == "input" and self.forms and "name" in given:
            kind = given.get("type", "text")
            if kind not in {"radio", "checkbox"} or "checked" in dict(attrs):
                self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """End a text field."""
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Gather the words."""
        if self._area is not None:
            self.forms[-1].fields[self._area] += data
        self.text += data

    def form(self, action: str) -> Form:
        """Return the form that leads to an address with this ending."""
        (found,) = (form for form in self.forms if re.split("[?#]", form.action)[0].endswith(action))
        return found


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody before a screen."""

    client: httpx.AsyncClient

    async def open(self, address: str) -> Page:
        """Open a page, and follow where it leads."""
        return Page(await self.client.get(address, follow_redirects=True))

    async def send(self, page: Page, action: str, **typed: str) -> Page:
        """Send a form of a page with what was typed, and follow where it leads."""
        form = page.form(action)
        data: Mapping[str, str] = form.fields | typed
        answer = await self.client.post(form.action or str(page.answer.url), data=data, follow_redirects=True)
        return Page(answer)


@asynccontextmanager
async def browsing(api: Running, *, language: str = "en") -> AsyncIterator[Browser]:
    """Sit down before a screen."""
    usual = api.client._transport
    headers = {"accept-language": language, "sec-fetch-site": "same-origin"}
    assert isinstance(usual, httpx.ASGITransport)
    transport = httpx.ASGITransport(usual.app, client=("192.0.2.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        yield Browser(client)


@asynccontextmanager
async def signed_in(
    api: Running, *roles: Role, language: str = "en", member_id: UUID | None = None
) -> AsyncIterator[Browser]:
    """Sit down as somebody with these roles, whose session is open already; with `member_id`, of that member."""
    bearer = (await make_staff(api, *roles, member_id=member_id))["Authorization"].removeprefix("Bearer ")
    async with browsing(api, language=language) as browser:
        browser.client.cookies.set(COOKIE, bearer, domain="registry.test")
        yield browser


@asynccontextmanager
async def proved(town: Town, *kinds: str, number: int = 1, language: str = "en") -> AsyncIterator[Browser]:
    """Sit down as somebody who has just proved control of contacts of these kinds, one after another."""
    async with browsing(town.api, language=language) as browser:
        for kind in kinds:
            inside = await prove(browser, town, kind, number=number)
            assert inside.answer.url.path == "/me/", inside.text
        yield browser


async def prove(browser: Browser, town: Town, kind: str, *, number: int = 1) -> Page:
    """Go to the relay from the portal, come back with what it states, and go on."""
    return await browser.send(await arrive(browser, town, kind, number=number), "/me/session")


async def arrive(browser: Browser, town: Town, kind: str, *, number: int = 1) -> Page:
    """Come back from the relay: its page posts from another site, and no cookie of ours comes along."""
    enter = await browser.open("/me/enter")
    (relay,) = (link for link in enter.links if "nonce=" in link)
    nonce = parse_qs(urlsplit(relay).query)["nonce"][0]
    stated = proof(town.relay, kind, number, nonce=nonce)["assertion"]
    async with browsing(town.api, language=enter.answer.headers["content-language"]) as without_cookies:
        headers = {"sec-fetch-site": "cross-site"}
        answer = await without_cookies.client.post("/me/proof", data={"assertion": stated}, headers=headers)
    # What the answer sets reaches the browser.
    for cookie in answer.cookies.jar:
        browser.client.cookies.set(cookie.name, str(cookie.value), domain="registry.test")
    return Page(answer)
