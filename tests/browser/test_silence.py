"""J6 in Chromium: a member keeps silent; its clerk is reminded, the record goes, and everybody sees that it went."""

import pytest

from registry.domain.staff import Role
from registry.services.appeals.answering import STATEMENT
from tests.browser.people import Player, Stage
from tests.browser.scenes import audits, contests
from tests.hearing import Hall
from tests.journeys.courthouse import catch_up
from tests.reporting import Desk
from tests.subjecting import identifiers

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
JOURNEY = "J6"
CONTACTS = ("phone", "email")


async def test_a_record_whose_member_keeps_silent_is_withdrawn_and_everybody_sees_it(stage: Stage) -> None:
    alpha, beta = await stage.place.town.desk("优品商城"), await stage.place.town.desk("Beta")
    assert (await alpha.post("/v1/webhooks", {"url": "http://alpha.test/hook", "events": []})).status_code == 201
    record = await stage.place.active(alpha, identifiers=identifiers(*CONTACTS))
    await catch_up(stage.place)
    assert (await beta.query(*CONTACTS))["score"] > 0
    person = await stage.comes_in(*CONTACTS)
    appeal_id = await contests(person)
    officer = await stage.signs_in("lin.wei", Role.OFFICER)
    await waits(officer)
    clerk = await stage.signs_in("chen.jie", Role.MEMBER, member=alpha)
    await is_reminded(clerk, stage.place)
    await stage.place.pass_days(2)
    await is_gone(person)
    await comes_too_late(clerk, alpha, appeal_id)
    await officer.page.reload()
    await officer.see("It was decided: Withdrawn", "The member did not answer in time", picture="case-after")
    await catch_up(stage.place)
    answer = await beta.query(*CONTACTS, claim=2)
    assert (answer["score"], answer["band"], answer["under_dispute"]) == (0, "none", False)
    await takes_note(await stage.signs_in("yu.han", Role.MEMBER, member=beta))
    await audits(stage, record, "appeal.unanswered", "recall.emit")


async def waits(officer: Player) -> None:
    """Find the case among those that wait for others."""
    await officer.follow("Awaiting others")
    await officer.see("Filed by 优品商城", "Member's answer", "days left", picture="queue")
    await officer.follow("damage")
    await officer.see("No answer yet.", "Nobody holds it.")


async def is_reminded(clerk: Player, place: Hall) -> None:
    """Look at what is due, and do nothing about it for nine days, a day at a time."""
    await clerk.see("Appeals with an answer due", "The first is due:", picture="due")
    await clerk.follow("Answer appeals")
    await clerk.follow("RMA-2026-000123")
    for _ in range(9):
        await place.pass_days(1)
    await clerk.page.reload()
    await clerk.see("Letters to you", "Reminder", picture="reminded")
    await clerk.follow("Webhooks")
    await clerk.follow("http://alpha.test/hook")
    await clerk.see("An answer to an appeal is due soon", picture="webhooks")
    await clerk.follow("Appeals")
    await clerk.follow("RMA-2026-000123")
    await clerk.see("Your answer is awaited")


async def is_gone(person: Player) -> None:
    """Read that the record counts for nothing any more."""
    await person.page.reload()
    await person.see("记录已撤回", picture="withdrawn")
    await person.follow("阅读", -1)
    await person.see("优品商城", picture="letter")
    await person.follow("记录")
    await person.see("已撤回", "没有对您不利的计分。", picture="records-after")
    await person.follow("谁查过我")
    await person.follow("变更通知了谁")
    await person.see("Beta", "记录已不存在", picture="told")


async def comes_too_late(clerk: Player, alpha: Desk, appeal_id: str) -> None:
    """Answer from a page that was left open, and see what has become of it."""
    said = {"appeal_id": appeal_id, "answer": "accurate", "text": "The label was there."}
    await clerk.write("Signed answer", alpha.sign(said, typ=STATEMENT))
    await clerk.press("Send the answer")
    await clerk.see("The appeal cannot take this step from its state.", picture="late")
    await clerk.see("The record has been taken back.")
    await clerk.look()
    await clerk.follow("The report")
    await clerk.see("An appeal was not answered in time", picture="report")
    await clerk.follow("Overview")
    await clerk.see("Nobody waits for an answer of yours.")
    await clerk.see("An appeal that you did not answer in time", picture="conduct")


async def takes_note(reader: Player) -> None:
    """Take note of the recall."""
    await reader.follow("See recalls")
    await reader.see("An appeal was not answered in time")
    await reader.follow("Removed")
    await reader.see("Nothing that you told the registry of rests on this record.", picture="recall")
    await reader.press("We have acted on it")
    await reader.follow("Recalls")
    await reader.see("You have acknowledged all of them.")
