"""Accounts in the console, as people use them: invited, at the door, at home, in charge of others, recovered by two."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest

from registry.clock import real_time
from registry.console.access import COOKIE
from registry.domain.staff import Role
from tests.authenticating import Authenticator
from tests.browsing import Browser, Page, browsing
from tests.databases import ScratchDatabase
from tests.running import Running, running
from tests.staffing import Colleague, hire, invite, session_of

pytestmark = pytest.mark.anyio
PASSWORD = "a quiet long sentence"


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


async def sit_down(browser: Browser, colleague: Colleague) -> None:
    """Sign somebody in without the door."""
    bearer = (await session_of(colleague))["Authorization"].removeprefix("Bearer ")
    browser.client.cookies.set(COOKIE, bearer, domain="registry.test")


def link_of(page: Page) -> str:
    (link,) = re.findall(r"http://registry\.test(/console/invitation/[\w-]{43})", page.text)
    return str(link)


def code_of(page: Page) -> str:
    (secret,) = re.findall(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b", page.text)
    return pyotp.TOTP(secret.replace(" ", "")).at(real_time())


def options_of(page: Page, action: str) -> str:
    """Return what a passkey's form asks the authenticator."""
    tag = re.search(rf'<form[^>]*action="[^"]*{action}"[^>]*data-options="([^"]*)"', page.answer.text)
    assert tag is not None
    return tag.group(1).replace("&#34;", '"').replace("&amp;", "&")


async def actions(api: Running) -> list[str]:
    async with api.owner.read() as session:
        rows = await session.connection()
        asked = "SELECT action, outcome FROM audit.entry WHERE type IN (4, 9, 13) ORDER BY id"
        found = [" ".join(row) for row in await rows.exec_driver_sql(asked)]
        return [one for one in found if one.startswith(("staff.", "access."))]


async def _age(api: Running, table: str, column: str, **by: int) -> None:
    """Move moments into the past."""
    seconds = timedelta(**by).total_seconds()
    async with api.owner.write() as session:
        moved = f"UPDATE {table} SET {column} = {column} - interval '{seconds} s'"  # noqa: S608 - our own names
        await (await session.connection()).exec_driver_sql(moved)


async def test_a_members_first_person_is_invited_by_an_operator_and_invites_the_next(api: Running) -> None:
    alpha = await api.admit("Alpha")
    async with browsing(api) as boss, browsing(api) as ana, browsing(api, language="zh") as bo:
        await sit_down(boss, await hire(api, Role.OPERATOR))
        form = await boss.open("/console/staff/invite")
        roles = ["member", "member_admin"]
        data = form.form("/invite").fields | {"name": "ana", "member_id": str(alpha.member.id), "roles": roles}
        handed = Page(await boss.client.post("/console/staff/invite", data=data))
        invited = await ana.open(link_of(handed))
        inside = await ana.send(invited, invited.answer.url.path, password=PASSWORD, code=code_of(invited))
        assert inside.answer.url.path == "/console/member"
        assert (await boss.open(link_of(handed))).status == 404
        form = await ana.open("/console/staff/invite")
        assert "Operator" not in form.text
        data = form.form("/invite").fields | {"name": "bo", "roles": ["member"]}
        handed = Page(await ana.client.post("/console/staff/invite", data=data))
        assert "邀请" in (await bo.open(link_of(handed))).text
        people = await ana.open("/console/staff")
        assert "bo" in people.text
        assert "Alpha" in people.text
        assert people.text.count("active") == 2
        denied = form.form("/invite").fields | {"name": "cy", "roles": ["officer"]}
        refused = Page(await ana.client.post("/console/staff/invite", data=denied))
        assert refused.status == 403
        assert refused.form("/invite").fields["name"] == "cy"
    # Those of one moment stand in no order.
    assert sorted(await actions(api)) == [
        "access.denied denied",
        *("staff.accept done", "staff.add done", "staff.add done", "staff.add done"),
        *("staff.show_invitation shown", "staff.show_invitation shown", "staff.sign_in signed_in"),
    ]


async def test_an_invitation_can_be_taken_up_with_a_passkey_which_then_opens_the_door(api: Running) -> None:
    made = await invite(api, Role.AUDITOR, name="lin.wei")
    authenticator = Authenticator("http://registry.test", "registry.test")
    async with browsing(api) as browser:
        page = await browser.open(urlsplit(made.link).path)
        credential = authenticator.make(options_of(page, "/passkey"))
        inside = await browser.send(page, "/passkey", credential=credential, name="laptop")
        assert inside.answer.url.path.startswith("/console/audit")
        assert "laptop" in (await browser.open("/console/account")).text
        await browser.send(inside, "/sign-out")
        door = await browser.open("/console/sign-in")
        answer = authenticator.answer(options_of(door, "/sign-in/passkey"))
        inside = await browser.send(door, "/sign-in/passkey", credential=answer)
        assert inside.answer.url.path.startswith("/console/audit")
        await browser.send(inside, "/sign-out")
        door = await browser.open("/console/sign-in")
        refused = await browser.send(door, "/sign-in/passkey", credential=answer)
        assert refused.status == 401
        assert "passkey was not accepted" in refused.text


