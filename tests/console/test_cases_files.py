"""Files in the officers' console: hidden until revealed, each look kept, nothing of them runs in our name."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from registry.domain.staff import Role
from tests.browsing import Browser, signed_in
from tests.console.test_cases import answered, draft
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall

pytestmark = pytest.mark.anyio
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a vase, whole " * 100
PAPER = b"%PDF-1.7 <script>alert(1)</script>" + b" a decision " * 100
LOOKS = "SELECT count(*) AS looks FROM audit.entry WHERE action = 'evidence.look'"


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def add(browser: Browser, appeal_id: str, kind: str, content: bytes) -> httpx.Response:
    """Put a file forward by the form for it."""
    page = await browser.open(f"/console/appeals/{appeal_id}/evidence?kind={kind}")
    form = page.form("/file")
    files = {"file": ("..\\a name.html", content, "text/html")}
    return await browser.client.post(form.action, data=form.fields, files=files)


async def looks(place: Hall) -> int:
    """Count the looks at files that the log holds."""
    return int((await place.town.rows(LOOKS))[0]["looks"])


def files_of(links: list[str]) -> list[str]:
    return [link for link in links if "/files/" in link]


async def test_a_picture_is_hidden_until_it_is_revealed_and_each_look_is_kept(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann, signed_in(place.town.api, Role.OFFICER) as bo:
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        for content in (PICTURE, PICTURE + b"!"):
            assert (await add(ann, appeal_id, "photo", content)).status_code == 303
        one, _ = files_of((await ann.open(f"/console/appeals/{appeal_id}")).links)
        hidden = await ann.open(one)
        assert "/bytes" not in hidden.answer.text
        beside = await ann.open(next(link for link in hidden.links if "beside=" in link))
        assert await looks(place) == 0
        shown = await ann.open(f"{beside.answer.url}&reveal=true")
        assert shown.answer.text.count('/bytes" alt=') == 2
        answer = await ann.client.get(f"{one}/bytes")
        assert (answer.content, await looks(place)) == (PICTURE, 1)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].startswith("inline")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert files_of((await bo.open(f"/console/appeals/{appeal_id}")).links) == []
        for address in (one, f"{one}/bytes"):
            assert (await bo.open(address)).status == 403
        assert await looks(place) == 1
        # Whoever opens a viewer that is not theirs is seen, as is whoever asks for the bytes.
        denials = await place.town.rows("SELECT id FROM audit.entry WHERE action = 'access.denied'")
        assert len(denials) == 2


async def test_what_is_no_plain_picture_is_handed_out_and_never_drawn(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann:
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        await add(ann, appeal_id, "decision", PAPER)
        (one,) = files_of((await ann.open(f"/console/appeals/{appeal_id}")).links)
        page = await ann.open(one)
        assert '<img src="/console/' not in page.answer.text
        answer = await ann.client.get(next(link for link in page.links if link.endswith("/bytes")))
        assert (answer.content, answer.headers["content-type"]) == (PAPER, "application/pdf")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "a name" not in answer.headers["content-disposition"]


async def test_a_file_put_forward_voids_the_draft_and_is_what_it_says(place: Hall) -> None:
    appeal_id = await answered(place)
    async with signed_in(place.town.api, Role.OFFICER) as ann:
        unheld = await ann.open(f"/console/appeals/{appeal_id}/evidence")
        assert unheld.status == 403
        await ann.send(await ann.open(f"/console/appeals/{appeal_id}"), "/claim")
        assert "/evidence?kind=decision" in " ".join((await ann.open(f"/console/appeals/{appeal_id}/evidence")).links)
        await draft(ann, appeal_id)
        assert (await add(ann, appeal_id, "document", PAPER)).status_code == 303
        case = await ann.open(f"/console/appeals/{appeal_id}")
        assert "the draft is void" in case.text
        assert hashlib.sha256(PAPER).hexdigest() in case.answer.text
        form = await ann.open(f"/console/appeals/{appeal_id}/draft")
        assert form.form("/draft").fields["reasons"]
        refused = await add(ann, appeal_id, "photo", b"<html>not a photo</html>")
        assert (refused.status_code, "Files of this type are not taken." in refused.text) == (422, True)
