"""The officers' console, page by page: take a case, read it, decide it with a second person, write the letter."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import pytest

from registry.domain.appeal_case import SUBJECT, AppealStep, Ground
from registry.domain.appeal_files import EvidenceKind, MessageKind
from registry.domain.events import Act
from registry.domain.staff import Role
from registry.services import appeals
from registry.services.appeals import Exhibit, Words
from tests.browsing import Browser, Page, signed_in
from tests.counting import queries
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall

pytestmark = pytest.mark.anyio
REASONS = "The carrier's scan shows the box open before delivery.\nThe label was read wrongly."
SCRIPT = "<script>alert(1)</script>"
PARTS = {
    "en": ("Which record", "Who examined it", "The result", "What the decision rests on", "What changes"),
    "zh": ("是哪一条记录", "由谁审查", "决定结果", "决定的依据", "有何变化"),
}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def answered(place: Hall, name: str = "Alpha", *grounds: Ground) -> str:
    """Lodge an appeal that the member has answered."""
    alpha = await place.town.desk(name)
    appeal_id = await place.lodge(await place.active(alpha), *grounds)
    assert (await place.answer(alpha, appeal_id)).status_code == 200
    return appeal_id


async def put_forward(place: Hall, appeal_id: str, digest: str) -> None:
    """Let the person put something forward."""
    act = Act(place.town.clock(), digest[:8])
    exhibit = Exhibit(digest, EvidenceKind.PHOTO, 1_000, "image/jpeg")
    async with place.town.api.owner.write() as session:
        await appeals.add_evidence(session, UUID(appeal_id), [exhibit], by=SUBJECT, act=act, desk=place.desk)


async def draft(browser: Browser, appeal_id: str, result: str = "overturned", reasons: str = REASONS) -> Page:
    """Draft a decision, look at its letter, and put it forward."""
    form = await browser.open(f"/console/appeals/{appeal_id}/draft")
    preview = await browser.send(form, "/draft", result=result, reasons=reasons)
    assert preview.status == 200, preview.text
    return await browser.send(preview, "/draft", go="confirm")


async def test_a_case_is_heard_from_the_queue_to_the_letter(place: Hall) -> None:
    appeal_id = await answered(place)
    api = place.town.api
    async with signed_in(api, Role.OFFICER) as ann, signed_in(api, Role.REVIEWER) as bo:
        queue = await ann.open("/console/appeals?tab=unclaimed")
        assert "Filed by Alpha" in queue.text
        mine = await ann.send(queue, f"/{appeal_id}/claim")
        assert mine.answer.url.params["tab"] == "mine"
        case = await ann.open(f"/console/appeals/{appeal_id}")
        for said in ("The vase arrived broken.", "The label was there.", "The damage was real."):
            assert said in case.text
        asked = await ann.send(case, "/question", question="Do you still have the box?")
        assert "Waits for the person" in asked.text
        act = Act(place.town.clock(), "reply")
        async with api.owner.write() as session:
            how = {"by": SUBJECT, "act": act, "desk": place.desk, "words": Words(MessageKind.REPLY, "I do.")}
            await appeals.step(session, UUID(appeal_id), AppealStep.REPLY, **how)  # type: ignore[arg-type]
        assert "Waits for a second person" in (await draft(ann, appeal_id)).text
        await put_forward(place, appeal_id, "ab" * 32)
        refused = await bo.open(f"/console/appeals/{appeal_id}/approval")
        assert (refused.status, "The evidence has changed" in refused.text) == (409, True)
        await draft(ann, appeal_id)
        before = await bo.open(f"/console/appeals/{appeal_id}/approval")
        assert all(heading in before.text for parts in PARTS.values() for heading in parts)
        decided = await bo.send(before, "/approve")
        assert "It was decided: Overturned" in decided.text
        (letter,) = (
            {link for link in decided.links if link.endswith("/pdf")}
            - {link for link in case.links if link.endswith("/pdf")}
            - {link for link in asked.links if link.endswith("/pdf")}
        )
        html = await bo.client.get(letter.removesuffix("/pdf"))
        assert "The label was read wrongly." in html.text
        assert "sandbox" in html.headers["content-security-policy"]
        assert "unsafe" not in html.headers["content-security-policy"]
        assert (await bo.client.get(letter)).content.startswith(b"%PDF-")
        bundle = await bo.client.post(decided.form("/bundle").action, data=decided.form("/bundle").fields)
        names = ZipFile(BytesIO(bundle.content)).namelist()
        assert {"case.json", "evidence.json", "manifest.json"} <= {name.rpartition("/")[2] for name in names}


async def test_the_letter_is_shown_in_both_languages_before_anything_is_decided(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann:
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        form = await ann.open(f"/console/appeals/{appeal_id}/draft")
        preview = await ann.send(form, "/draft", result="amended", reasons=REASONS, amount="12.50")
        assert all(heading in preview.text for parts in PARTS.values() for heading in parts)
        again = await ann.send(preview, "/draft", go="edit")
        typed = again.form("/draft").fields
        assert (typed["reasons"], typed["result"], typed["amount"]) == (REASONS, "amended", "12.50")
        assert "In review" in (await ann.open(f"/console/appeals/{appeal_id}")).text
        graver = await ann.send(form, "/draft", result="amended", reasons=REASONS, amount="999999")
        assert (graver.status, "may only correct or lessen" in graver.text) == (409, True)
        unnamed = await ann.send(form, "/draft", result="overturned", reasons=REASONS, automation="<b>")
        assert (unnamed.status, 'id="automation-fault"' in unnamed.answer.text) == (422, True)
        named = await ann.send(form, "/draft", result="overturned", reasons=REASONS, automation="lens-2, other/1")
        assert "other/1" in named.text
        empty = await ann.send(form, "/draft", result="overturned")
        assert (empty.status, 'id="reasons-fault"' in empty.answer.text) == (422, True)


async def test_who_drafted_it_cannot_confirm_it_and_the_attempt_is_kept(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER, Role.REVIEWER) as ann:
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        after = await draft(ann, appeal_id)
        assert f"/console/appeals/{appeal_id}/approval" not in after.links
        refused = await ann.open(f"/console/appeals/{appeal_id}/approval")
        assert (refused.status, "may not confirm it" in refused.text) == (403, True)
        assert await place.town.outcomes(9) == ["denied"]


async def test_a_draft_is_returned_with_what_it_said(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann, signed_in(place.town.api, Role.SUPERVISOR) as sue:
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        await draft(ann, appeal_id)
        after = await sue.send(await sue.open(f"/console/appeals/{appeal_id}/approval"), "/return")
        assert "In review" in after.text


async def test_what_people_write_is_shown_as_text(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha, facts=(f"The photo is generated. {SCRIPT}",)))
    assert (await place.answer(alpha, appeal_id, text=SCRIPT)).status_code == 200
    async with signed_in(place.town.api, Role.OFFICER) as ann, signed_in(place.town.api, Role.REVIEWER) as bo:
        case = await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        case = await ann.send(case, "/messages", text=SCRIPT, visible_to="member")
        assert case.text.count(SCRIPT) == 4
        assert "The member reads this" in case.text
        asked = await ann.send(case, "/question", question=SCRIPT)
        form = await ann.open(f"/console/appeals/{appeal_id}/draft")
        await place.pass_days(7)
        preview = await ann.send(form, "/draft", result="overturned", reasons=SCRIPT)
        await ann.send(preview, "/draft", go="confirm")
        approval = await bo.open(f"/console/appeals/{appeal_id}/approval")
        assert approval.text.count(SCRIPT) == 3
        for page in (case, asked, preview, approval):
            assert SCRIPT not in page.answer.text


async def test_of_two_who_claim_the_second_is_shown_the_case_as_it_is(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann, signed_in(place.town.api, Role.OFFICER) as bo:
        seen = await bo.open(f"/console/appeals/{appeal_id}")
        assert "Colleagues only" in (await bo.send(seen, "/messages", text="Ask the carrier.")).text
        empty = await bo.send(seen, "/messages", text="")
        assert (empty.status, 'id="text-fault"' in empty.answer.text) == (422, True)
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        late = await bo.send(seen, "/claim")
        assert (late.status, "Somebody else works on this appeal." in late.text) == (409, True)
        assert not [form for form in late.forms if form.action.endswith(("/claim", "/release"))]


async def test_a_supervisor_gives_a_case_and_takes_it_back_and_an_auditor_only_reads(place: Hall) -> None:
    appeal_id = await answered(place)
    officer = await place.colleague(Role.OFFICER)
    async with signed_in(place.town.api, Role.SUPERVISOR) as sue:
        case = await sue.open(f"/console/appeals/{appeal_id}")
        given = await sue.send(case, "/assign", staff_id=str(officer.staff_id))
        assert (await officer.case(appeal_id))["holder"] == str(officer.staff_id)
        queue = await sue.open("/console/appeals?tab=open")
        assert "Held by staff-" in queue.text
        freed = await sue.send(given, "/release")
        assert "Nobody holds it." in freed.text
    async with signed_in(place.town.api, Role.AUDITOR, language="zh") as auditor:
        case = await auditor.open(f"/console/appeals/{appeal_id}")
        assert "各方陈述" in case.text
        assert [form.action for form in case.forms] == ["/console/sign-out"]
        assert "/bundle" not in case.answer.text


async def test_a_panel_of_three_votes_without_seeing_each_other(place: Hall) -> None:
    alpha, api = await place.town.desk("Alpha"), place.town.api
    appeal_id = await place.lodge(await place.active(alpha))
    await place.answer(alpha, appeal_id)
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await maker.does(appeal_id, "claim")
    await maker.does(appeal_id, "draft", result="overturned", reasons=REASONS)
    await approver.does(appeal_id, "approve")
    assert (await alpha.post(f"/v1/appeals/{appeal_id}:ask-second-instance", {})).status_code == 200
    others = [await place.colleague(Role.PANEL) for _ in range(2)]
    async with signed_in(api, Role.SUPERVISOR) as sue, signed_in(api, Role.PANEL) as pan:
        case = await sue.open(f"/console/appeals/{appeal_id}")
        me = {staff for staff in ids_of(case) if staff not in {str(one.staff_id) for one in others}}.pop()
        seats = dict(zip(("consumer", "merchant", "neutral"), (*(str(o.staff_id) for o in others), me), strict=True))
        proof = case.forms[-1].fields["csrf"]
        for seat, person in seats.items():
            data = {"csrf": proof, "seat": seat, "staff_id": person}
            assert (await sue.client.post(f"/console/appeals/{appeal_id}/seat", data=data)).status_code == 303
        for one, result in zip(others, ("overturned", "upheld"), strict=True):
            await one.does(appeal_id, "vote", result=result, reasons="A hidden reason.")
        listed = await pan.open("/console/appeals")
        assert f"/console/appeals/{appeal_id}" in listed.links
        assert "A hidden reason." not in (await pan.open(f"/console/appeals/{appeal_id}")).text
        form = await pan.open(f"/console/appeals/{appeal_id}/vote")
        done = await pan.send(form, "/vote", result="upheld", reasons=REASONS)
        assert "It was decided: Upheld" in done.text


def ids_of(page: Page) -> set[str]:
    """Return the people that a page offers for a seat."""
    return {part.split('"')[0] for part in page.answer.text.split('<option value="')[1:]}


async def test_what_comes_from_outside_is_entered_by_one_and_applied_by_another(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann, signed_in(place.town.api, Role.OFFICER) as bo:
        form = await ann.open(f"/console/appeals/{appeal_id}/outside")
        entered = await ann.send(form, "/outside", result="overturned")
        assert not [one for one in entered.forms if one.action.endswith("/apply-outside")]
        seen = await bo.open(f"/console/appeals/{appeal_id}")
        assert "It was decided: Overturned" in (await bo.send(seen, "/apply-outside")).text


async def test_the_queue_is_filtered_and_goes_on_page_by_page(place: Hall) -> None:
    first = await answered(place, "Alpha", Ground.DAMAGE_REAL)
    second = await answered(place, "Beta", Ground.NOT_AI)
    beta = (await place.town.rows("SELECT id FROM member WHERE name = 'Beta'"))[0]["id"]
    async with signed_in(place.town.api, Role.OFFICER) as ann:
        for query, wanted in (("", {first, second}), ("&ground=G05", {first}), (f"&member={beta}", {second})):
            page = await ann.open(f"/console/appeals?tab=open{query}")
            assert {link[-36:] for link in page.links if len(link) == len("/console/appeals/") + 36} == wanted
        nothing = await ann.open("/console/appeals?tab=open&ground=G01")
        assert "Nothing here with this filter." in nothing.text
        assert (await ann.open("/console/appeals?tab=nowhere")).status == 422
        page = await ann.open("/console/appeals?tab=open&limit=1")
        (onward,) = (link for link in page.links if "cursor=" in link)
        rest = await ann.open(onward)
        seen = [link[-36:] for part in (page, rest) for link in part.links if "/appeals/" in link]
        assert (set(seen), len(seen)) == ({first, second}, 2)


async def test_the_number_of_statements_does_not_grow(place: Hall) -> None:
    sent: dict[str, list[int]] = {"list": [], "case": []}
    async with signed_in(place.town.api, Role.OFFICER) as ann:
        for name in ("Alpha", "Beta", "Gamma"):
            appeal_id = await answered(place, name)
            for address, counts in (("?tab=open", sent["list"]), (f"/{appeal_id}", sent["case"])):
                for _ in range(2):
                    with queries() as asked:
                        assert (await ann.open(f"/console/appeals{address}")).status == 200
                counts.append(len(asked))
    assert sent == {"list": [7, 7, 7], "case": [20, 20, 20]}


async def test_a_page_of_another_draft_confirms_nothing(place: Hall) -> None:
    appeal_id = await answered(place)
    api = place.town.api
    async with (
        signed_in(api, Role.OFFICER) as ann,
        signed_in(api, Role.REVIEWER) as bo,
        signed_in(api, Role.REVIEWER) as cy,
    ):
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        await draft(ann, appeal_id)
        read = await bo.open(f"/console/appeals/{appeal_id}/approval")
        await cy.send(await cy.open(f"/console/appeals/{appeal_id}/approval"), "/return")
        await draft(ann, appeal_id, "upheld")
        refused = await bo.send(read, "/approve")
        assert (refused.status, "Somebody else has just moved this appeal" in refused.text) == (409, True)
        assert "Upheld" in (await bo.send(await bo.open(f"/console/appeals/{appeal_id}/approval"), "/approve")).text
