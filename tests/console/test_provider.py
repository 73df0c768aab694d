"""Signing in by a real provider on loopback: bound first, by the owner; every way in which its word is not taken."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from registry.api.provider import Terms
from registry.clock import real_time
from registry.console.access import COOKIE
from registry.domain.staff import Role
from registry.errors import Misconfigured
from registry.store import staff as store
from registry.store.staff import Credential
from tests.browsing import Browser, Page, browsing
from tests.databases import ScratchDatabase
from tests.providing import CLIENT, SECRET, House, provider
from tests.running import Running, running
from tests.staffing import Colleague, hire, session_of

pytestmark = pytest.mark.anyio
BACK = "http://registry.test/console/sign-in/provider/back"


@pytest.fixture
def house() -> Iterator[House]:
    with provider(BACK) as house:
        yield house


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path, house: House) -> AsyncIterator[Running]:
    terms = json.dumps({"name": "Example ID", "issuer": house.issuer, "client_id": CLIENT})
    async with running(database, tmp_path, staff_oidc=terms, staff_oidc_secret=SECRET) as api:
        yield api


@pytest.fixture
async def lin(api: Running) -> Colleague:
    return await hire(api, Role.PANEL, name="lin.wei")


async def there(browser: Browser, start: str) -> str:
    """Set out and sign in at the provider; return the address that it sends the browser back to."""
    led = await browser.client.get(start)
    assert led.status_code == 303, led.text
    async with httpx.AsyncClient() as outside:
        sent = await outside.get(led.headers["location"])
    assert sent.headers["location"].startswith(BACK), sent.text
    return str(sent.headers["location"]).removeprefix("http://registry.test")


async def bind(browser: Browser, colleague: Colleague) -> Page:
    bearer = (await session_of(colleague))["Authorization"].removeprefix("Bearer ")
    browser.client.cookies.set(COOKIE, bearer, domain="registry.test")
    home = await browser.open("/console/account")
    assert "Bind this account to Example ID" in home.text
    return await browser.open(await there(browser, "/console/account/identity"))


async def test_an_account_is_bound_by_its_owner_and_then_opened_by_the_provider(api: Running, lin: Colleague) -> None:
    async with browsing(api) as browser:
        home = await bind(browser, lin)
        assert "account is bound to the provider" in home.text
        door = await browser.send(home, "/sign-out")
        assert "Sign in by Example ID" in door.text
        back = await there(browser, "/console/sign-in/provider")
        asked = parse_qs(urlsplit(back).query)
        assert set(asked) == {"code", "state"}
        assert (await browser.open(back)).answer.url.path == "/console/appeals"
        assert "panel" in str((await browser.client.get("/console/account")).text).lower()
        assert "Operator" not in (await browser.open("/console/account")).text
        async with api.owner.write() as session:
            connection = await session.connection()
            kept = (await connection.exec_driver_sql("SELECT * FROM credential")).one()
            await connection.exec_driver_sql("DELETE FROM credential")
        only = await browser.send(await browser.open("/console/account"), "/identity/remove")
        assert (only.status, "last_way_in" in only.text) == (409, True)
        async with api.owner.write() as session:
            credential = Credential(kept.staff_id, kept.password_hash, kept.sealed_totp, kept.totp_step)
            await store.put_credential(session, credential, now=real_time())
        home = await browser.send(await browser.open("/console/account"), "/identity/remove")
        assert "not bound to the provider any more" in home.text


async def test_who_is_bound_to_nobody_gets_no_account(api: Running, lin: Colleague) -> None:
    async with browsing(api) as browser:
        refused = await browser.open(await there(browser, "/console/sign-in/provider"))
        assert refused.status == 401
        assert "provider's sign-in was not accepted" in refused.text
    async with api.owner.read() as session:
        found = await (await session.connection()).exec_driver_sql("SELECT count(*) FROM staff")
        assert found.scalar_one() == 1


WRONG: dict[str, dict[str, Any]] = {
    "another's issuer": {"iss": "https://id.example"},
    "for another": {"aud": "somebody-else"},
    "for another as well": {"aud": [CLIENT, "somebody-else"]},
    "too old": {"iat": 1_700_000_000, "exp": 1_700_000_300},
    "of another trip": {"nonce": "0" * 64},
    "without a nonce": {"nonce": None},
    "without an end": {"exp": None},
    "about nobody": {"sub": None},
    "about nobody in particular": {"sub": ""},
}


async def test_an_id_token_that_is_not_for_us_and_now_is_refused(api: Running, lin: Colleague, house: House) -> None:
    async with browsing(api) as browser:
        await browser.send(await bind(browser, lin), "/sign-out")
        for wrong, changes in WRONG.items():
            house.changes = changes
            refused = await browser.open(await there(browser, "/console/sign-in/provider"))
            assert (refused.status, "was not accepted" in refused.text) == (401, True), wrong
        assert await refusals(api) == len(WRONG)
        house.changes, house.signs_with = {}, ECKey.generate_key("P-256", {"kid": "one"})
        assert (await browser.open(await there(browser, "/console/sign-in/provider"))).status == 401
        house.signs_with, house.header = None, {"alg": "HS256", "kid": "shared"}
        assert (await browser.open(await there(browser, "/console/sign-in/provider"))).status == 401
        house.header = {"alg": "ES256", "kid": "one"}
        inside = await browser.open(await there(browser, "/console/sign-in/provider"))
        assert inside.answer.url.path == "/console/appeals"


async def refusals(api: Running) -> int:
    async with api.owner.read() as session:
        rows = await session.connection()
        asked = "SELECT count(*) FROM audit.entry WHERE action = 'staff.sign_in' AND outcome = 'refused'"
        return int((await rows.exec_driver_sql(asked)).scalar_one())


async def test_a_trip_ends_where_it_began_and_once(api: Running, lin: Colleague) -> None:
    async with browsing(api) as browser, browsing(api) as other:
        await browser.send(await bind(browser, lin), "/sign-out")
        back = await there(browser, "/console/sign-in/provider")
        assert (await other.open(back)).status == 401  # another browser, with no cookie
        await other.open("/console/sign-in")
        assert (await other.open(back)).status == 401  # another browser
        assert (await browser.open(back.replace("state=sign-in", "state=bind"))).status == 401
        assert (await browser.open(back.replace("code=", "code=0"))).status == 401
        sitting = dict(browser.client.cookies)
        assert (await browser.open(back)).answer.url.path == "/console/appeals"
        browser.client.cookies = httpx.Cookies(sitting)
        assert (await browser.open(back)).status == 401


async def test_one_person_there_is_one_account_here(api: Running, lin: Colleague) -> None:
    async with browsing(api) as first, browsing(api) as second:
        await bind(first, lin)
        taken = await bind(second, await hire(api, Role.PANEL))
        assert (taken.status, "identity_taken" in taken.text) == (409, True)


async def test_a_provider_that_is_away_or_says_it_is_another_is_told_of(
    api: Running, lin: Colleague, house: House
) -> None:
    house.issuer += "/other"
    async with browsing(api) as browser:
        await browser.open("/console/sign-in")
        answer = await browser.client.get("/console/sign-in/provider")
        assert (answer.status_code, "provider_away" in answer.text) == (503, True)


async def test_without_a_provider_there_is_no_such_way(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path) as api, browsing(api) as browser:
        assert (await browser.open("/console/sign-in/provider")).status == 404


@pytest.mark.parametrize(
    "wrong", ["", "[]", '{"name": "x"}', '{"name": "x", "issuer": "http://id.example", "client_id": "y"}']
)
def test_a_provider_is_read_from_one_setting(wrong: str) -> None:
    good = '{"name": "x", "issuer": "https://id.example", "client_id": "y"}'
    terms = Terms.parse(good, SECRET)
    assert (terms.name, terms.issuer, terms.client_id) == ("x", "https://id.example", "y")
    assert SECRET not in repr(terms)
    with pytest.raises(Misconfigured) as refused:
        Terms.parse(wrong, SECRET)
    assert refused.value.code == "provider_invalid"


async def test_no_other_site_begins_to_bind_an_account(api: Running, lin: Colleague) -> None:
    async with browsing(api) as browser:
        bearer = (await session_of(lin))["Authorization"].removeprefix("Bearer ")
        browser.client.cookies.set(COOKIE, bearer, domain="registry.test")
        led = await browser.client.get("/console/account/identity", headers={"sec-fetch-site": "cross-site"})
        assert (led.status_code, "location" in led.headers) == (403, False)