async def test_a_good_passkey_opens_the_door_however_many_have_failed_there(api: Running) -> None:
    made = await invite(api, Role.AUDITOR)
    authenticator = Authenticator("http://registry.test", "registry.test")
    async with browsing(api) as browser:
        page = await browser.open(urlsplit(made.link).path)
        credential = authenticator.make(options_of(page, "/passkey"))
        await browser.send(page, "/passkey", credential=credential, name="laptop")
        await browser.send(await browser.open("/console/account"), "/sign-out")
        door = await browser.open("/console/sign-in")
        statuses = [(await browser.send(door, "/sign-in/passkey", credential="{}")).status for _ in range(32)]
        assert statuses == [401] * 30 + [429] * 2
        assert (await actions(api)).count("staff.sign_in refused") == 30
        answer = authenticator.answer(options_of(door, "/sign-in/passkey"))
        assert (await browser.send(door, "/sign-in/passkey", credential=answer)).status == 200


async def test_what_does_not_fit_leaves_the_invitation_open(api: Running) -> None:
    made = await invite(api, Role.AUDITOR, name="lin.wei")
    async with browsing(api) as browser:
        page = await browser.open(urlsplit(made.link).path)
        action = page.answer.url.path
        weak = await browser.send(page, action, password="lin.wei-lin.wei", code=code_of(page))
        assert (weak.status, "too easily guessed" in weak.text) == (409, True)
        wrong = await browser.send(page, action, password=PASSWORD, code="000000")
        assert (wrong.status, "was not taken up" in wrong.text) == (403, True)
        assert (await browser.send(page, action, password=PASSWORD, code=code_of(page))).status == 200


async def test_at_home_one_changes_the_password_the_app_and_ends_sessions(api: Running) -> None:
    lin = await hire(api, Role.AUDITOR, name="lin.wei")
    elsewhere = await session_of(lin)
    async with browsing(api) as browser:
        await sit_down(browser, lin)
        home = await browser.open("/console/account")
        (end,) = (form.action for form in home.forms if form.action.endswith("/end"))
        stranger = await session_of(await hire(api, Role.AUDITOR))
        other = (await api.client.get("/v1/staff/me", headers=stranger)).json()["session_id"]
        proof = home.form(end).fields
        await browser.client.post(f"/console/account/sessions/{other}/end", data=proof)
        assert (await api.client.get("/v1/staff/me", headers=stranger)).status_code == 200
        home = await browser.send(home, end)
        assert "session was ended" in home.text
        assert (await api.client.get("/v1/staff/me", headers=elsewhere)).status_code == 401
        refused = await browser.send(home, "/password", password="wrong", new_password=PASSWORD)
        assert (refused.status, "present password is not right" in refused.text) == (403, True)
        home = await browser.send(home, "/password", password=lin.password, new_password=PASSWORD)
        assert "password was changed" in home.text
        lin.password = PASSWORD
        assert (await lin.sign_in()).status_code == 201
        app = await browser.open("/console/account/app")
        refused = await browser.send(app, "/app", new_password=f"{PASSWORD} 2", code="000000")
        assert (refused.status, "did not fit" in refused.text) == (403, True)
        assert code_of(refused) == code_of(app)
        home = await browser.send(app, "/app", new_password=f"{PASSWORD} 2", code=code_of(app))
        assert "authenticator app were changed" in home.text
        assert (await lin.sign_in()).status_code == 401


async def test_a_passkey_is_added_and_removed_at_home_and_only_soon_after_signing_in(api: Running) -> None:
    authenticator = Authenticator("http://registry.test", "registry.test")
    async with browsing(api) as browser:
        await sit_down(browser, await hire(api, Role.AUDITOR))
        home = await browser.open("/console/account")
        credential = authenticator.make(options_of(home, "/account/passkeys"))
        home = await browser.send(home, "/account/passkeys", credential=credential, name="<b>laptop</b>")
        assert "passkey was added" in home.text
        assert "<b>laptop" not in home.answer.text
        await _age(api, "session_", "created_at", minutes=10)
        (remove,) = (form.action for form in home.forms if form.action.endswith("/remove"))
        refused = await browser.send(home, remove)
        assert (refused.status, "sign_in_not_fresh" in refused.text) == (403, True)
        later = await browser.open("/console/account")
        assert "sign out and sign in again" in later.text
        assert not [form for form in later.forms if form.action.endswith(("/remove", "/account/passkeys"))]
        await _age(api, "session_", "created_at", minutes=-10)
        assert "passkey was removed" in (await browser.send(home, remove)).text


