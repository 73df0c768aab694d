"""A person at the relay's pages, in a browser without scripts: reads forms and sends them as they stand."""

import asyncio
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.relay.stage import Stage

NONCE = "A-nonce_of_the_portals_own"
_CODE = re.compile(r"(?:Your code is |您的验证码是)([0-9]{8})")


class Page(HTMLParser):
    """What a page holds: the form's address, its fields, and the refusal if any."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.status, self.html = answer.status_code, answer.text
        self.action, self.fields, self.refusal = "", dict[str, str](), ""
        self._in_refusal = False
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        if tag == "input":
            self.fields[given["name"]] = given.get("value", "")
        self._in_refusal = given.get("class") == "refused"

    def handle_data(self, data: str) -> None:
        if self._in_refusal:
            self.refusal += data
            self._in_refusal = False


@dataclass
class Person:
    """Somebody at one address of the network."""

    scene: Stage
    address: str = "192.0.2.1"
    language: str = "en"
    headers: dict[str, str] = field(default_factory=dict)

    async def opens(self, nonce: str = NONCE) -> Page:
        return Page(await self._send("GET", f"/proof?nonce={nonce}&lang={self.language}"))

    async def types(self, page: Page, **typed: str) -> Page:
        """Fill a form in and send it."""
        return Page(await self._send("POST", page.action, data=page.fields | typed))

    async def asks(self, contact: str) -> Page:
        """Ask for a code from the start."""
        return await self.types(await self.opens(), contact=contact)

    async def reads_code(self, number: int = 1) -> str:
        """Wait until so many codes have left, and read the newest."""
        while len(codes := codes_of(self.scene)) < number:  # noqa: ASYNC110 - a file wakes nobody
            await asyncio.sleep(0.01)
        return codes[-1]

    async def _send(self, method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        transport = httpx.ASGITransport(self.scene.app, client=(self.address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://relay.test") as client:
            return await client.request(method, path, data=data, headers=self.headers)


def codes_of(scene: Stage) -> list[str]:
    """Return the codes that left, oldest first."""
    paths = sorted((scene.directory / "letters").glob("*.txt"), key=lambda path: path.stat().st_mtime_ns)
    return [code for path in paths for code in _CODE.findall(path.read_text())]
