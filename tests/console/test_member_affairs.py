"""The members' console: their reports, appeals and recalls, by their own people, and nobody else's."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest

from registry.domain.staff import Role
from registry.services.appeals.answering import STATEMENT
from registry_formats import base64url
from tests.browsing import Browser, signed_in
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall
from tests.reporting import Desk

pytestmark = pytest.mark.anyio
OURS = "/console/member"
SCRIPT = "<script>alert(1)</script>"
BOTH = ("phone", "national_id")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


@asynccontextmanager
async def person(desk: Desk, *roles: Role, language: str = "en") -> AsyncIterator[Browser]:
    """Sit down as somebody who works for this member."""
    who = roles or (Role.MEMBER,)
    async with signed_in(desk.api, *who, language=language, member_id=desk.platform.member.id) as browser:
        yield browser


async def last_staff(place: Hall, action: str) -> tuple[str | None, bool]:
    """Return the member of the newest entry of an action, and whether a person is named in it."""
    sql = f"SELECT member_id, staff_tag FROM audit.entry WHERE action = '{action}' ORDER BY id DESC LIMIT 1"  # noqa: S608
    (row,) = await place.town.rows(sql)
    return str(row["member_id"]), row["staff_tag"] is not None


async def test_a_report_is_found_read_marked_as_repaid_and_taken_back(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, reference="RMA-1")
    async with person(alpha) as browser:
        overview = await browser.open(OURS)
        assert f"{OURS}/reports?state=active" in overview.links
        listed = await browser.open(f"{OURS}/reports?state=active")
        assert f"{OURS}/reports/{report_id}" in listed.links
        assert "None of your reports" in (await browser.open(f"{OURS}/reports?state=expired")).text
        one = await browser.open(f"{OURS}/reports/{report_id}")
        assert "It came into force" in one.text
        refused = await browser.send(one, "/repaid", repaid_on="2020-01-01")
        assert (refused.status, "repaid" in refused.text) == (409, True)
        repaid = await browser.send(one, "/repaid", repaid_on="2026-11-20")
        assert (repaid.status, "Marked as repaid" in repaid.text) == (200, True)
        nothing = await browser.send(repaid, "/withdraw")
        assert nothing.status == 422
        gone = await browser.send(repaid, "/withdraw", reason="mistake")
        assert "Nothing can be done" in gone.text
    assert await alpha.state(report_id) == "withdrawn"
    assert await last_staff(place, "report.withdrawn") == (str(alpha.platform.member.id), True)


async def test_an_appeal_is_answered_by_what_the_members_own_key_signed(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    # So late that the member is reminded by a letter.
    await place.pass_days(8)
    async with person(alpha) as browser:
        assert "The first is due" in (await browser.open(OURS)).text
        due = await browser.open(f"{OURS}/appeals")
        assert f"{OURS}/appeals/{appeal_id}" in due.links
        page = await browser.open(f"{OURS}/appeals/{appeal_id}")
        assert "The vase arrived broken." in page.text
        said = await browser.send(page, "/prepare", answer="accurate", text=f"The label was there. {SCRIPT}")
        assert SCRIPT not in said.answer.text
        (to_sign,) = re.findall(r"<code>(\{.*?\})</code>", said.answer.text)
        statement = alpha.sign(json.loads(unescape(to_sign)), typ=STATEMENT)
        wrong = await browser.send(said, "/answer", statement="a.b.c")
        assert wrong.status == 422
        assert 'role="alert"' in wrong.answer.text
        assert wrong.form("/answer").fields["statement"] == "a.b.c"
        sent = await browser.send(said, "/answer", statement=statement)
        assert (sent.status, "A reviewer is examining it" in sent.text) == (200, True)
        assert SCRIPT not in sent.answer.text
        assert "No appeal waits" in (await browser.open(f"{OURS}/appeals")).text
        assert f"{OURS}/appeals/{appeal_id}" in (await browser.open(f"{OURS}/appeals?tab=open")).links
        letters = [link for link in sent.links if "/letters/" in link]
        assert letters
        assert (await browser.open(letters[0])).status == 200
    assert await last_staff(place, "appeal.answered") == (str(alpha.platform.member.id), True)


async def test_a_recall_is_acknowledged_and_what_rested_on_it_is_lifted(place: Hall) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    report_id = await place.active(alpha)
    told = await beta.query(*BOTH)
    action = {
        "claim_ref": base64url.encode((1).to_bytes(32, "big")),
        "query_id": told["query_id"],
        "action": "A3",
        "taken_at": place.town.clock().isoformat(),
    }
    claim = await beta.post("/v1/outcomes", action)
    assert claim.status_code == 201, claim.text
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    async with person(beta) as browser:
        (link,) = [one for one in (await browser.open(f"{OURS}/recalls")).links if f"{OURS}/recalls/" in one]
        page = await browser.open(link)
        assert "We have lifted it" in page.text
        lifted = await browser.send(page, "/lift")
        assert "We have lifted it" not in lifted.text
        done = await browser.send(lifted, "/acknowledge")
        assert "We have acted on it" not in done.text
        assert "You have acknowledged all" in (await browser.open(f"{OURS}/recalls")).text
        assert link in (await browser.open(f"{OURS}/recalls?all=true")).links
    assert await last_staff(place, "recall.acknowledge") == (str(beta.platform.member.id), True)


async def test_another_members_affairs_are_not_there(place: Hall) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    report_id = await place.active(alpha)
    await beta.query(*BOTH)
    appeal_id = await place.lodge(report_id)
    ((recall_id,),) = await place.town.rows("SELECT id FROM recall LIMIT 1")
    async with person(alpha) as own, person(beta) as other:
        for browser, paths in (
            (other, [f"/reports/{report_id}", f"/appeals/{appeal_id}", f"/appeals/{appeal_id}/letters/{uuid4()}"]),
            (own, [f"/recalls/{recall_id}", f"/recalls/{uuid4()}"]),
        ):
            for path in paths:
                assert (await browser.open(OURS + path)).status == 404, path
        proof = await _proof(other)
        for path, typed in (
            (f"/reports/{report_id}/withdraw", {"reason": "mistake"}),
            (f"/reports/{report_id}/repaid", {"repaid_on": "2026-11-20"}),
            (f"/appeals/{appeal_id}/prepare", {"answer": "accurate"}),
            (f"/appeals/{appeal_id}/second-instance", {"step": "ask_second"}),
        ):
            answer = await other.client.post(OURS + path, data=typed | {"csrf": proof})
            assert answer.status_code == 404, path
        form = {"csrf": await _proof(own)}
        answer = await own.client.post(f"{OURS}/recalls/{recall_id}/acknowledge", data=form)
        assert answer.status_code == 404
        assert "RMA" not in (await other.open(f"{OURS}/reports")).text
    assert await alpha.state(report_id) == "disputed"


async def _proof(browser: Browser) -> str:
    """Return what a form of ours holds, taken from the way out that every page has."""
    return (await browser.open(f"{OURS}/quota")).form("/sign-out").fields["csrf"]


async def test_who_looks_after_keys_alone_sees_no_report(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await alpha.filed()
    async with person(alpha, Role.MEMBER_ADMIN) as browser:
        overview = await browser.open(OURS)
        assert (overview.status, f"{OURS}/reports" in overview.links) == (200, False)
        for path in ("/reports", f"/reports/{report_id}", "/appeals", "/recalls"):
            assert (await browser.open(OURS + path)).status == 403, path


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_member_that_is_suspended_has_no_console(place: Hall, language: str) -> None:
    alpha = await place.town.desk("Alpha")
    async with person(alpha, language=language) as browser:
        await place.town.execute("UPDATE member SET status = 'suspended', suspended_at = now()")
        page = await browser.open(OURS)
    assert page.status == 403
    assert "member_suspended" in page.text
