"""Every list asks the database as often for many rows as for few; and every page that may be a list is known."""

from pathlib import Path

import pytest

from tests.browsing import Browser
from tests.counting import queries
from tests.crowding import Crowd, gathered
from tests.databases import ScratchDatabase
from tests.lists import EVERYBODY, members, operators
from tests.sitemap import PAGES, page_of

FEW, MANY = 60, 1_500
# How often each list asks: who is signed in, the trace of the look, and what it shows.
PINNED: dict[str, set[int]] = {
    "GET /console/account": {8},
    "GET /console/appeals": {7},
    "GET /console/appeals/{appeal_id}": {22},
    "GET /console/audit": {6, 7},
    "GET /console/audit/exports": {9, 12},
    "GET /console/audit/lenses": {4},
    "GET /console/audit/looks": {10},
    "GET /console/audit/samples": {6},
    "GET /console/audit/samples/{sample_id}": {8},
    "GET /console/member": {10},
    "GET /console/member/appeals": {5},
    "GET /console/member/appeals/{appeal_id}": {11},
    "GET /console/member/go-live": {3},
    "GET /console/member/keys": {3},
    "GET /console/member/quota": {4},
    "GET /console/member/recalls": {4},
    "GET /console/member/reports": {4},
    "GET /console/member/reports/{report_id}": {6},
    "GET /console/member/webhooks": {3},
    "GET /console/member/webhooks/{endpoint_id}": {4},
    "GET /console/operator": {8},
    "GET /console/operator/admissions": {3},
    "GET /console/operator/epochs": {1},
    "GET /console/operator/log": {4},
    "GET /console/operator/members": {2},
    "GET /console/staff": {5},
    "GET /console/staff/invite": {2},
    "GET /console/staff/{staff_id}": {5},
    "GET /me/": {8},
    "GET /me/appeals": {6},
    # What there is to prove is read in four statements more.
    "GET /me/changes": {8, 12},
    "GET /me/explain": {5},
    "GET /me/looks": {9},
    "GET /me/protection": {4},
}
# Forms, doors and documents.
NO_LISTS = {
    "GET /console/",
    "GET /console/account/app",
    "GET /console/account/identity",
    "GET /console/audit/reason",
    "GET /console/sign-in",
    "GET /console/sign-in/provider",
    "GET /console/sign-in/provider/back",
    "GET /console/styleguide",
    "GET /me/copy",
    "GET /me/copy/file",
    "GET /me/enter",
    "GET /me/link",
    "GET /me/proof",
    "GET /me/verify",
    "GET /me/ways",
}


@pytest.mark.anyio
async def test_lists_ask_as_often_for_many_rows_as_for_few(database: ScratchDatabase, tmp_path: Path) -> None:
    async with gathered(database, tmp_path, written=60) as crowd:
        await crowd.grow(FEW, members=FEW // 20)
        few = await _asked(crowd)
        await crowd.grow(MANY, members=MANY // 20)
        many = await _asked(crowd)
        await _goes_on(crowd)
    grown = [(*after, before[1]) for after, before in zip(many, few, strict=True) if after[1] != before[1]]
    assert grown == []
    pinned: dict[str, set[int]] = {}
    for address, number in many:
        pinned.setdefault(page_of(address.partition("?")[0]) or address, set()).add(number)
    assert pinned.keys() == PINNED.keys()
    assert {name: numbers for name, numbers in pinned.items() if not numbers <= PINNED[name]} == {}
    assert pinned.keys() | NO_LISTS >= {name for name in PAGES if name.startswith("GET") and "{" not in name}


async def _goes_on(crowd: Crowd) -> None:
    """Follow the lists that are ordered by name to their ends; and count no further than needed."""
    async with operators(crowd) as visit:
        for path in ("/console/operator/members", "/console/staff"):
            names, address = list[str](), path
            while address:
                page = await visit.browser.open(address)
                names += [link for link in page.links if link.startswith(f"{path}/") and len(link) > len(path) + 36]
                address = next((link for link in page.links if f"{path}?start=" in link), "")
            assert len(names) == len(set(names)) > MANY // 20, path
    async with members(crowd) as visit:
        assert (await visit.browser.open("/console/member")).text.count("More than 1,000") == 1


async def _asked(crowd: Crowd) -> list[tuple[str, int]]:
    found = []
    for visiting in EVERYBODY:
        async with visiting(crowd) as visit:
            found += [(address, await _number(visit.browser, address)) for address in visit.lists]
    return found


async def _number(browser: Browser, address: str) -> int:
    with queries() as sent:
        answer = await browser.client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return len(sent)
