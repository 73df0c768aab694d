"""The way in: codes at the relay, one after another; a stolen statement; a member's link; the form of another site."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from registry.portal.access import COOKIE
from registry.portal.entry import SECRET
from tests.browsing import Page, arrive, browsing, prove, proved
from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.subjecting import identifiers, proof, served

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email", "national_id")
CROSS_SITE = {"sec-fetch-site": "cross-site"}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def test_a_person_proves_one_contact_after_another_and_leaves(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    async with proved(place, "phone") as browser:
        page = await browser.open("/me")
        assert "A record is linked to this phone number" in page.text
        assert "Alpha" not in page.text
        assert "Nothing counts against you" not in page.text
        refused = await browser.open("/me/looks")
        assert refused.status == 403
        assert "/me/enter" in refused.links
        assert await place.rows("SELECT purpose FROM audit.entry WHERE action = 'access.denied'") == [("Q4",)]
        narrow = browser.client.cookies[COOKIE]
        wider = await prove(browser, place, "email")
        # Whoever knew the session before it showed all this knows nothing now.
        old = {"Authorization": f"Bearer {narrow}"}
        assert (await place.api.client.get("/v1/me/file", headers=old)).status_code == 401
        assert "Alpha has reported" in wider.text
        assert "your e-mail address and your phone number" in wider.text
        left = await browser.send(wider, "/me/leave")
        assert left.answer.url.path == "/me/enter"
        assert COOKIE not in browser.client.cookies
        assert (await browser.open("/me/")).answer.url.path == "/me/enter"


async def test_what_the_relay_stated_is_worth_nothing_in_another_browser(place: Town) -> None:
    async with browsing(place.api) as owner, browsing(place.api) as thief:
        back = await arrive(owner, place, "phone")
        stolen = back.form("/me/session").fields["assertion"]
        # Whoever read it on its way has a secret of their own, or none.
        entered = await arrive(thief, place, "phone", number=2)
        form = entered.form("/me/session").fields | {"assertion": stolen}
        answer = Page(await thief.client.post("/me/session", data=form))
        assert (answer.status, "Please begin again" in answer.text) == (401, True)
        thief.client.cookies.delete(SECRET)
        assert (await thief.client.post("/me/session", data=form)).status_code == 401
        assert COOKIE not in thief.client.cookies
        # The owner's own is still good, once.
        inside = await owner.send(back, "/me/session")
        assert inside.answer.url.path == "/me/"
        again = await owner.client.post("/me/session", data=form)
        assert again.status_code in {401, 403}


async def test_the_form_of_another_site_is_believed_in_nothing(place: Town) -> None:
    async with browsing(place.api) as browser:
        before = await _state(place)
        stated = proof(place.relay, "email")["assertion"]
        sent = [
            {"assertion": stated},
            {"assertion": "a.b.c"},
            {"assertion": '"><script>alert(1)</script>'},
            {"assertion": stated, "more": "1"},
            {},
        ]
        told = [await browser.client.post("/me/proof", data=one, headers=CROSS_SITE) for one in sent]
        assert [answer.status_code for answer in told] == [200, 200, 422, 422, 422]
        assert all("<script>" not in answer.text for answer in told)
        assert "your e-mail address" in told[0].text
        assert COOKIE not in browser.client.cookies
        assert await _state(place) == before
        # The next form is ours, so it is not taken from elsewhere.
        form = Page(told[0]).form("/me/session")
        for headers in (CROSS_SITE, {"sec-fetch-site": "same-site"}):
            refused = await browser.client.post("/me/session", data=form.fields, headers=headers)
            assert (refused.status_code, "form_not_ours" in refused.text) == (403, True)
        assert (await browser.open("/me/proof")).answer.url.path == "/me/enter"


async def _state(place: Town) -> list[object]:
    (row,) = await place.rows(
        "SELECT (SELECT count(*) FROM subject_session) AS sessions, (SELECT count(*) FROM audit.entry) AS entries"
    )
    return list(row)


async def test_whoever_acts_for_another_says_so_and_on_what_basis(place: Town) -> None:
    async with browsing(place.api) as browser:
        back = await arrive(browser, place, "email")
        wrong = await browser.send(back, "/me/session", acting="agent:parent")
        assert wrong.status == 422
        assert "This is not one of the possible answers." in wrong.text
        inside = await browser.send(wrong, "/me/session", acting="guardian:parent")
        assert "As somebody's guardian" in inside.text


async def test_a_link_shows_a_button_and_opens_its_own_record_once(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    mine = await alpha.filed(identifiers=identifiers(*CONTACTS))
    theirs = await beta.filed(reference="RMA-2", claim_ref="A" * 43, identifiers=identifiers(*CONTACTS))
    for report_id in (mine, theirs):
        await served(place, report_id)
    secret = (await alpha.post("/v1/subject-links", {"report_id": mine})).json()["secret"]
    async with browsing(place.api) as browser:
        for _ in range(2):  # a preview uses nothing up
            page = await browser.open(f"/me/link/{secret}")
        inside = await browser.send(page, "/link")
        assert mine in inside.text
        assert "Alpha has reported" in inside.text
        assert theirs not in inside.text
        assert "Nothing counts against you" not in inside.text
        assert "Beta" not in inside.text
        for path in ("looks", "changes", "explain", "protection", f"records/{mine}/statement"):
            assert (await browser.client.get(f"/me/{path}")).status_code == 403, path
        assert (await browser.client.get(f"/me/records/{theirs}/appeal")).status_code == 404
    async with browsing(place.api) as another:
        ask = await another.open("/me/link")
        again = await another.send(ask, "/link", secret=f"https://registry.example/me/link/{secret}")
        assert (again.status, "subject_link_refused" in again.text) == (401, False)
        assert "The link was opened before" in again.text
        assert (await another.send(ask, "/link", secret="short")).status == 422
    assert secret not in place.api.log.getvalue()
    assert "/link/{secret}" in place.api.log.getvalue()


async def test_cookies_are_for_this_site_alone(place: Town) -> None:
    async with browsing(place.api) as browser:
        cookies = (await browser.client.get("/me/enter")).headers.get_list("set-cookie")
        back = await arrive(browser, place, "phone")
        answer = await _open(browser.client, back)
        cookies += answer.headers.get_list("set-cookie")
        assert {cookie.partition("=")[0] for cookie in cookies} == {SECRET, COOKIE, "__Host-sitting"}
        for cookie in cookies:
            assert {"Secure", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; ")), cookie
        assert answer.headers["cache-control"] == "no-store"


async def _open(client: httpx.AsyncClient, back: Page) -> httpx.Response:
    return await client.post("/me/session", data=back.form("/me/session").fields)
