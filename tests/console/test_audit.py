"""The auditors' pages: a reason first, each look in the log, what others wrote shown as text."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.auditor import UNKNOWN
from tests.console.auditors import REASON, Desk, at_desk, statements
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_desk(database, tmp_path) as ready:
        yield ready


async def test_a_reason_is_asked_for_once_and_leads_to_what_was_wanted(desk: Desk) -> None:
    desk.browser.client.cookies.delete("__Host-audit")
    asked = await desk.open("?action=score.query")
    assert asked.answer.url.path == "/console/audit/reason"
    assert await desk.traces("audit.search") == 0
    wrong = await desk.send(asked, "/reason", purpose="Q1", reason="")
    assert wrong.status == 422
    assert "This is needed." in wrong.text
    found = await desk.send(wrong, "/reason", **REASON)
    assert str(found.answer.url).endswith("/console/audit?action=score.query")
    assert "The yearly round." in found.text
    assert await desk.traces("audit.search") == 1


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/console/auditx", "/console/audit\\x"]
)
async def test_a_reason_leads_nowhere_else(desk: Desk, elsewhere: str) -> None:
    page = await desk.open("/reason")
    assert (await desk.send(page, "/reason", then=elsewhere, **REASON)).status == 422


async def test_the_reason_of_another_session_does_not_count(desk: Desk) -> None:
    from registry.domain.staff import Role
    from tests.browsing import signed_in  # noqa: PLC0415 - x

    async with signed_in(desk.asker.api, Role.AUDITOR) as other:
        other.client.cookies.set("__Host-audit", desk.browser.client.cookies["__Host-audit"], domain="registry.test")
        assert (await other.open("/console/audit")).answer.url.path == "/console/audit/reason"


async def test_a_search_finds_and_narrows_and_is_kept(desk: Desk) -> None:
    begin = await desk.open("")
    assert begin.form("/audit").method == "get"
    found = await desk.open("?type=query&member=&action=&since=2026-01-01T00:00")
    assert "score.query" in found.text
    assert any("action=score.query" in link for link in found.links)
    kept = await desk.send(found, "/saved", name="Questions", shared="true")
    assert "Questions" in kept.text
    (link,) = (one for one in kept.links if "type=query" in one)
    assert "score.query" in (await desk.browser.open(link)).text
    assert "Questions" not in (await desk.send(kept, "/saved/take-back")).text
    assert await desk.traces("audit.save_search") == 2


async def test_a_wrong_condition_is_named_at_its_field(desk: Desk) -> None:
    for query in ("since=yesterday", "action=13800138000", "subjects=zz", "member=me", "until=2026-13-01T00:00"):
        page = await desk.open(f"?{query}")
        assert page.status == 422, query
        assert 'aria-invalid="true"' in page.answer.text, query
    assert await desk.traces("audit.search") == 0


async def test_an_entry_is_opened_with_its_proof(desk: Desk) -> None:
    entry = await desk.entry("score.query")
    page = await desk.open(f"/entries/{entry}")
    for said in ("Question", "Alpha", "OK", "We followed them just now", "score.query"):
        assert said in page.text, said
    proof = await desk.browser.client.get(f"/console/audit/entries/{entry}/proof")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1")
    assert proof.headers["content-disposition"] == f'attachment; filename="{entry}.tlog-proof"'
    assert await desk.traces("audit.open") == 2
    assert (await desk.open(f"/entries/{UNKNOWN}")).status == 404


async def test_the_newest_part_of_the_log_is_checked_on_demand(desk: Desk) -> None:
    checked = await desk.send(await desk.open(""), "/verify")
    assert "All that was checked is as it was signed." in checked.text
    assert await desk.traces("audit.verify") == 1


async def test_a_list_takes_the_same_statements_however_long_it_is(desk: Desk) -> None:
    await desk.open("?type=")
    with statements() as few:
        await desk.open("?type=")
    for _ in range(5):
        await desk.open("?type=query")
    with statements() as many:
        await desk.open("?type=")
    assert len(few) == len(many)
    print(len(few), few)
