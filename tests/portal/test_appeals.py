"""Contest a record by pages: one question each, kept in between, shown to nobody else; then the steps that follow."""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.domain.staff import Role
from tests.browsing import Browser, Page, browsing, prove, proved
from tests.databases import ScratchDatabase
from tests.hearing import Colleague, Hall, hall
from tests.subjecting import identifiers

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email")
PLANTED = "<script>alert(1)</script> =1+1"
PHOTO = b"\xff\xd8\xff\xe0" + b"a vase, broken " * 4_000


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def active(place: Hall) -> str:
    return await place.active(await place.town.desk("Alpha"), identifiers=identifiers(*CONTACTS))


async def written(browser: Browser, report_id: str, *, text: str = PLANTED) -> Page:
    """Answer the questions, up to the page on which all of it is shown."""
    words = await browser.send(await browser.open(f"/me/records/{report_id}/appeal"), "/why", grounds="G05", then="on")
    return await browser.send(words, "/words", text=text, then="on")


async def lodged(browser: Browser, report_id: str) -> str:
    """Lodge an appeal, and return its address."""
    page = await browser.send(await written(browser, report_id), "/check")
    (appeal_id,) = re.findall(r"/appeals/([0-9a-f-]{36})/add", str(page.answer.url))
    return f"/me/appeals/{appeal_id}"


async def test_what_was_written_is_kept_for_who_proves_the_same_contacts_and_for_nobody_else(place: Hall) -> None:
    path = f"/me/records/{await active(place)}/appeal"
    async with proved(place.town, *CONTACTS) as first:
        why = await first.open(path)
        none = await first.send(why, "/why", then="on")
        assert (none.status, "Choose at least one." in none.text) == (422, True)
        later = await first.send(why, "/why", grounds="G05", then="later")
        assert "What you wrote is saved." in later.text
        assert (await first.open(f"{path}/check")).answer.url.path == f"{path}/words"
        refused = await first.send(await first.open(path), "/words", text="Call 13800138000", then="on")
        assert (refused.status, "Please leave it out" in refused.text) == (422, True)
        await first.send(refused, "/words", text=PLANTED, then="later")
    async with proved(place.town, *CONTACTS) as again:
        check = await again.open(path)
        assert check.answer.url.path == f"{path}/check"
        assert "The damage was real." in check.text
        assert PLANTED in check.text
        assert "<script" not in check.answer.text
    for kind in CONTACTS:
        async with proved(place.town, kind) as half:
            assert (await half.open(path)).answer.url.path == f"{path}/why"
    rows = await place.town.rows("SELECT sealed_draft FROM subject_draft")
    assert len(rows) == 1
    assert b"script" not in rows[0]["sealed_draft"]
    async with proved(place.town, *CONTACTS) as last:
        await last.send(await last.open(path), "/drop")
        assert (await last.open(path)).answer.url.path == f"{path}/why"
    assert not await place.town.rows("SELECT * FROM subject_draft")
    steps = await place.town.rows("SELECT outcome FROM audit.entry WHERE action = 'subject.appeal'")
    assert {row["outcome"] for row in steps} >= {"draft_keep", "draft_read", "draft_drop"}


async def test_a_phone_alone_is_offered_the_one_ground_that_it_bears(place: Hall) -> None:
    path = f"/me/records/{await active(place)}/appeal"
    async with proved(place.town, "phone") as browser:
        why = await browser.open(path)
        assert re.findall(r'name="grounds" value="(G\d\d)"', why.answer.text) == ["G02"]
        words = await browser.send(why, "/why", grounds="G02", then="on")
        done = await browser.send(await browser.send(words, "/words", text="", then="on"), "/check")
        assert "Your appeal is lodged" in done.text
        assert "Alpha" not in (await browser.open(str(done.answer.url.path).removesuffix("/add"))).text