async def test_an_account_is_recovered_by_two_people_and_neither_alone(api: Running) -> None:
    lin = await hire(api, Role.OFFICER, name="lin.wei")
    old = await session_of(lin)
    async with browsing(api) as first, browsing(api) as second, browsing(api) as owner:
        await sit_down(first, await hire(api, Role.SUPERVISOR, name="mei"))
        await sit_down(second, await hire(api, Role.OPERATOR, name="omar"))
        asked = await first.send(await first.open(f"/console/staff/{lin.staff_id}"), "/recover")
        (countersign,) = re.findall(r"\b(?:[a-z2-7]{4}-){3}[a-z2-7]{4}\b", asked.text)
        people = await second.open("/console/staff")
        (approve,) = (form.action for form in people.forms if form.action.endswith("/approve"))
        assert not [form for form in (await first.open("/console/staff")).forms if form.action.endswith("/approve")]
        tried = await first.client.post(approve, data=asked.forms[0].fields)
        assert (tried.status_code, "same_person" in tried.text) == (403, True)
        assert (await api.client.get("/v1/staff/me", headers=old)).status_code == 200
        handed = await second.send(people, approve)
        assert (await api.client.get("/v1/staff/me", headers=old)).status_code == 401
        assert (await lin.sign_in()).status_code == 401
        page = await owner.open(link_of(handed))
        action, chosen = page.answer.url.path, {"password": PASSWORD, "code": code_of(page)}
        alone = await owner.send(page, action, countersign="aaaa-bbbb-cccc-dddd", **chosen)
        assert (alone.status, "was not taken up" in alone.text) == (403, True)
        assert (await owner.send(page, action, countersign=countersign.upper(), **chosen)).status == 200
    left = [one for one in await actions(api) if "recovery" in one or "accept" in one or "denied" in one]
    assert left == [
        *("staff.ask_recovery done", "access.denied denied", "staff.approve_recovery done", "staff.accept done"),
    ]


async def test_the_owner_sees_that_somebody_asked_and_stops_it(api: Running) -> None:
    lin = await hire(api, Role.OFFICER, name="lin.wei")
    async with browsing(api) as boss, browsing(api) as owner:
        await sit_down(boss, await hire(api, Role.SUPERVISOR))
        await sit_down(owner, lin)
        page = await boss.open(f"/console/staff/{lin.staff_id}")
        await boss.send(page, "/recover")
        again = await boss.send(page, "/recover")
        assert (again.status, "recovery_open" in again.text) == (409, True)
        home = await owner.open("/console/account")
        (stop,) = (form.action for form in home.forms if "/recovery/" in form.action)
        assert "asked that your account be recovered" not in (await owner.send(home, stop)).text
        await boss.send(page, "/recover")
        await _age(api, "recovery", "asked_at", days=3)
        assert "asked that your account be recovered" not in (await owner.open("/console/account")).text
        assert "second person" not in (await boss.open("/console/staff")).text.partition("Accounts")[0]


async def test_roles_and_suspensions_are_given_by_pressing_buttons(api: Running) -> None:
    lin = await hire(api, Role.OFFICER, name="lin.wei")
    async with browsing(api) as boss:
        await sit_down(boss, await hire(api, Role.SUPERVISOR))
        page = await boss.open(f"/console/staff/{lin.staff_id}")
        proof = page.forms[0].fields["csrf"]
        for step, data in (("grant", {"role": "reviewer"}), ("revoke", {"role": "officer"}), ("end-sessions", {})):
            answer = await boss.client.post(f"/console/staff/{lin.staff_id}/{step}", data={"csrf": proof} | data)
            assert answer.status_code == 303, answer.text
        page = await boss.send(await boss.open(f"/console/staff/{lin.staff_id}"), "/suspend")
        assert "suspended" in page.text
        page = await boss.send(page, "/resume")
        assert "suspended" not in page.text
        assert "Take away Reviewer" in page.text
        assert "Make Operator" not in page.text
    auditor = await hire(api, Role.AUDITOR)
    async with browsing(api) as boss:
        await sit_down(boss, await hire(api, Role.SUPERVISOR))
        page = await boss.open(f"/console/staff/{auditor.staff_id}")
        assert "Others are in charge" in page.text
        assert not [form for form in page.forms if form.action.endswith("/suspend")]


async def test_a_members_administrator_finds_no_account_of_others(api: Running) -> None:
    alpha, officer = await api.admit("Alpha"), await hire(api, Role.OFFICER)
    async with browsing(api) as boss:
        await sit_down(boss, await hire(api, Role.MEMBER_ADMIN, member_id=alpha.member.id))
        assert (await boss.open(f"/console/staff/{officer.staff_id}")).status == 404


async def test_what_is_no_answer_of_a_passkey_is_refused_as_a_wrong_one_is(api: Running) -> None:
    response = dict.fromkeys(("clientDataJSON", "authenticatorData", "signature", "userHandle"), "A")
    shapeless = json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response})
    async with browsing(api) as browser:
        door = await browser.open("/console/sign-in")
        for answer in (shapeless, '{"a":' + "[" * 4_000 + "]" * 4_000 + "}"):
            refused = await browser.send(door, "/sign-in/passkey", credential=answer)
            assert (refused.status, "passkey was not accepted" in refused.text) == (401, True)
