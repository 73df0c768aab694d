"""Passkeys in a real browser, with the authenticator that Chromium lends to tests; and pages of accounts as seen."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from registry.domain.staff import Role
from tests.browser.chromium import chromium
from tests.browser.looking import faults
from tests.browser.serving import QuietServer
from tests.browser.windows import Window, window
from tests.databases import ScratchDatabase
from tests.running import Running, running
from tests.staffing import hire, invite

pytestmark = pytest.mark.anyio
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@asynccontextmanager
async def at_home(database: ScratchDatabase, directory: Path) -> AsyncIterator[tuple[Running, str]]:
    """Serve an API at `localhost`: a passkey is bound to a name, and an address of numbers is none."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{door.getsockname()[1]}"
        async with running(database, directory, public_url=origin) as api:
            usual = api.client._transport
            assert isinstance(usual, httpx.ASGITransport)
            server = QuietServer(uvicorn.Config(usual.app, lifespan="off", log_config=None, access_log=False))
            task = asyncio.create_task(server.serve([door]))
            try:
                yield api, origin
            finally:
                server.should_exit = True
                await task


@pytest.fixture
async def scene(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[tuple[Running, Window]]:
    async with (
        chromium() as browser,
        at_home(database, tmp_path) as (api, origin),
        window(browser, origin) as one,
    ):
        steering = await one.page.context.new_cdp_session(one.page)
        await steering.send("WebAuthn.enable")
        await steering.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
        yield api, one


async def look(one: Window, found: list[str], name: str) -> None:
    """Keep a picture of a page in each language, and what is wrong with it."""
    for language in ("zh", "en"):
        await one.open(f"{urlsplit(one.page.url).path}?lang={language}")
        found += await faults(one, language=language, everything=True)
        await one.picture(f"{name}-{language}")


async def test_somebody_makes_a_passkey_and_comes_back_with_it(scene: tuple[Running, Window]) -> None:
    api, one = scene
    made = await invite(api, Role.OPERATOR, name="lin.wei")
    await hire(api, Role.AUDITOR, name="omar")
    found: list[str] = []
    await one.open(urlsplit(made.link).path)
    await look(one, found, "invitation")
    await one.page.get_by_label("Name of the passkey").fill("laptop")
    await one.page.get_by_role("button", name="Make a passkey and sign in").click()
    await one.page.wait_for_url("**/console/operator**")
    await one.open("/console/account")
    assert await one.page.get_by_role("heading", name="laptop").count() == 1
    await look(one, found, "account")
    for address, name in (("/console/account/app", "account-app"), ("/console/staff", "staff")):
        await one.open(address)
        await look(one, found, name)
    await one.page.get_by_role("link", name="omar").click()
    await look(one, found, "staff-person")
    await one.open("/console/staff/invite")
    await look(one, found, "staff-invite")
    await one.page.get_by_role("button", name="Sign out").click()
    await look(one, found, "sign-in")
    await one.page.get_by_role("button", name="Sign in with a passkey").click()
    await one.page.wait_for_url("**/console/operator**")
    assert not found