async def test_an_appeal_by_a_link_begins_once_a_contact_is_shown(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    secret = (await alpha.post("/v1/subject-links", {"report_id": report_id})).json()["secret"]
    async with browsing(place.town.api) as browser:
        await browser.send(await browser.open(f"/me/link/{secret}"), "/link")
        path = await lodged(browser, report_id)
        waits = await browser.open(path)
        assert "One thing is missing" in waits.text
        await prove(browser, place.town, "email")
        begun = await browser.send(await browser.open(path), "/prove")
        assert "Admitted." in begun.text


async def test_files_come_from_the_phone_and_are_what_they_show_to_be(place: Hall) -> None:
    report_id = await active(place)
    async with proved(place.town, *CONTACTS) as browser, proved(place.town, "email", number=9) as stranger:
        path = await lodged(browser, report_id)
        page = await browser.open(f"{path}/add")

        async def add(content: bytes, csrf: str = page.form("/file").fields["csrf"], by: Browser = browser) -> Page:
            files = {"file": ("IMG_1.HTML", content, "text/html")}
            return Page(await by.client.post(f"{path}/file", data={"csrf": csrf}, files=files, follow_redirects=True))

        assert (await add(b"")).status == 422
        assert "Files of this type are not taken" in (await add(b"<html>")).text
        assert (await add(PHOTO, "0" * 64)).status == 403
        assert (await add(b"\xff\xd8\xff\xe0" + bytes(11 << 20))).status == 422
        foreign = (await stranger.open("/me/protection")).form("/protection").fields["csrf"]
        assert (await add(PHOTO, foreign, stranger)).status == 404
        for _ in range(2):  # the same photo twice is one photo
            assert "Photo" in (await add(PHOTO)).text
        files = [link for link in (await browser.open(path)).links if link.endswith("/file")]
        assert len(files) == 1
        fetched = await browser.client.get(files[0])
        assert (fetched.content, fetched.headers["content-type"]) == (PHOTO, "image/jpeg")
        assert fetched.headers["content-disposition"].startswith("attachment")
        assert (await stranger.client.get(files[0])).status_code == 404


async def test_a_platform_that_announces_the_persons_photo_does_not_keep_them_from_sending_it(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    async with proved(place.town, *CONTACTS) as browser:
        path = await lodged(browser, report_id)
        shown = {"sha256": hashlib.sha256(PHOTO).hexdigest(), "kind": "photo", "bytes": len(PHOTO)}
        await place.answer(alpha, path.rpartition("/")[2], evidence=[shown | {"media_type": "image/jpeg"}])
        page = await browser.open(f"{path}/add")
        form, files = page.form("/file"), {"file": ("IMG_1.jpg", PHOTO, "image/jpeg")}
        sent = Page(await browser.client.post(form.action, data=form.fields, files=files, follow_redirects=True))
        assert (sent.status, "Photo" in sent.text) == (200, True)
        own = [link for link in (await browser.open(path)).links if link.endswith("/file")]
        assert PHOTO in [(await browser.client.get(link)).content for link in own]


async def _decided(maker: Colleague, approver: Colleague, appeal_id: str) -> None:
    await maker.does(appeal_id, "draft", result="upheld", reasons="The label was there.")
    await approver.does(appeal_id, "approve")


async def test_a_person_answers_the_question_says_more_and_asks_for_second_instance(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    async with proved(place.town, *CONTACTS) as browser:
        path = await lodged(browser, report_id)
        appeal_id = path.rpartition("/")[2]
        page = await browser.open(path)
        assert "Alpha" in page.text
        assert "The platform must answer:" in page.text
        said = await browser.send(page, "/say", text=PLANTED)
        assert said.answer.text.count("&lt;script&gt;") == 2
        await place.answer(alpha, appeal_id)
        maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
        await maker.does(appeal_id, "claim")
        await maker.does(appeal_id, "ask", question="When did the courier come?")
        asked = await browser.open(path)
        assert "When did the courier come?" in asked.text
        empty = await browser.send(asked, "/reply", text="")
        assert empty.status == 422
        replied = await browser.send(empty, "/reply", text="In the morning.")
        assert "In the morning." in replied.text
        await _decided(maker, approver, appeal_id)
        lost = await browser.open(path)
        assert "The record stands as it is." in lost.text
        second = await browser.send(lost, "/ask-second-instance")
        assert "A panel of three" in second.text
        first = await browser.send(second, "/drop-second-instance")
        assert "The record stands as it is." in first.text


async def test_an_appeal_can_be_taken_back(place: Hall) -> None:
    report_id = await active(place)
    async with proved(place.town, *CONTACTS) as browser:
        path = await lodged(browser, report_id)
        back = await browser.send(await browser.open(path), "/withdraw")
        assert "Taken back by the person who appealed." in back.text
        assert report_id in (await browser.open("/me/")).text


async def test_a_platform_that_opens_its_own_link_hears_nothing_new_and_is_seen_to_have_looked(place: Hall) -> None:
    alpha, officer = await place.town.desk("Alpha"), await place.colleague(Role.OFFICER)
    report_id = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    async with proved(place.town, *CONTACTS) as victim, browsing(place.town.api) as platform:
        path = await lodged(victim, report_id)
        await officer.does(path.rpartition("/")[2], "remark", text="Between us alone.", visible_to=["subject"])
        hers = await victim.open(path)
        assert "Between us alone." in hers.text
        secret = (await alpha.post("/v1/subject-links", {"report_id": report_id})).json()["secret"]
        await platform.send(await platform.open(f"/me/link/{secret}"), "/link")
        page = await platform.open(path)
        assert PLANTED in page.text
        assert "Between us alone." not in page.text
        assert not [link for link in page.links if "/letters/" in link]
        letters = [link for link in hers.links if "/letters/" in link]
        assert {(await platform.open(link)).status for link in letters} == {403}
        assert "Somebody with a link of the platform" in (await victim.open("/me/looks")).text
