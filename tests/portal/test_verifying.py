"""A letter that somebody was given: genuine as a file or by its code, and nothing else is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browsing import Browser, Page, browsing
from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.subjecting import identifiers, person, served

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def sent(browser: Browser, content: bytes = b"", code: str = "") -> Page:
    """Send a file or a code to be checked."""
    form = (await browser.open("/me/verify")).form("/verify")
    files = {"file": ("letter", content)} if content else None
    return Page(await browser.client.post(form.action, data=form.fields | {"code": code}, files=files))


async def test_a_letter_is_genuine_as_it_was_written_and_in_no_other_form(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers("phone", "email"))
    await served(place, report_id)
    who = await person(place, "phone", "email")
    appeal_id = (await who.post("appeals", {"report_id": report_id, "grounds": ["G05"]})).json()["appeal_id"]
    letter = (await who.get(f"appeals/{appeal_id}")).json()["letters"][0]
    path = f"appeals/{appeal_id}/letters/{letter['letter_id']}"
    page, drawn = (await who.get(f"{path}/html")).content, (await who.get(f"{path}/pdf")).content
    async with browsing(place.api) as browser:
        empty = await sent(browser)
        assert (empty.status, "This is needed." in empty.text) == (422, True)
        for good in (page, drawn):
            assert "This letter is genuine" in (await sent(browser, good)).text
        assert "This letter is genuine" in (await sent(browser, code=letter["sha256"])).text
        changed = (page.replace(b"2026", b"2025", 1), drawn + b" ", drawn.replace(b"/ID", b"/IE"), b"%PDF-1.7", b"x")
        for bad in changed:
            answer = await sent(browser, bad)
            assert "This is not a letter of this registry" in answer.text
            assert "Alpha" not in answer.text
        assert (await sent(browser, code="zz")).status == 422
        # The genuine PDF had to be drawn, and counts like the five.
        for number in range(24):
            await sent(browser, code=f"{number:064x}")
        assert (await sent(browser, code=letter["sha256"])).status == 429
    rows = await place.rows("SELECT outcome FROM audit.entry WHERE action = 'letter.check'")
    assert {row["outcome"] for row in rows} == {"known", "unknown"}


async def test_guessing_is_slowed_down(place: Town) -> None:
    async with browsing(place.api) as browser:
        form = (await browser.open("/me/verify")).form("/verify")
        guesses = [form.fields | {"code": f"{number:064x}"} for number in range(31)]
        told = [(await browser.client.post(form.action, data=guess)).status_code for guess in guesses]
    assert told == [200] * 30 + [429]
