"""The relay as a browser meets it, after its codes were typed in: its own last page, with a statement for a contact."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Route

from registry.relay.pages import Sitting, proved_page
from tests.reporting import Town
from tests.subjecting import proof

Answer = Callable[[Route], Awaitable[None]]


def stand_in(town: Town, origin: str, *contacts: str) -> tuple[str, Answer]:
    """Return the relay's addresses and what answers there: of these contacts one after another, for the portal here."""
    waiting = iter(contacts)

    async def answer(route: Route) -> None:
        asked = urlsplit(route.request.url)
        if asked.path != "/proof":
            await route.fulfill(status=200, content_type="text/css", body="")
            return
        nonce = parse_qs(asked.query)["nonce"][0]
        stated = proof(town.relay, next(waiting), nonce=nonce)["assertion"]
        page = proved_page(Sitting("zh", nonce), [stated], f"{origin}/me/proof")
        await route.fulfill(status=200, content_type="text/html", body=bytes(page.body).decode())

    return f"{town.api.settings.relay_url}/**", answer
