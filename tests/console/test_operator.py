"""The operators' console: members, health, log and epochs; and no record, no token, no claim anywhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.domain.staff import Role
from registry_formats import base64url
from tests.browsing import Browser, signed_in
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.hearing import Hall, hall
from tests.running import Platform

pytestmark = pytest.mark.anyio
HERE = "/console/operator"
ROOMS = ("", "/members", "/admissions", "/log", "/epochs")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


@pytest.fixture
async def operator(place: Hall) -> AsyncIterator[Browser]:
    async with signed_in(place.town.api, Role.OPERATOR) as browser:
        yield browser


async def test_a_member_is_limited_suspended_and_let_in_again(place: Hall, operator: Browser) -> None:
    alpha = (await place.town.desk("Alpha")).platform
    one = await operator.open(f"{HERE}/members/{alpha.member.id}")
    assert alpha.kid in one.text
    assert (await operator.send(one, "/quota", claims_per_day="none")).status == 422
    assert "4,400" in (await operator.send(one, "/quota", claims_per_day="4000")).text
    suspended = await operator.send(one, "/suspend")
    assert "Let it act again" in suspended.text
    assert (await operator.client.get(f"{HERE}/members/{alpha.kid}")).status_code == 422
    assert "Suspend the member" in (await operator.send(suspended, "/resume")).text


async def test_every_part_says_how_it_is(operator: Browser) -> None:
    health = await operator.open(HERE)
    for said in ("Schema", "ready", "Key operator", "silent", "alive"):
        assert said in health.text, said
    assert "Nothing is signed yet" in (await operator.open(f"{HERE}/log")).text
    assert "does not answer" in (await operator.open(f"{HERE}/epochs")).text
    assert "运行状况" in (await operator.open(f"{HERE}?lang=zh")).text


async def test_nothing_of_a_record_or_a_person_is_shown_to_who_runs_the_registry(
    place: Hall, operator: Browser
) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    report_id = await place.active(alpha)
    await beta.query("phone", "national_id")
    appeal_id = await place.lodge(report_id)
    secret = {report_id, appeal_id, "RMA-2026-000123", base64url.encode((1).to_bytes(32, "big"))}
    secret |= {token(kind) for kind in ("phone", "national_id")}
    secret |= {row["stored"].hex() for row in await place.town.rows("SELECT stored FROM report_identity")}
    secret |= {
        str(row["id"]) for row in await place.town.rows("SELECT id FROM recall UNION SELECT event_id FROM report")
    }
    members = await operator.open(f"{HERE}/members")
    pages = [*(f"{HERE}{path}" for path in ROOMS), *(link for link in members.links if f"{HERE}/members/" in link)]
    assert len(pages) > len(ROOMS)
    for page in pages:
        text = (await operator.open(page)).answer.text
        assert not [one for one in secret if one in text], page
    for theirs in ("/console/member", "/console/member/reports", f"/console/member/reports/{report_id}"):
        assert (await operator.open(theirs)).status == 403


async def test_members_are_listed_from_a_name_on(place: Hall, operator: Browser) -> None:
    for name in ("Alpha", "Beta"):
        await place.town.desk(name)
    page = await operator.open(f"{HERE}/members?start=B")
    assert ("Beta" in page.text, "Alpha" in page.text) == (True, False)
    assert "There is no name from here on." in (await operator.open(f"{HERE}/members?start=zz")).text
    # What no member can be called is no name.
    assert "Alpha" in (await operator.open(f"{HERE}/members?start=%00")).text


async def test_members_people_and_auditors_do_not_run_the_registry(place: Hall) -> None:
    alpha: Platform = (await place.town.desk("Alpha")).platform
    for role, member_id in ((Role.MEMBER_ADMIN, alpha.member.id), (Role.AUDITOR, None)):
        async with signed_in(place.town.api, role, member_id=member_id) as browser:
            for path in ROOMS:
                assert (await browser.open(HERE + path)).status == 403, path
