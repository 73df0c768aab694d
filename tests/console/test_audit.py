"""The auditors' pages: a reason first, each look in the log, what others wrote shown as text."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from registry.domain.lenses import MEANINGS, Lens
from registry.domain.staff import Role
from tests.api.auditor import UNKNOWN
from tests.browsing import signed_in
from tests.console.auditors import REASON, Desk, at_desk
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.questions import NOW
from tests.running import log_seed

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

    async with signed_in(desk.asker.api, Role.AUDITOR) as other:
        other.client.cookies.set("__Host-audit", desk.browser.client.cookies["__Host-audit"], domain="registry.test")
        assert (await other.open("/console/audit")).answer.url.path == "/console/audit/reason"


async def test_a_search_finds_and_narrows_and_is_kept(desk: Desk) -> None:
    begin = await desk.open("")
    assert begin.form("/audit").method == "get"
    found = await desk.open("?type=query&member=&action=&since=2026-01-01T00:00")
    assert "score.query" in found.text
    assert any("action=score.query" in link for link in found.links)
    unkept = await desk.send(found, "/saved", name="about 13800138000")
    assert unkept.status == 422
    assert "The search was not kept." in unkept.text
    kept = await desk.send(found, "/saved", name="Questions", shared="true")
    assert "Questions" in kept.text
    (link,) = (one for one in kept.links if "type=query" in one)
    assert "score.query" in (await desk.browser.open(link)).text
    assert "Questions" not in (await desk.send(kept, "/saved/take-back")).text
    assert await desk.traces("audit.save_search") == 2


async def test_a_wrong_condition_is_named_at_its_field(desk: Desk) -> None:
    ends = ("since=0001-01-01T00:00%2B14:00", "until=9999-12-31T23:59-14:00")
    for query in ("since=yesterday", "action=13800138000", "subjects=zz", "member=me", "until=2026-13-01T00:00", *ends):
        page = await desk.open(f"?{query}")
        assert page.status == 422, query
        assert 'aria-invalid="true"' in page.answer.text, query
    assert await desk.traces("audit.search") == 0


async def test_an_entry_is_opened_with_its_proof(desk: Desk) -> None:
    entry = await desk.entry("score.query")
    page = await desk.open(f"/entries/{entry}")
    for said in ("Query", "Alpha", "OK", "We followed them just now", "score.query"):
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


async def test_every_lens_is_drawn_with_its_table_and_its_limits(desk: Desk) -> None:
    overview = await desk.open("/lenses")
    assert await desk.traces("audit.lenses") == 1
    for lens in Lens:
        assert f"/console/audit/lenses/{lens}" in overview.links
        page = await desk.open(f"/lenses/{lens}?days=1")
        assert page.status == 200, page.text
        assert MEANINGS[lens].text in page.text
    assert await desk.traces("audit.lens") == len(Lens)
    during = f"since={NOW - timedelta(hours=2):%Y-%m-%dT%H:%MZ}&until={NOW + timedelta(hours=2):%Y-%m-%dT%H:%MZ}"
    drawn = (await desk.open(f"/lenses/query_rate?{during}")).answer.text
    assert drawn.count('role="img"') == 2
    assert "<polyline" in drawn
    assert "<desc" in drawn
    assert '<circle class="mark"' in (await desk.open(f"/lenses/off_hours?{during}")).answer.text
    assert (await desk.open("/lenses/off_hours?since=2020-01-01T00:00")).status == 422


async def test_a_sample_is_drawn_gone_through_and_signed_off(desk: Desk) -> None:
    drawn = await desk.send(await desk.open("/samples?action=score.query"), "/samples", size="3", seed="ab" * 32)
    assert "ab" * 32 in drawn.text
    assert "It is signed off when every item has a finding." in drawn.text
    (item,) = {link for link in drawn.links if "/items/" in link}
    page = await desk.browser.open(item)
    assert "score.query" in page.text
    assert (await desk.send(page, "/items/0", finding="fine")).status == 422
    judged = await desk.send(page, "/items/0", finding="excessive", note="three too many")
    assert "three too many" in judged.text
    signed = await desk.send(judged, "/sign-off", note="One to object to.")
    assert "One to object to." in signed.text
    assert "Nothing is added to it." in (await desk.browser.open(item)).text
    assert "Signed off" in (await desk.open("/samples")).text
    for action in ("audit.sample", "audit.judge", "audit.sign_off"):
        assert await desk.traces(action) == 1, action


async def test_whoever_goes_through_a_sample_is_led_from_item_to_item(desk: Desk) -> None:
    drawn = await desk.send(await desk.open("/samples"), "/samples", size="2")
    page = await desk.browser.open(next(link for link in drawn.links if "/items/" in link))
    second = await desk.send(page, "/items/0", finding="in_order")
    assert second.answer.url.path.endswith("/items/1")
    done = await desk.send(second, "/items/1", finding="in_order")
    assert "/items/" not in done.answer.url.path


async def test_who_looked_at_a_person_is_listed_without_the_clerk(desk: Desk) -> None:
    page = await desk.open(f"/entries/{await desk.entry('score.query')}")
    (link,) = (one for one in page.links if "/looks?" in one)
    looks = await desk.browser.open(link)
    assert "Alpha" in looks.text
    assert "An open claim" in looks.text
    assert page.text.count("Tag of who acted") == 1
    assert "Tag of who acted" not in looks.text
    assert await desk.traces("audit.looks") == 1
    assert (await desk.open("/looks?subjects=abc")).status == 422
    assert "Nobody has looked" in (await desk.open(f"/looks?subjects={'0' * 64}")).text


async def test_an_export_is_taken_and_stands_in_the_list(desk: Desk) -> None:
    page = await desk.open("/exports?action=score.query")
    assert "Entries found: 1" in page.text
    form = page.form("/exports").fields | {"action": "score.query", "format": "csv"}
    taken = await desk.export(action="score.query", format="csv")
    taken.verify(seed=log_seed(desk.asker.api))
    assert [row.index for row in taken.rows]
    again = await desk.open("/exports")
    assert taken.manifest.export_id.hex in again.answer.text.replace("-", "")
    assert "whole" in again.text
    wrong = await desk.browser.client.post(
        "/console/audit/exports", data=form | {"member": "me"}, follow_redirects=True
    )
    assert wrong.status_code == 422
    assert await desk.traces("audit.export") == 1


async def test_what_others_wrote_is_text_on_every_page_and_no_formula_in_a_spreadsheet(desk: Desk) -> None:
    script, formula = "<script>alert(1)</script>", '=HYPERLINK("x")'
    page = await desk.open("/reason")
    await desk.send(page, "/reason", purpose="Q5", reason=f"{formula} {script}")
    await desk.seal()
    drawn = await desk.send(await desk.open("/samples"), "/samples", size="100")
    entry = await desk.entry("audit.sample")
    for address in ("?type=", f"/entries/{entry}", "/samples", "/exports", "/lenses/reads_without_acts", "/looks"):
        shown = (await desk.open(address)).answer.text
        assert script not in shown, address
        assert "&lt;script&gt;" in shown, address
    assert script not in drawn.answer.text
    taken = await desk.export(format="csv")
    rows = [one for path, one in taken.files.items() if path.startswith("rows/")]
    fields = [field for row in rows for line in csv.reader(io.StringIO(row.decode(), newline="")) for field in line]
    assert any(formula[1:] in field.replace('\\"', '"') for field in fields)
    assert not [field for field in fields if field[:1] in {"=", "+", "-", "@", "\t", "\r"}]


async def test_a_log_that_was_tampered_with_is_shown_as_such(desk: Desk, database: ScratchDatabase) -> None:
    entry = await desk.entry("score.query")
    async with superuser(database) as connection:
        await connection.execute("CREATE TEMPORARY TABLE kept_entry AS SELECT id, sealed_content FROM audit.entry")
        await connection.execute("CREATE TEMPORARY TABLE kept_leaf AS SELECT * FROM audit.leaf")
        await connection.execute("UPDATE audit.entry SET sealed_content = $2 WHERE id = $1", UUID(entry), bytes(60))
        await connection.execute("UPDATE audit.leaf SET hash = $2 WHERE entry_id = $1", UUID(entry), bytes(32))
        page = await desk.open(f"/entries/{entry}")
        assert "Mismatch" in page.text
        checked = await desk.send(page, "/verify")
        for said in ("not as it was signed", "A detail is not what the entry", "changed after it was sealed"):
            assert said in checked.text, said
        assert f"/console/audit/entries/{entry}" in checked.links
        await connection.execute("DELETE FROM audit.leaf WHERE entry_id <> $1", UUID(entry))
        assert "hashes that lead to it are gone" in (await desk.open(f"/entries/{entry}")).text
        # What the log holds is checked again when the test ends.
        await connection.execute("DELETE FROM audit.leaf")
        await connection.execute("INSERT INTO audit.leaf SELECT * FROM kept_leaf")
        restored = "UPDATE audit.entry SET sealed_content = kept.sealed_content FROM kept_entry AS kept"
        await connection.execute(f"{restored} WHERE kept.id = entry.id")
