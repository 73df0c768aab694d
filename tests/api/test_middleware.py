"""What every answer has in common: an id, headers that protect, a bounded body, one line in the log."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, Request
from starlette.types import Message, Receive, Scope, Send

from registry.api.middleware import MAX_BODY, Outermost
from registry.api.problem_codes import CODES
from registry.api.visits import visit_of
from registry.relay.problems import MEANINGS
from tests.databases import ScratchDatabase
from tests.running import Running, running

pytestmark = pytest.mark.anyio

router = APIRouter(prefix="/test")


@router.post("/length")
async def length(request: Request) -> int:
    return len(await request.body())


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path, also=router) as started:
        yield started


def access_lines(api: Running) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in api.log.getvalue().splitlines()]
    return [line for line in lines if line["logger"] == "registry.access"]


async def test_a_request_id_comes_back_or_is_made(api: Running) -> None:
    mine = str(uuid4())
    assert (await api.client.get("/healthz", headers={"X-Request-Id": mine})).headers["x-request-id"] == mine
    made = (await api.client.get("/healthz")).headers["x-request-id"]
    assert UUID(made).version == 7


@pytest.mark.parametrize("offered", ["13800138000", "x" * 36, "", "a\tb", "00000000-0000-0000-0000-00000000000g"])
async def test_a_request_id_of_another_form_is_replaced(api: Running, offered: str) -> None:
    answer = await api.client.get("/healthz", headers={"X-Request-Id": offered})
    assert answer.headers["x-request-id"] != offered
    assert UUID(answer.headers["x-request-id"]).version == 7


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/v1/whoami", "/docs/errors", "/openapi.json"])
async def test_every_answer_protects_itself(api: Running, path: str) -> None:
    headers = (await api.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


async def test_the_page_of_problems_lists_the_relays_too_and_lets_in_its_own_style_alone(api: Running) -> None:
    answer = await api.client.get("/docs/errors")
    assert {code for code in {*CODES, *MEANINGS} if f'<dt id="{code}">' not in answer.text} == set()
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in answer.headers["content-security-policy"]


async def test_an_encrypted_registry_insists_on_it(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path, public_url="https://registry.test") as encrypted:
        headers = (await encrypted.client.get("/healthz")).headers
    assert "max-age=" in headers["strict-transport-security"]


async def test_a_body_of_one_mebibyte_passes_and_a_larger_one_does_not(api: Running) -> None:
    assert (await api.client.post("/test/length", content=b"x" * MAX_BODY)).json() == MAX_BODY
    answer = await api.client.post("/test/length", content=b"x" * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_without_announced_size_is_bounded_too(api: Running) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * MAX_BODY // 4096):
            yield b"x" * 4096

    answer = await api.client.post("/test/length", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_the_log_has_one_line_a_request_without_its_query(api: Running) -> None:
    alpha = await api.admit("Alpha")
    answer = await api.client.get("/v1/policies/cn?who=zhang.san", headers=await alpha.headers())
    line = access_lines(api)[-1]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/policies/{pack}", 200)
    assert "zhang.san" not in api.log.getvalue()


async def test_an_invented_method_does_not_enter_the_log(api: Running) -> None:
    answer = await api.client.request("13800138000", "/healthz")
    assert answer.status_code == 405
    assert access_lines(api)[-1]["method"] == "other"
    assert "13800138000" not in api.log.getvalue()


async def test_the_log_names_the_member_and_the_code_of_a_refusal(api: Running) -> None:
    alpha = await api.admit("Alpha")
    await api.client.get("/v1/whoami", headers=await alpha.headers("scores:query"))
    line = access_lines(api)[-1]
    assert (line["status"], line["code"], line["member"]) == (403, "scope_missing", str(alpha.member.id))


async def test_no_token_and_no_assertion_enters_the_log(api: Running) -> None:
    alpha = await api.admit("Alpha")
    assertion = alpha.assertion()
    token = (await alpha.sign_in(assertion)).json()["access_token"]
    await api.client.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    for secret in (assertion, token, assertion.split(".")[2], token.split(".")[2]):
        assert secret not in api.log.getvalue()


async def test_a_failure_after_the_answer_began_appends_nothing() -> None:
    sent: list[Message] = []

    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("the other half")

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await Outermost(breaks, larger={}, encrypted=False)(scope, receive, send)
    assert [message.get("body") for message in sent] == [None, b"half"]
    assert visit_of(scope).code == "internal"
