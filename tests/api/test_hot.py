"""The shortcut and the ordinary route of the same path: whatever is sent, both say the same."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from registry_formats import base64std
from registry_formats.details import content_detail, request_digest
from registry_formats.leaf import Group, Opening, check_opening, decode_leaf
from tests.api.asking import PATH, Asker, asker, question
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.openings import open_entries
from tests.questions import PHONE, STRANGER
from tests.recorded import token

pytestmark = pytest.mark.anyio
JSON = "application/json"
GOOD = json.dumps(question()).encode()
VOLATILE = {"counter", "leaf", "salts", "receipt", "query_id", "request_id", "as_of"}


@pytest.fixture
async def alpha(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Asker]:
    async with asker(database, tmp_path) as ready:
        yield ready


def body(**changes: Any) -> bytes:  # noqa: ANN401 - any field
    return json.dumps(question(**changes)).encode()


# What is sent: body, content type, and what else the headers say.
SENT: dict[str, tuple[bytes, dict[str, str]]] = {
    "a good question": (GOOD, {"content-type": JSON}),
    "with a character set": (GOOD, {"content-type": "application/json; charset=utf-8"}),
    "in capitals": (GOOD, {"content-type": "Application/JSON"}),
    "of a JSON family": (GOOD, {"content-type": "application/vnd.api+json"}),
    "as text": (GOOD, {"content-type": "text/plain"}),
    "of no type": (GOOD, {}),
    "of two types": (GOOD, {"content-type": "application/json, text/plain"}),
    "almost of the type": (GOOD, {"content-type": "application/jsonp"}),
    "with spaces": (b"\n " + GOOD + b" \r\n", {"content-type": JSON}),
    "escaped": (GOOD.replace(b"Q1", b"\\u00511"), {"content-type": JSON}),
    "a field twice": (GOOD[:-1] + b', "purpose": "Q2"}', {"content-type": JSON}),
    "with a byte order mark": (b"\xef\xbb\xbf" + GOOD, {"content-type": JSON}),
    "in UTF-16": (GOOD.decode().encode("utf-16"), {"content-type": JSON}),
    "not UTF-8": (GOOD.replace(b"Q1", b"\xff"), {"content-type": JSON}),
    "half a surrogate": (GOOD.replace(b"Q1", b"\\ud800"), {"content-type": JSON}),
    "nothing": (b"", {"content-type": JSON}),
    "null": (b"null", {"content-type": JSON}),
    "not JSON": (b"{", {"content-type": JSON}),
    "more than JSON": (GOOD + b"x", {"content-type": JSON}),
    "not a number": (GOOD.replace(b'"Q1"', b"NaN"), {"content-type": JSON}),
    "very deep": (b"[" * 50_000, {"content-type": JSON}),
    "too large": (b" " * (1 << 20) + GOOD, {"content-type": JSON}),
    "a wrong type": (body(purpose=1), {"content-type": JSON}),
    "a field too many": (body(extra="x"), {"content-type": JSON}),
    "a field too few": (body(claim_ref=None), {"content-type": JSON}),
    "a raw identifier": (body(claim_ref="13800138000"), {"content-type": JSON}),
    "many faults": (body(purpose="Q9", claim_ref="", identifiers=[]), {"content-type": JSON}),
    "a dead epoch": (body(tokens=[token("phone", "1", epoch=7)]), {"content-type": JSON}),
    "somebody else's purpose": (body(purpose="Q5"), {"content-type": JSON}),
    "a claim in use": (body(name="used", tokens=(PHONE,)), {"content-type": JSON}),
    "in Chinese": (body(purpose="Q9"), {"content-type": JSON, "accept-language": "zh"}),
    "without a token": (GOOD, {"content-type": JSON, "authorization": ""}),
    "without a token, not JSON": (b"{", {"content-type": JSON, "authorization": ""}),
    "without a token, a wrong field": (body(purpose="Q9"), {"content-type": JSON, "authorization": ""}),
    "with a wrong token": (GOOD, {"content-type": JSON, "authorization": "Bearer x"}),
    "with another scheme": (GOOD, {"content-type": JSON, "authorization": "Basic x"}),
}


async def both(alpha: Asker, content: bytes, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Send the same on both ways; return what differs from request to request only by chance."""
    quick = await send(alpha, content, headers)
    alpha.ordinary()
    return [quick, await send(alpha, content, headers)]


