"""J5 in Chromium, each before their own screen: person, member's clerk, two officers, who was told, and auditor."""

import json

import pytest
from playwright.async_api import FilePayload

from registry.domain.staff import Role
from registry.services.appeals.answering import STATEMENT
from tests.browser.people import Player, Stage
from tests.browser.photos import photo
from tests.browser.scenes import SAID, audits, contests
from tests.hearing import Hall
from tests.journeys.courthouse import catch_up, restrict
from tests.reporting import Desk
from tests.subjecting import identifiers

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
JOURNEY = "J5"
CONTACTS = ("phone", "email")
ANSWER = "The label of a generator was there."
FIRST, SECOND = "The label was there.", "The carrier's scan shows the box open before delivery."


async def test_two_officers_overturn_a_record_and_nobody_goes_on_using_it(stage: Stage) -> None:
    alpha, beta = await stage.place.town.desk("优品商城"), await stage.place.town.desk("Beta")
    record = await stage.place.active(alpha, identifiers=identifiers(*CONTACTS))
    await catch_up(stage.place)
    await restrict(stage.place, beta)
    person = await stage.comes_in(*CONTACTS)
    await person.see("优品商城 报告", "满分 1,000 分", picture="records")
    await contests(person)
    assert await told(stage.place, beta) == (0, "none", True)
    maker = await stage.signs_in("lin.wei", Role.OFFICER, Role.REVIEWER)
    await claims(maker)
    clerk = await stage.signs_in("chen.jie", Role.MEMBER, member=alpha)
    await answers(clerk, alpha)
    await drafts(maker)
    approver = await stage.signs_in("bo.sun", Role.REVIEWER)
    await is_overtaken(approver, person)
    await drafts_anew(maker)
    await sees_who_looked(person)
    await approves(approver)
    assert await told(stage.place, beta) == (0, "none", False)
    await hears_of_it(person, clerk)
    await lifts(await stage.signs_in("yu.han", Role.MEMBER, member=beta), person)
    await audits(stage, record, "appeal.approved", "recall.acknowledge", "outcome.lift")


async def told(place: Hall, beta: Desk) -> tuple[int, str, bool]:
    """Ask as another member's systems do."""
    await catch_up(place)
    answer = await beta.query(*CONTACTS, claim=2)
    return answer["score"], answer["band"], answer["under_dispute"]


async def claims(maker: Player) -> None:
    """Take the case from the queue, and read it."""
    await maker.follow("See what nobody has claimed")
    await maker.see("Filed by 优品商城", "The damage was real.", picture="queue")
    await maker.press("Claim")
    await maker.see("Held by lin.wei")
    await maker.follow("damage", 0)
    await maker.see(SAID, "No answer yet.", "Waits for the member", picture="case")


async def answers(clerk: Player, alpha: Desk) -> None:
    """Say what the member answers, let the key sign it where it is, and send it."""
    await clerk.follow("Answer appeals")
    await clerk.follow("RMA-2026-000123")
    await clerk.tick("The report is accurate as it stands.")
    await clerk.write("Why", ANSWER)
    await clerk.press("Write it down")
    await clerk.look()
    said = json.loads(await clerk.page.locator("#answer pre").first.inner_text())
    await clerk.write("Signed answer", alpha.sign(said, typ=STATEMENT))
    await clerk.see("2. Sign it", picture="answer")
    await clerk.press("Send the answer")
    await clerk.see("A reviewer is examining it", ANSWER)


async def drafts(maker: Player) -> None:
    """Decide that the record stands."""
    await maker.page.reload()
    await maker.see(ANSWER, "Signed by the member")
    await maker.follow("Decide")
    await maker.tick("Uphold the record")
    await maker.write("Reasons", FIRST)
    await maker.press("Show the letter")
    await maker.see("Which record", "是哪一条记录", FIRST, picture="letter")
    await maker.look()
    await maker.press("Put forward: Uphold the record")
    await maker.see("Waits for a second person", "Draft of lin.wei")


async def is_overtaken(approver: Player, person: Player) -> None:
    """Read the draft; while it is read the person adds a photo, and it cannot be confirmed any more."""
    await approver.follow("Second person")
    await approver.follow("damage")
    await approver.follow("Read the draft as second person")
    await approver.see("lin.wei", FIRST, picture="draft")
    await person.follow("添加照片或文件")
    file = FilePayload(name="IMG_1.PNG", mimeType="image/png", buffer=photo(90))
    await person.page.get_by_label("照片或文件").set_input_files(file)
    await person.press("添加")
    await person.see("照片", picture="photo")
    await approver.press("Confirm: Uphold the record")
    await approver.see("The evidence has changed since this was written.", picture="overtaken")
    await approver.look()


async def drafts_anew(maker: Player) -> None:
    """Look at what is new, decide on it, and find that one may not confirm it oneself."""
    await maker.page.reload()
    await maker.see("The evidence has changed, so the draft is void.", picture="void")
    await maker.follow("Look at it")
    await maker.press("Reveal")
    await maker.see("Put forward", "image/png", picture="evidence")
    assert await maker.page.locator("figure img").evaluate("one => one.naturalWidth") == 64
    await maker.follow("damage")
    await maker.follow("Decide")
    await maker.tick("Overturn the record")
    await maker.write("Reasons", SECOND)
    await maker.unfold("If the record is overturned")
    await maker.tick("The member filed a false report")
    await maker.press("Show the letter")
    await maker.press("Put forward: Overturn the record")
    await maker.see("Waits for a second person")
    await maker.open(f"{maker.page.url.removeprefix(maker.window.origin).partition('#')[0]}/approval")
    await maker.see("Whoever decided or entered it may not confirm it.", picture="own-draft")


async def sees_who_looked(person: Player) -> None:
    """Find the look at the photo among all looks, however many pages back."""
    await person.follow("谁查过我")
    while "打开了申诉中的文件" not in await person.page.inner_text("body"):
        await person.follow("下一页")
    await person.see("登记处", picture="looks")


async def approves(approver: Player) -> None:
    """Confirm what another person decided."""
    await approver.follow("Appeals")
    await approver.follow("Second person")
    await approver.follow("damage")
    await approver.follow("Read the draft as second person")
    await approver.see("The member filed a false report", SECOND, picture="draft-anew")
    await approver.press("Confirm: Overturn the record")
    await approver.see("It was decided: Overturned", "Everybody was told", picture="decided")


async def hears_of_it(person: Player, clerk: Player) -> None:
    """Read the decision on either side."""
    await person.follow("申诉")
    await person.follow("优品商城")
    await person.see("记录已撤销")
    await person.follow("阅读", -1)
    await person.see(SECOND, "Beta现在必须解除", picture="letter")
    await person.follow("记录")
    await person.see("没有对您不利的计分。", picture="records-after")
    await clerk.page.reload()
    await clerk.see("The record has been removed.")
    await clerk.follow("Overview")
    await clerk.see("A report that you knew to be false", picture="conduct")


async def lifts(reader: Player, person: Player) -> None:
    """Take note of the recall and lift what rested on the record, while the person watches."""
    await person.follow("谁查过我")
    await person.follow("变更通知了谁")
    await person.see("该成员现在必须解除", "每项申请由人工审核", "尚未完成", picture="must-lift")
    await reader.follow("See recalls")
    await reader.follow("Removed")
    await reader.see("Overturned on appeal", "Human review of each claim", picture="recall")
    await reader.press("We have lifted it")
    await reader.press("We have acted on it")
    await reader.see("lifted", "Acknowledged at")
    await person.page.reload()
    await person.see("该成员已经解除", "已完成", picture="lifted")
