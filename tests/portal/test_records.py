"""One's own pages: what each record says, the same page for who has none, light, escaped, and of few questions."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.browsing import Browser, Page, proved
from tests.counting import queries
from tests.databases import ScratchDatabase
from tests.reporting import Desk, Town, town
from tests.subjecting import identifiers

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email")
PLANTED = "<script>alert(1)</script> The picture was used before."
HEAVIEST = 100_000
# With which a claim reference may end.
CLAIMS = "AEIMQUYcgkosw048"
PAGES = ("", "appeals", "looks", "changes", "explain", "protection", "copy", "enter", "ways", "verify", "link")
# Asked of the database by each page, whatever there is to show.
ASKED = {"": 8, "looks": 5, "changes": 8, "explain": 5, "appeals": 6, "protection": 4}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def filed(place: Town, alpha: Desk, count: int, *, number: int = 1) -> list[str]:
    """File records of one person, and let them count."""
    who = identifiers(*CONTACTS, number=number)
    ids = [
        await alpha.filed(reference=f"RMA-{number}-{one}", claim_ref=claim * 43, identifiers=who, facts=(PLANTED,))
        for one, claim in enumerate(CLAIMS[-count:] if number == 1 else CLAIMS[:count])
    ]
    for report_id in ids:
        await place.serve(report_id, "email", number=number)
    await place.pass_days(7)
    return ids


class Outline(HTMLParser):
    """The shape of a page: its headings and regions outside what is listed."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.tags: list[str] = []
        listed = re.compile(r'<article class="card record".*?</article>|<div class="empty">.*?</div>', re.DOTALL)
        self.feed(listed.sub("", page.answer.text))

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag in {"main", "h1", "h2", "section", "details", "form", "nav", "dl"}:
            self.tags.append(tag)


async def test_each_record_says_who_what_when_until_and_what_can_be_done(place: Town) -> None:
    (report_id,) = await filed(place, await place.desk("Alpha"), 1)
    async with proved(place, *CONTACTS) as browser:
        page = await browser.open("/me/")
        for said in (
            "Alpha has reported: AI-generated damage image or video",
            "2028, and is then deleted.",
            "A label of where a picture comes from",
            "The picture was used before.",
            "2026",
            "1,280.00",
            "It stands, and it counts",
            "of 1,000 points",
            "What the registry does not hold",
            "A registry hit alone never suffices",
            report_id,
        ):
            assert said in page.text, said
        assert {f"/me/records/{report_id}/appeal", f"/me/records/{report_id}/statement"} <= set(page.links)


async def test_what_members_wrote_is_never_code(place: Town) -> None:
    await filed(place, await place.desk("<b>Alpha</b>"), 1)
    async with proved(place, *CONTACTS) as browser:
        for path in PAGES:
            page = await browser.open(f"/me/{path}")
            assert page.status == 200, path
            assert "<script" not in page.answer.text, path
            assert "<b>Alpha" not in page.answer.text, path
        assert "&lt;script&gt;" in (await browser.open("/me/")).answer.text


async def test_whoever_has_no_record_sees_the_same_page_by_the_same_questions(place: Town) -> None:
    await filed(place, await place.desk("Alpha"), 1)
    async with proved(place, "email") as somebody, proved(place, "email", number=9) as nobody:
        assert Outline(await somebody.open("/me/")).tags == Outline(await nobody.open("/me/")).tags
        assert "Nothing is recorded here." in (await nobody.open("/me/")).text
        for path in ("looks", "changes", "explain", "appeals", "protection"):
            shown = [await browser.client.get(f"/me/{path}") for browser in (somebody, nobody)]
            assert [answer.status_code for answer in shown] == [200, 200], path


