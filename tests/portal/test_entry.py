"""The way in: codes at the relay, one contact after another, whoever else may hold what the relay stated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.portal.access import COOKIE
from tests.browsing import prove, proved
from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.subjecting import identifiers, served

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email", "national_id")


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
        wider = await prove(browser, place, "email")
        assert "Alpha has reported" in wider.text
        assert "your e-mail address and your phone number" in wider.text
        left = await browser.send(wider, "/me/leave")
        assert left.answer.url.path == "/me/enter"
        assert COOKIE not in browser.client.cookies
        assert (await browser.open("/me/")).answer.url.path == "/me/enter"
