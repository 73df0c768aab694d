"""Passing a case over: it stays in the queue for everybody, and is seen, said or not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.domain.appeal_skips import SkipReason
from registry.domain.staff import Role
from tests.browsing import Browser, Page, signed_in
from tests.console.test_cases import answered
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall

pytestmark = pytest.mark.anyio
QUEUE = "/console/appeals?tab=unclaimed"


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def traces(place: Hall, action: str) -> int:
    """Count the entries of an action."""
    found = await place.town.rows(f"SELECT id FROM audit.entry WHERE action = '{action}'")  # noqa: S608 - our own words
    return len(found)


async def claim(browser: Browser, appeal_id: str) -> None:
    page = await browser.send(await browser.open(QUEUE), f"/{appeal_id}/claim")
    assert page.status == 200, page.text


async def test_a_case_that_was_skipped_stays_in_the_queue_and_who_skipped_it_is_seen(place: Hall) -> None:
    first = await answered(place, "Alpha")
    await place.pass_days(1)
    later = await answered(place, "Beta")
    api = place.town.api
    async with signed_in(api, Role.OFFICER) as ann, signed_in(api, Role.REVIEWER) as bo:
        queue = await ann.open(QUEUE)
        assert (await ann.send(queue, f"/{first}/skip", reason="")).status == 422
        skipped = await ann.send(queue, f"/{first}/skip", reason=SkipReason.LANGUAGE)
        assert skipped.answer.url.params["tab"] == "unclaimed"
        assert skipped.text.count("You passed it over:") == 1
        assert "You passed it over:" not in (await bo.open(QUEUE)).text
        # Who said so takes the next one without another word; who said nothing is seen.
        await claim(ann, later)
        assert (await traces(place, "appeal.skip"), await traces(place, "appeal.passed_over")) == (1, 0)
        await ann.send(await ann.open("/console/appeals?tab=mine"), f"/{later}/release")
        await claim(bo, later)
        assert await traces(place, "appeal.passed_over") == 1
        held = await bo.send(await bo.open(f"/console/appeals/{first}"), "/skip", reason=SkipReason.NO_TIME)
        assert held.status == 200
        await claim(bo, first)
        assert await traces(place, "appeal.passed_over") == 1
        over = await ann.client.post(f"/console/appeals/{first}/skip", data=_form(await ann.open(QUEUE)))
        assert over.status_code == 409


def _form(page: Page) -> dict[str, str]:
    csrf = next(form.fields["csrf"] for form in page.forms if "csrf" in form.fields)
    return {"csrf": csrf, "reason": SkipReason.LANGUAGE}


async def test_the_json_twin_skips_too_and_takes_a_reason_of_the_list_only(place: Hall) -> None:
    appeal_id = await answered(place)
    officer, panel = await place.colleague(Role.OFFICER), await place.colleague(Role.PANEL)
    done = await officer.does(appeal_id, "skip", reason="knowledge")
    assert (done["holder"], done["state"]) == (None, "in_review")
    assert (await officer.do(appeal_id, "skip", reason="dislike")).status_code == 422
    assert (await panel.do(appeal_id, "skip", reason="language")).status_code == 403
    await officer.does(appeal_id, "claim")
    late = await officer.do(appeal_id, "skip", reason="language")
    assert (late.status_code, late.json()["code"]) == (409, "appeal_claimed")
