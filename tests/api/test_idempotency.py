"""A request repeated under its key changes nothing again and gets the first answer, also in a race."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, Response
from pydantic import BaseModel

from registry.api.deps import MemberReader
from registry.api.idempotency import Once
from registry.api.strings import Name, RequestModel
from registry.errors import Conflict
from tests.databases import ScratchDatabase
from tests.running import Platform, Running, running

pytestmark = pytest.mark.anyio

router = APIRouter(prefix="/test")


class Wish(RequestModel):
    name: Name
    seconds: float = 0
    refuse: bool = False


class Made(BaseModel):
    name: str
    serial: str


@router.post("/things", status_code=201, response_model=Made)
async def make(caller: MemberReader, once: Once, wish: Wish) -> Response:
    """Make a thing: a quota row of this name, because it is a table that counts."""
    connection = await once.session.connection()
    await connection.exec_driver_sql(
        "INSERT INTO quota_use (member_id, quota, day, used) VALUES ($1, $2, current_date, 1) "
        "ON CONFLICT (member_id, quota, day) DO UPDATE SET used = quota_use.used + 1",
        (caller.member_id, wish.name),
    )
    await asyncio.sleep(wish.seconds)
    if wish.refuse:
        raise Conflict("report_refused")
    return await once.answer(201, Made(name=wish.name, serial=str(uuid4())), {"location": "/test/things/1"})


@router.post("/others", status_code=201, response_model=Made)
async def other(caller: MemberReader, once: Once, wish: Wish) -> Response:
    return await once.answer(201, Made(name=wish.name, serial=str(caller.member_id)))


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path, also=router) as started:
        yield started


@pytest.fixture
async def alpha(api: Running) -> Platform:
    return await api.admit("Alpha")


async def send(alpha: Platform, key: str | None, path: str = "/test/things", **wish: object) -> httpx.Response:
    headers = await alpha.headers()
    if key is not None:
        headers["Idempotency-Key"] = key
    return await alpha.client.post(path, json={"name": "one"} | wish, headers=headers)


async def made(api: Running) -> int:
    async with api.owner.read() as session:
        connection = await session.connection()
        return int((await connection.exec_driver_sql("SELECT coalesce(sum(used), 0) FROM quota_use")).scalar_one())


async def test_the_same_request_gets_the_same_answer_and_is_done_once(api: Running, alpha: Platform) -> None:
    key = str(uuid4())
    first, second = await send(alpha, key), await send(alpha, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await made(api) == 1


async def test_three_at_once_make_one(api: Running, alpha: Platform) -> None:
    key = str(uuid4())
    answers = await asyncio.gather(*(send(alpha, key, seconds=0.2) for _ in range(3)))
    assert await made(api) == 1
    codes = [answer.json().get("code", "made") for answer in answers]
    assert set(codes) <= {"made", "idempotency_in_flight"}
    in_flight = [answer for answer in answers if answer.status_code == 409]
    assert len(in_flight) == codes.count("idempotency_in_flight") >= 1
    after = await send(alpha, key, seconds=0.2)
    assert {answer.content for answer in answers if answer.status_code == 201} == {after.content}


@pytest.mark.parametrize(
    ("path", "wish"), [("/test/things", {"name": "two"}), ("/test/others", {}), ("/test/things", {"seconds": 0.0})]
)
async def test_another_request_under_the_same_key_is_refused(
    api: Running, alpha: Platform, path: str, wish: dict[str, object]
) -> None:
    key = str(uuid4())
    await send(alpha, key)
    answer = await send(alpha, key, path, **wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await made(api) == 1


async def test_a_key_is_needed(api: Running, alpha: Platform) -> None:
    answer = await send(alpha, None)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_missing")
    assert await made(api) == 0


@pytest.mark.parametrize("key", ["short", "x" * 65, "with spaces in the key", "key-of-13800138000-buyer"])
async def test_a_key_of_the_wrong_form_is_refused(alpha: Platform, key: str) -> None:
    answer = await send(alpha, key)
    assert answer.status_code == 422
    assert key not in answer.text


async def test_two_members_may_choose_the_same_key(api: Running, alpha: Platform) -> None:
    beta, key = await api.admit("Beta"), str(uuid4())
    answers = [await send(alpha, key), await send(beta, key)]
    assert answers[0].json()["serial"] != answers[1].json()["serial"]
    assert await made(api) == 2


async def test_a_refusal_is_not_remembered_because_it_changed_nothing(api: Running, alpha: Platform) -> None:
    key = str(uuid4())
    assert (await send(alpha, key, refuse=True)).status_code == 409
    assert await made(api) == 0
    assert (await send(alpha, key)).status_code == 201
    assert await made(api) == 1


async def test_who_may_not_do_it_gets_no_earlier_answer(alpha: Platform) -> None:
    key = str(uuid4())
    await send(alpha, key)
    headers = await alpha.headers("scores:query") | {"Idempotency-Key": key}
    answer = await alpha.client.post("/test/things", json={"name": "one"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
