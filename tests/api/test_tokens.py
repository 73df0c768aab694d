"""Blinded identifiers through the gateway to a real key operator and back: forwarded unchanged, charged, refused."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from registry.clock import real_time
from registry.keyholder import operator
from registry.keyholder.app import build_app
from registry_formats import evaluation, sodium, voprf
from registry_formats.cfr1 import Kind
from registry_formats.leaf import LeafType, decode_leaf
from registry_formats.manifest import Key, parse
from tests.databases import ScratchDatabase
from tests.keyholder.asking import MEMBER, ask
from tests.openings import rows
from tests.running import Platform, Running, running

pytestmark = pytest.mark.anyio
PATH = "/v1/tokens:evaluate"
REALM = "registry.test"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A member, the API, and the key of the operator behind it."""

    api: Running
    platform: Platform
    key: Key

    def request(self, count: int = 1, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - arguments of ask
        good: dict[str, Any] = {"member": str(self.platform.member.id), "realm": REALM}
        return ask(changes.pop("key_id", self.key.key_id), real_time(), count, **good | changes)

    async def post(self, body: object, **headers: str) -> httpx.Response:
        return await self.api.client.post(PATH, json=body, headers=await self.platform.headers() | headers)


@asynccontextmanager
async def served(app: ASGIApp, socket: Path) -> AsyncIterator[None]:
    """Serve an app on a unix socket."""
    server = uvicorn.Server(uvicorn.Config(app, uds=str(socket), log_config=None, lifespan="auto"))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def gateway(database: ScratchDatabase, directory: Path, *, daily: int = 1_000) -> AsyncIterator[Gateway]:
    """Run an API whose operator may listen on `operator.sock`, and enrol a member with both."""
    place = directory / "operator"
    envelope = operator.init(place, REALM, epochs=[1], now=real_time())
    async with running(database, directory, keyholder_url=f"unix:{directory / 'operator.sock'}") as api:
        platform = await api.admit("Alpha", claims_per_day=1)
        public = MEMBER.public_key().public_bytes_raw()
        operator.enrol(place, str(platform.member.id), public, "Alpha group", daily)
        yield Gateway(api, platform, parse(envelope)[0].key(1, Kind.PHONE))


@pytest.fixture
async def alpha(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(database, tmp_path) as ready:
        yield ready


@pytest.fixture
async def live(alpha: Gateway, tmp_path: Path) -> AsyncIterator[Gateway]:
    """The same with its operator at work."""
    async with served(build_app(tmp_path / "operator", real_time), tmp_path / "operator.sock"):
        yield alpha


def problem(sent: httpx.Response) -> tuple[int, str]:
    assert sent.headers["content-type"] == "application/problem+json"
    return sent.status_code, sent.json()["code"]


async def test_a_batch_comes_back_with_a_proof_that_holds(live: Gateway) -> None:
    scalars = [sodium.reduce(bytes([number]) * 64) for number in (1, 2)]
    blinded = [voprf.blind(b"value", scalar) for scalar in scalars]
    sent = await live.post(live.request(blinded=blinded))
    assert sent.status_code == 200, sent.text
    answer = evaluation.parse_answer(sent.json())
    voprf.verify(live.key.public, blinded, answer.evaluated, answer.proof)
    assert len(set(voprf.finalize([b"value"] * 2, scalars, answer.evaluated))) == 1
    assert sent.headers["ratelimit-policy"] == '"evaluations";q=1100;w=86400'
    assert sent.headers["cache-control"] == "no-store"
    assert sent.headers["registry-key-operators"] == operator.NOTICE


async def test_the_manifest_is_the_operators_own(live: Gateway) -> None:
    shown = await live.api.client.get("/v1/tokens/manifest")
    assert parse(shown.json())[0].key(1, Kind.PHONE) == live.key
    assert shown.headers["cache-control"] == "public, max-age=60"
    assert shown.headers["registry-key-operators"] == operator.NOTICE


async def test_nobody_asks_in_the_name_of_another_member(live: Gateway, database: ScratchDatabase) -> None:
    beta = await live.api.admit("Beta")
    assert problem(await live.post(live.request(member=str(beta.member.id)))) == (403, "member_differs")
    (entry,) = await rows(database, "SELECT leaf FROM audit.entry WHERE outcome = 'denied'")
    assert decode_leaf(entry["leaf"]).kind is LeafType.DENIED


def _changed(body: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    return {**body, **changes}


async def test_what_the_operator_refuses_keeps_its_code(live: Gateway) -> None:
    good, again = live.request(2), live.request()
    stale = _changed(good, ts_ms=good["ts_ms"] - 3_600_000)
    stranger = live.request(signer=Ed25519PrivateKey.generate())
    twice = live.request(blinded=[voprf.blind(b"x", sodium.reduce(b"1" * 64))] * 2)
    assert problem(await live.post(stranger)) == (401, "signature_invalid")
    assert problem(await live.post(stale))[0] == 401
    assert problem(await live.post(live.request(key_id=bytes(8)))) == (409, "key_unknown")
    assert problem(await live.post(twice)) == (422, "element_duplicate")
    assert problem(await live.post(_changed(good, blinded=["A" * 43]))) == (422, "element_invalid")
    assert (await live.post(again)).is_success
    assert problem(await live.post(again)) == (401, "nonce_replayed")


async def test_the_operators_own_quota_says_when_to_come_back(database: ScratchDatabase, tmp_path: Path) -> None:
    async with (
        gateway(database, tmp_path, daily=3) as small,
        served(build_app(tmp_path / "operator", real_time), tmp_path / "operator.sock"),
    ):
        refused = await small.post(small.request(256))
        assert problem(refused) == (429, "quota_exceeded")
        assert int(refused.headers["retry-after"]) > 0


async def test_the_registrys_quota_is_charged_by_the_element_before_the_operator_is_asked(live: Gateway) -> None:
    """1,100 elements a day for the smallest member."""
    for _ in range(4):
        assert problem(await live.post(_changed(live.request(256), sig="A" * 86))) == (401, "signature_invalid")
    refused = await live.post(live.request(256))
    assert problem(refused) == (429, "quota_exceeded")
    assert refused.headers["ratelimit-policy"] == '"evaluations";q=1100;w=86400'
    assert (await live.post(live.request(76))).is_success


async def test_without_its_operator_the_registry_says_so(alpha: Gateway) -> None:
    for sent in (await alpha.post(alpha.request()), await alpha.api.client.get("/v1/tokens/manifest")):
        assert problem(sent) == (503, "operators_insufficient")
        assert sent.json()["retryable"] is True
        assert int(sent.headers["retry-after"]) > 0


GARBAGE = {
    "no JSON": Response("<html>", 400),
    "JSON of another kind": Response("[]", 401),
    "no code": Response("{}", 409),
    "a code of its own invention": Response('{"code": "13800138000"}', 400),
    "a code that is none": Response('{"code": 7}', 429),
    "a failure": Response('{"code": "element_invalid"}', 500),
    "another status": Response("", 418),
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE.keys())
async def test_what_no_operator_says_is_an_outage(alpha: Gateway, tmp_path: Path, answer: Response) -> None:
    async def say(_: Request) -> Response:
        return answer

    async with served(Starlette(routes=[Route("/v1/evaluate", say, methods=["POST"])]), tmp_path / "operator.sock"):
        sent = await alpha.post(alpha.request())
    assert problem(sent) == (503, "operators_insufficient")
    assert "13800138000" not in sent.text


async def test_the_body_is_forwarded_byte_by_byte_and_nothing_else(alpha: Gateway, tmp_path: Path) -> None:
    seen: list[tuple[bytes, dict[str, str]]] = []

    async def note(request: Request) -> Response:
        seen.append((await request.body(), dict(request.headers)))
        return Response("{}")

    async with served(Starlette(routes=[Route("/v1/evaluate", note, methods=["POST"])]), tmp_path / "operator.sock"):
        sent = await alpha.post(alpha.request())
    ((body, headers),) = seen
    assert body == sent.request.content
    assert "authorization" not in headers


MALFORMED: tuple[dict[str, Any], ...] = (
    {"blinded": []},
    {"blinded": ["A" * 42]},
    {"blinded": ["A" * 43] * 257},
    {"key_id": "13800138000"},
    {"nonce": "A" * 23},
    {"sig": ""},
    {"ts_ms": -1},
    {"ts_ms": 2**53},
    {"ts_ms": "13800138000"},
    {"member": "13800138000"},
    {"phone": "13800138000"},
)


async def test_what_is_malformed_never_reaches_the_operator(alpha: Gateway) -> None:
    for change in MALFORMED:
        sent = await alpha.post(_changed(alpha.request(), **change))
        assert sent.status_code == 422, (change, sent.text)
        assert "13800138000" not in sent.text, change


async def test_without_the_scope_nothing_is_evaluated(alpha: Gateway) -> None:
    reader = await alpha.platform.headers("log:read")
    sent = await alpha.api.client.post(PATH, json=alpha.request(), headers=reader)
    assert problem(sent) == (403, "scope_missing")
