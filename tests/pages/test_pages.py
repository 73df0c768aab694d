"""What every page does: escapes, speaks two languages, keeps to its own origin, and takes no form of another site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.domain.staff import Role
from tests.browsing import Browser, Page, browsing, signed_in
from tests.databases import ScratchDatabase
from tests.running import Running, running
from tests.staffing import hire

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


@pytest.fixture
async def browser(api: Running) -> AsyncIterator[Browser]:
    async with browsing(api) as browser:
        yield browser


async def test_a_stranger_is_led_to_the_door_and_signs_in(api: Running, browser: Browser) -> None:
    colleague = await hire(api, Role.AUDITOR)
    door = await browser.open("/console")
    assert door.answer.url.path == "/console/sign-in"
    refused = await browser.send(door, "/sign-in", name=colleague.name, password="x", code="000000")
    assert refused.status == 401
    assert refused.form("/sign-in").fields["name"] == colleague.name
    assert not refused.form("/sign-in").fields["password"]
    inside = await browser.send(
        refused, "/sign-in", name=colleague.name, password=colleague.password, code=colleague.code()
    )
    assert inside.answer.url.path == "/console/audit/reason"
    proof = (await browser.open("/console/sign-in")).form("/sign-in").fields["csrf"]
    await browser.client.post("/console/sign-out", data={"csrf": proof})
    assert (await browser.open("/console")).answer.url.path == "/console/sign-in"


async def test_cookies_are_for_this_site_alone(api: Running, browser: Browser) -> None:
    colleague = await hire(api, Role.AUDITOR)
    door = await browser.open("/console/sign-in?lang=zh")
    cookies = door.answer.headers.get_list("set-cookie")
    form = door.form("/sign-in").fields | {"name": colleague.name, "password": colleague.password}
    answer = await browser.client.post("/console/sign-in", data=form | {"code": colleague.code()})
    cookies += answer.headers.get_list("set-cookie")
    assert len(cookies) == 4  # the language, the sitting, its end, the session
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; ")), cookie


@pytest.mark.parametrize("wrong", ["no proof", "another's proof", "another site"])
async def test_a_form_that_is_not_ours_changes_nothing(api: Running, browser: Browser, wrong: str) -> None:
    colleague = await hire(api, Role.AUDITOR)
    door = await browser.open("/console/sign-in")
    form = door.form("/sign-in").fields | {"name": colleague.name, "password": colleague.password}
    form["code"] = colleague.code()
    headers = {}
    if wrong == "no proof":
        del form["csrf"]
    elif wrong == "another's proof":
        form["csrf"] = "0" * 64
    else:
        headers["sec-fetch-site"] = "cross-site"
    answer = await browser.client.post("/console/sign-in", data=form, headers=headers)
    assert answer.status_code == 403
    assert "form_not_ours" in answer.text
    assert "__Host-staff" not in str(answer.headers)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--\r\n"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_in_words(browser: Browser, kind: str, body: bytes) -> None:
    await browser.open("/console/sign-in")
    answer = await browser.client.post("/console/sign-in", content=body, headers={"content-type": kind})
    assert (answer.status_code, "body_unreadable" in answer.text) == (400, True)


async def test_a_page_speaks_the_language_chosen_and_remembers_it(browser: Browser) -> None:
    assert "Sign in" in (await browser.open("/console/sign-in")).text
    assert "登录" in (await browser.open("/console/sign-in?lang=zh")).text
    again = await browser.open("/console/sign-in")
    assert "登录" in again.text
    assert again.answer.headers["content-language"] == "zh"


async def test_what_was_typed_is_shown_as_text(browser: Browser) -> None:
    door = await browser.open("/console/sign-in")
    refused = await browser.send(door, "/sign-in", name="<script>alert(1)</script>", password="x", code="1")
    assert refused.status == 422
    assert "<script>" not in refused.answer.text
    assert refused.form("/sign-in").fields["name"] == "<script>alert(1)</script>"
    assert 'aria-invalid="true"' in refused.answer.text


async def test_a_page_loads_nothing_from_elsewhere_and_its_files_may_be_kept(browser: Browser) -> None:
    page = await browser.open("/console/styleguide")
    policy = page.answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    addresses = {part.split('"')[0] for name in ("src=", "href=") for part in page.answer.text.split(name + '"')[1:]}
    assert all(address.startswith(("/", "#", "?")) for address in addresses)
    (sheet,) = {address for address in addresses if "registry.css" in address}
    first = await browser.client.get(sheet)
    assert first.headers["content-type"].startswith("text/css")
    assert "immutable" in first.headers["cache-control"]
    assert (await browser.client.get("/static/registry.css")).headers["cache-control"] == "no-cache"
    assert (await browser.client.get("/static/none.css")).status_code == 404


async def test_a_refusal_is_a_page_with_its_code_and_request(api: Running) -> None:
    async with signed_in(api, Role.OPERATOR, language="zh") as browser:
        page = await browser.open("/console/no-such-page")
        assert page.status == 404
        assert page.answer.headers["content-type"].startswith("text/html")
        assert page.answer.headers["x-request-id"] in page.text
        assert (await browser.client.put("/console/sign-in")).status_code in {403, 405}


async def test_a_live_registry_has_no_style_guide(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path, mode="live") as api, browsing(api) as browser:
        assert Page(await browser.client.get("/console/styleguide")).status == 404