async def send(alpha: Asker, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Send on the way that is open; return what differs from request to request only by chance."""
    sent = await alpha.api.client.post(PATH, content=content, headers=alpha.headers | headers)
    line = json.loads(alpha.api.log.getvalue().splitlines()[-1])
    return _seen(sent) | {"logged": {name: line.get(name) for name in ("route", "status", "code", "member")}}


def _seen(sent: httpx.Response) -> dict[str, Any]:
    said = {name: value for name, value in sent.json().items() if name not in VOLATILE}
    headers = {name: value for name, value in sent.headers.items() if name not in {"x-request-id", "content-length"}}
    # How much of the day is left is the one thing that the first request changes for the second.
    headers.pop("ratelimit", None)
    return {"status": sent.status_code, "said": said, "names": sorted(sent.json()), "headers": headers}


async def test_both_ways_say_the_same(alpha: Asker) -> None:
    await alpha.incident()
    await alpha.post(question("used", STRANGER))
    quick = {name: await send(alpha, *sent) for name, sent in SENT.items()}
    alpha.ordinary()
    ordinary = {name: await send(alpha, *sent) for name, sent in SENT.items()}
    assert [name for name in SENT if quick[name] != ordinary[name]] == []


async def test_both_ways_leave_the_same_trace(alpha: Asker, database: ScratchDatabase) -> None:
    await alpha.incident()
    await both(alpha, GOOD, {"content-type": JSON})
    quick, ordinary = (await open_entries(database, alpha.master()))[-2:]
    assert quick.leaf.kind is ordinary.leaf.kind
    assert {**quick.groups[Group.ORG].detail, "counter": 0} == {**ordinary.groups[Group.ORG].detail, "counter": 0}


async def test_a_refused_scope_is_logged_once_on_either_way(database: ScratchDatabase, tmp_path: Path) -> None:
    async with asker(database, tmp_path, scope="log:read") as reader:
        quick, ordinary = await both(reader, GOOD, {"content-type": JSON})
        assert quick == ordinary
        async with superuser(database) as connection:
            assert await connection.fetchval("SELECT count(*) FROM audit.entry WHERE outcome = 'denied'") == 2


async def test_a_suspended_member_is_refused_on_either_way(database: ScratchDatabase, tmp_path: Path) -> None:
    async with asker(database, tmp_path) as alpha:
        async with superuser(database) as connection:
            await connection.execute("UPDATE member SET status = 'suspended', suspended_at = now()")
        quick, ordinary = await both(alpha, GOOD, {"content-type": JSON})
        assert quick == ordinary
        assert (quick["status"], quick["said"]["code"]) == (401, "access_token_revoked")


async def test_a_body_in_pieces_is_committed_to_as_sent(alpha: Asker) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for place in range(0, len(GOOD), 7):
            yield GOOD[place : place + 7]

    sent = await alpha.api.client.post(PATH, content=pieces(), headers=alpha.headers | {"content-type": JSON})
    answer = sent.json()
    salt = base64std.decode(answer["salts"]["content"], code="salt")
    leaf = decode_leaf(base64std.decode(answer["leaf"], code="leaf"))
    check_opening(leaf, Group.CONTENT, Opening(salt, content_detail(request_digest(GOOD), answer)))


async def test_an_outage_is_the_same_on_either_way(database: ScratchDatabase, tmp_path: Path) -> None:
    async with asker(database, tmp_path) as alpha:
        await alpha.post(question("before"))
        async with alpha.api.owner.write() as session:
            # Nobody may disclose while this is held, and nobody waits for ever.
            await session.execute(text("LOCK TABLE claim IN ACCESS EXCLUSIVE MODE"))
            quick, ordinary = await both(alpha, GOOD, {"content-type": JSON})
        assert quick == ordinary
        assert (quick["status"], quick["said"]["retryable"]) == (503, True)
