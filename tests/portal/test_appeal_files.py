"""What a person finds of the files of an appeal: to fetch, or why not; and letters that are told apart by ear."""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browsing import Browser, Page, proved
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall
from tests.portal.test_appeals import CONTACTS, PHOTO, lodged
from tests.subjecting import identifiers, person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


def announced(content: bytes) -> dict[str, object]:
    """Announce a photo that is not sent yet."""
    digest = hashlib.sha256(content).hexdigest()
    return {"evidence": [{"sha256": digest, "kind": "photo", "bytes": len(content), "media_type": "image/jpeg"}]}


async def send(browser: Browser, path: str, content: bytes) -> None:
    """Send a photo from the phone."""
    page = await browser.open(f"{path}/add")
    files = {"file": ("IMG_1.jpg", content, "image/jpeg")}
    answer = await browser.client.post(f"{path}/file", data=page.form("/file").fields, files=files)
    assert answer.status_code == 303, answer.text


def fetched(page: Page) -> list[str]:
    return [link for link in page.links if link.endswith("/file")]


async def test_what_was_announced_and_not_sent_says_so_and_how_to_send_it(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    async with proved(place.town, *CONTACTS) as browser:
        path = await lodged(browser, report_id)
        appeal_id = path.rpartition("/")[2]
        me = await person(place.town, *CONTACTS)
        assert (await me.post(f"appeals/{appeal_id}:add-evidence", announced(PHOTO))).status_code == 200
        theirs = await alpha.post(f"/v1/appeals/{appeal_id}:add-evidence", announced(PHOTO + b"!"))
        assert theirs.status_code == 200, theirs.text
        page = await browser.open(path)
        assert page.text.count("Announced, not sent.") == 2
        # One's own can be sent; the platform's only by the platform.
        assert (fetched(page), page.text.count("Send the file")) == ([], 1)
        await send(browser, path, PHOTO)
        sent = await browser.open(path)
        assert (len(fetched(sent)), sent.text.count("Announced, not sent.")) == (1, 1)
        assert (await browser.client.get(fetched(sent)[0])).content == PHOTO
        await browser.send(sent, "/withdraw")
        over = await browser.open(path)
        assert "Send the file" not in over.text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_no_two_letters_are_read_by_the_same_name(place: Hall, language: str) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    async with proved(place.town, *CONTACTS) as browser:
        path = await lodged(browser, report_id)
        page = await browser.open(f"{path}?lang={language}")
    names = re.findall(r'<a href="[^"]*/letters/[^>]*aria-label="([^"]+)"', page.answer.text)
    assert len(names) >= 4
    assert len(set(names)) == len(names), names