async def test_pages_stay_light_and_ask_as_often_for_many_records_as_for_few(place: Town) -> None:
    alpha = await place.desk("Alpha")
    await filed(place, alpha, 12)
    await filed(place, alpha, 1, number=2)
    async with proved(place, *CONTACTS, number=2) as browser:
        assert {path: await _asked(browser, path) for path in ASKED} == ASKED
    async with proved(place, *CONTACTS, language="zh") as browser:
        styles = await _styles(browser)
        for path in PAGES:
            page = await browser.open(f"/me/{path}")
            assert len(page.answer.content) + styles < HEAVIEST, path
        first = await browser.open("/me/")
        assert first.answer.text.count('class="card record"') == 10
        assert "?page=2" in first.links
        assert (await browser.open("/me/?page=2")).answer.text.count('class="card record"') == 2
        asked = {path: await _asked(browser, path) for path in ASKED}
    assert asked == ASKED


async def _styles(browser: Browser) -> int:
    page = await browser.open("/me/enter")
    sheets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.answer.text)
    return sum([len((await browser.client.get(sheet)).content) for sheet in set(sheets)])


async def _asked(browser: Browser, path: str) -> int:
    # The registry's own pulse beats beside; never twice in a row.
    counts = []
    for _ in range(2):
        with queries() as sent:
            await browser.client.get(f"/me/{path}")
        counts.append(len(sent))
    return min(counts)


async def test_a_statement_is_written_replaced_and_taken_back(place: Town) -> None:
    (report_id,) = await filed(place, await place.desk("Alpha"), 1)
    async with proved(place, *CONTACTS) as browser:
        path = f"/me/records/{report_id}/statement"
        page = await browser.open(path)
        assert (await browser.send(page, "/statement", text="", then="put")).status == 422
        shown = await browser.send(page, "/statement", text="It arrived broken.", then="put")
        assert "It arrived broken." in shown.text
        again = await browser.open(path)
        assert again.form("/statement").fields["text"] == "It arrived broken."
        back = await browser.send(again, "/statement", then="take_back")
        assert "It arrived broken." not in back.text


async def test_a_freeze_is_placed_and_lifted_and_others_only_placed(place: Town) -> None:
    async with proved(place, *CONTACTS) as browser:
        page = await browser.open("/me/protection")
        assert (await browser.send(page, "/protection")).status == 422
        frozen = await browser.send(page, "/protection", kind="PV-03")
        taken = await browser.send(frozen, "/protection", kind="PV-01")
        assert "Only an officer of the registry lifts this one" in taken.text
        lifted = await browser.send(taken, "/lift")
        assert "Lift the freeze" not in lifted.text


async def test_who_looked_is_listed_with_a_proof_to_take_away_and_so_is_all_the_rest(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    await filed(place, alpha, 1)
    await beta.query(*CONTACTS)
    async with proved(place, *CONTACTS) as browser, proved(place, "email", number=9) as stranger:
        page = await browser.open("/me/looks")
        assert "Beta" in page.text
        assert "An open after-sales claim" in page.text
        proofs = [link for link in page.links if link.endswith("/proof")]
        entry = (await browser.client.get(proofs[-1])).json()
        assert entry["look_id"] in proofs[-1]
        assert (await stranger.client.get(proofs[-1])).status_code == 404
        copy = await browser.client.get("/me/copy/file")
        assert copy.headers["content-disposition"].startswith("attachment")
        whole = copy.json()
        assert set(whole) == {
            *("appeals", "explanation", "file", "looks", "recalls", "session", "statements", "warnings")
        }
        assert [one["details"]["member"] for one in whole["file"]["records"]] == ["Alpha"]


async def test_whoever_has_repaid_can_ask_that_a_record_end_early(place: Town) -> None:
    alpha = await place.desk("Alpha")
    (report_id,) = await filed(place, alpha, 1)
    async with proved(place, *CONTACTS) as browser:
        assert "Ask that it end early" not in (await browser.open("/me/")).text
        paid = await alpha.post(f"/v1/reports/{report_id}:mark-repaid", {"repaid_on": "2026-11-28"})
        assert paid.status_code == 200, paid.text
        early = await browser.send(await browser.open("/me/"), "/end-early")
        assert (early.status, "Too little of the record's life is over." in early.text) == (409, True)
        await place.pass_days(400)
    async with proved(place, *CONTACTS) as browser:
        asked = await browser.send(await browser.open("/me/"), "/end-early")
        assert "You have asked that the record end early." in asked.text
