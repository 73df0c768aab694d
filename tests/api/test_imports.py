"""Many reports in one request: each line by itself, none twice, and a request that broke off goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from registry.api.import_lines import LINE_MOST, Splitter
from registry.domain.quotas import Quota, daily_limit
from tests.databases import ScratchDatabase
from tests.filings import filing
from tests.reporting import Desk, Town, payload, town

pytestmark = pytest.mark.anyio

NDJSON = "application/x-ndjson"


class Broken(Exception):
    """The connection, or the machine, is gone."""


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


@pytest.fixture
async def desk(place: Town) -> Desk:
    return await place.desk("Alpha")


def line(desk: Desk, number: int, **changes: object) -> bytes:
    statement = desk.sign(payload(filing(reference=f"RMA-{number}", **changes)))
    return json.dumps({"statement": statement}).encode() + b"\n"


def lines(desk: Desk, count: int) -> list[bytes]:
    return [line(desk, number) for number in range(count)]


async def send(
    desk: Desk, body: Iterable[bytes] | AsyncIterator[bytes], key: str | None = None, kind: str = NDJSON
) -> httpx.Response:
    headers = await desk.platform.headers() | {"Content-Type": kind, "Idempotency-Key": key or str(uuid4())}
    content = body if isinstance(body, AsyncIterator) else b"".join(body)
    return await desk.api.client.post("/v1/reports:import", content=content, headers=headers)


async def breaking(body: list[bytes], after: int) -> AsyncIterator[bytes]:
    """Send so many lines and then fail, as if the process died."""
    for one in body[:after]:
        yield one
        await asyncio.sleep(0)
    raise Broken


async def test_each_line_is_filed_by_itself(place: Town, desk: Desk) -> None:
    answer = await send(desk, lines(desk, 3))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["lines_done"], told["filed"], told["next_cursor"]) == ("finished", 3, 3, None)
    assert [(one["line"], one["result"]) for one in told["lines"]] == [(0, "filed"), (1, "filed"), (2, "filed")]
    filed = (await desk.get("/v1/reports")).json()["reports"]
    assert {one["report_id"] for one in filed} == {one["report_id"] for one in told["lines"]}
    assert await place.outcomes(2) == ["running", "filed", "filed", "filed", "finished"]


async def test_garbage_gets_its_own_problem_and_stops_nothing(desk: Desk) -> None:
    body = [
        line(desk, 0),
        b"\n",
        b"not json\n",
        b'{"statement": 1}\n',
        b'{"statement": "a.b.c"}\n',
        b"\xff\xfe\n",
        b'{"statement": "' + b"A" * LINE_MOST + b'"}\n',
        line(desk, 0),
        line(desk, 8, facts=()),
        line(desk, 9).rstrip(b"\n") + b"\r\n",
        line(desk, 10).rstrip(b"\n"),
    ]
    told = (await send(desk, body)).json()
    results = [one["result"] for one in told["lines"]]
    assert results == ["filed", *["refused"] * 6, "duplicate", "refused", "filed", "filed"]
    assert told["lines"][7]["report_id"] == told["lines"][0]["report_id"]
    problems = [one["problem"] and (one["problem"]["status"], one["problem"]["code"]) for one in told["lines"]]
    assert problems[1:4] == [(422, "request_invalid")] * 3
    assert problems[4] == (422, "jws_malformed")
    assert problems[6] == (422, "line_too_long")
    assert problems[8] == (409, "report_refused")
    assert told["lines"][8]["problem"]["errors"] == [{"pointer": "/facts", "code": "grounds_missing"}]
    assert (told["filed"], told["duplicates"], told["refused"]) == (3, 1, 7)


@pytest.mark.parametrize("after", [1, 3, 5])
async def test_an_import_that_broke_off_goes_on_where_it_stopped(place: Town, desk: Desk, after: int) -> None:
    body, key = lines(desk, 5), str(uuid4())
    await send(desk, breaking(body, after), key)
    before = await place.rows("SELECT line FROM import_line")
    assert len(before) == after
    told = (await send(desk, body, key)).json()
    assert (told["state"], told["lines_done"], told["filed"], told["duplicates"]) == ("finished", 5, 5, 0)
    assert len(await place.rows("SELECT 1 FROM report")) == 5
    assert await place.outcomes(2) == ["running", *["filed"] * 5, "finished"]


async def test_a_finished_import_sent_again_gets_its_results_again(place: Town, desk: Desk) -> None:
    body, key = lines(desk, 3), str(uuid4())
    first, second = await send(desk, body, key), await send(desk, body, key)
    assert first.json() == second.json()
    assert len(await place.rows("SELECT 1 FROM report")) == 3


async def test_the_same_import_sent_twice_at_once_is_done_once(place: Town, desk: Desk) -> None:
    body, key = lines(desk, 6), str(uuid4())
    answers = await asyncio.gather(*(send(desk, body, key) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["filed"] == 6
    assert len(await place.rows("SELECT 1 FROM report")) == 6


async def test_another_body_under_the_same_key_is_refused(place: Town, desk: Desk) -> None:
    body, key = lines(desk, 4), str(uuid4())
    await send(desk, breaking(body, 2), key)
    for other in ([line(desk, 7), *body[1:]], body[:1], [body[1], body[0], *body[2:]]):
        answer = await send(desk, other, key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await send(desk, body, key)).status_code == 200
    longer = await send(desk, [*body, line(desk, 8)], key)
    assert (longer.status_code, longer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await place.rows("SELECT 1 FROM report")) == 4


async def test_a_used_up_quota_stops_the_import_and_the_next_day_goes_on(place: Town) -> None:
    small = Desk(place.api, await place.api.admit("Small", claims_per_day=1))
    body, key = lines(small, 3), str(uuid4())
    await place.execute(
        "INSERT INTO quota_use VALUES ($1, 'reports', $2, $3)",
        *(small.platform.member.id, place.clock().date(), daily_limit(Quota.REPORTS, 1) - 2),
    )
    answer = await send(small, body, key)
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
    assert len(await place.rows("SELECT 1 FROM report")) == 2
    place.clock.pass_days(1)
    told = (await send(small, body, key)).json()
    assert (told["filed"], told["state"]) == (3, "finished")


async def test_results_come_page_by_page_to_their_member_alone(place: Town, desk: Desk) -> None:
    told = (await send(desk, [b"\n"] * 203)).json()
    assert len(told["lines"]) == 200
    path = f"/v1/reports:import/{told['import_id']}"
    rest = (await desk.get(f"{path}?cursor={told['next_cursor']}")).json()
    assert ([one["line"] for one in rest["lines"]], rest["next_cursor"]) == ([200, 201, 202], None)
    few = (await desk.get(f"{path}?limit=2")).json()
    assert ([one["line"] for one in few["lines"]], few["refused"]) == ([0, 1], 203)
    beta = await place.desk("Beta")
    answer = await beta.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "import_unknown")
    assert (await desk.get(f"{path}?cursor=AAAA")).status_code == 422


async def test_what_an_import_needs(desk: Desk) -> None:
    answer = await send(desk, lines(desk, 1), kind="application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unsupported")
    headers = await desk.platform.headers() | {"Content-Type": NDJSON}
    answer = await desk.api.client.post("/v1/reports:import", content=b"", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_missing")
    empty = (await send(desk, [])).json()
    assert (empty["state"], empty["lines_done"]) == ("finished", 0)


def test_no_more_than_one_line_is_kept_in_memory() -> None:
    splitter = Splitter()
    for _ in range(1_000):
        assert list(splitter.feed(b"x" * 65_536)) == []
        assert len(splitter._text) <= LINE_MOST
    (end,) = splitter.feed(b"\n")
    assert end.text is None


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_lines_are_the_same_however_they_are_cut(size: int) -> None:
    body = b"one\n\ntwo\r\nthree"
    splitter = Splitter()
    found = [one for start in range(0, len(body), size) for one in splitter.feed(body[start : start + size])]
    texts = [one.text for one in [*found, *splitter.rest()]]
    assert texts == [b"one", b"", b"two\r", b"three"]
