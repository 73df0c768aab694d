"""Each role at each page: let in, or refused by a page with a trace; by the pages' declarations and by trying."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from registry.api.staff_access import ANY
from registry.console import pages as console
from registry.domain.staff import Role
from registry.pages import sitting
from tests.browsing import Browser, browsing, signed_in
from tests.databases import ScratchDatabase
from tests.running import Running, running
from tests.sitemap import PAGES

# What whoever has no session may open; everything else leads them to the door.
PUBLIC = {
    "GET /console/invitation/{secret}",
    "GET /console/sign-in",
    "GET /console/sign-in/provider",
    "GET /console/sign-in/provider/back",
    "GET /console/styleguide",
    "GET /me/enter",
    "GET /me/link",
    "GET /me/link/{secret}",
    "GET /me/proof",
    "GET /me/verify",
    "GET /me/ways",
    "POST /console/invitation/{secret}",
    "POST /console/invitation/{secret}/passkey",
    "POST /console/sign-in",
    "POST /console/sign-in/passkey",
    "POST /me/link",
    "POST /me/proof",
    "POST /me/session",
    "POST /me/verify",
}
ENDS_THE_SESSION = {"POST /console/sign-out"}
# The relay's page posts from its own origin, without any cookie of ours; that endpoint believes and changes nothing.
FOREIGN = {name for name, route in PAGES.items() if sitting.is_foreign(route.endpoint)}
GUARDED = sorted(PAGES.keys() - PUBLIC)
CONSOLE = [name for name in GUARDED if f" {console.PATH}/" in name]


def is_guarded(route: APIRoute) -> bool:
    return any(dependency.own_oauth_scopes for dependency in route.dependant.dependencies)


def roles_of(name: str) -> frozenset[Role]:
    """Return the roles that a page lets in."""
    said = set(PAGES[name].dependant.dependencies[0].own_oauth_scopes or ())
    return frozenset(Role) if ANY in said else frozenset(Role(role) for role in said)


def path_of(name: str) -> tuple[str, str]:
    method, _, template = name.partition(" ")
    return method, re.sub(r"{[^}]+}", str(uuid4()), template)


async def ask(browser: Browser, name: str) -> httpx.Response:
    """Open a page, or send an empty form of ours to it."""
    method, path = path_of(name)
    if method == "GET":
        return await browser.client.get(path)
    proof = (await browser.open("/console/sign-in")).form("/sign-in").fields["csrf"]
    return await browser.client.request(method, path, data={"csrf": proof})


def test_one_form_of_another_site_is_taken_and_no_other() -> None:
    assert {"POST /me/proof"} == FOREIGN


def test_public_pages_are_these_and_no_others() -> None:
    assert {name for name, route in PAGES.items() if not is_guarded(route)} == PUBLIC


def test_the_guard_is_the_first_parameter_so_that_nothing_happens_before_it() -> None:
    assert [name for name in GUARDED if not PAGES[name].dependant.dependencies[0].own_oauth_scopes] == []


def test_pages_are_opened_and_forms_are_sent_and_nothing_else() -> None:
    assert {name.partition(" ")[0] for name in PAGES} == {"GET", "POST"}


@pytest.fixture
async def shared(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


@pytest.mark.anyio
async def test_a_stranger_is_led_to_the_door(shared: Running) -> None:
    async with browsing(shared) as stranger:
        for name in GUARDED:
            answer = await ask(stranger, name)
            if name.startswith("GET"):
                door = f"/{name.split('/')[1]}/"
                assert answer.status_code == 303, name
                assert f"GET {answer.headers['location'].partition('?')[0]}" in PUBLIC, name
                assert answer.headers["location"].startswith(door), name
            else:
                assert answer.status_code == 401, name
        for name in PUBLIC:
            answer = await ask(stranger, name)
            assert answer.status_code < 500, name


@pytest.mark.anyio
@pytest.mark.parametrize("role", Role)
async def test_each_role_passes_where_it_may_and_nowhere_else(shared: Running, role: Role) -> None:
    refused = 0
    async with signed_in(shared, role) as browser:
        for name in CONSOLE:
            if name in ENDS_THE_SESSION:
                continue
            answer = await ask(browser, name)
            if role in roles_of(name):
                assert answer.status_code not in {401, 500}, (name, answer.text)
                assert "role_missing" not in answer.text, name
                assert answer.headers.get("location", "") != "/console/sign-in", name
            else:
                refused += 1
                assert answer.status_code == 403, (name, answer.text)
                assert "role_missing" in answer.text, name
                assert answer.headers["content-type"].startswith("text/html"), name
    assert await denials(shared) >= refused


@pytest.mark.anyio
async def test_no_form_is_taken_without_the_proof_that_it_is_ours(shared: Running) -> None:
    async with browsing(shared) as stranger, signed_in(shared, Role.OPERATOR) as operator:
        for browser in (stranger, operator):
            for name in (name for name in PAGES.keys() - FOREIGN if name.startswith("POST")):
                answer = await browser.client.post(path_of(name)[1], data={})
                assert answer.status_code == 403, name
                assert "form_not_ours" in answer.text, name


async def denials(api: Running) -> int:
    async with api.owner.read() as session:
        found = await (await session.connection()).exec_driver_sql("SELECT count(*) FROM audit.entry WHERE type = 9")
        return int(found.scalar_one())
