"""A key operator as a member meets it: over HTTP, with every refusal of tokens.md, section 2."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.keyholder import operator
from registry.keyholder.app import build_app
from registry_formats import base64url, evaluation, manifest, sodium, voprf
from registry_formats.manifest import Pins, parse
from tests.keyholder.asking import MEMBER, REALM, Clock, ask, code, elements, prepare

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def running(directory: Path, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(directory, clock)
    transport = httpx.ASGITransport(app=app)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://operator") as client:
        yield client


async def test_a_member_gets_evaluations_with_a_proof_that_holds(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    scalars = [sodium.reduce(bytes([n]) * 64) for n in (1, 2, 3)]
    blinded = [voprf.blind(b"same", scalar) for scalar in scalars]
    async with running(tmp_path, clock) as client:
        reply = await client.post("/v1/evaluate", json=ask(key.key_id, clock.now, blinded=blinded))
    answer = evaluation.parse_answer(reply.json())
    assert (answer.operator, answer.key_id) == ("operator-1", key.key_id)
    voprf.verify(key.public, blinded, answer.evaluated, answer.proof)
    assert len(set(voprf.finalize([b"same"] * 3, scalars, answer.evaluated))) == 1


async def test_an_operator_says_loudly_that_it_is_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    prepare(tmp_path, clock.now)
    async with running(tmp_path, clock) as client:
        status = await client.get("/v1/status")
        shown = await client.get("/v1/manifest")
    assert "1 of 1: single key operator" in caplog.text
    assert status.json()["notice"] == "1 of 1: single key operator"
    assert status.json()["epochs"] == [1]
    assert shown.headers["Registry-Key-Operators"] == "1 of 1: single key operator"


async def test_a_member_accepts_the_manifest_of_the_operator_it_pinned(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    public = Ed25519PrivateKey.from_private_bytes((tmp_path / "operator.key").read_bytes()).public_key()
    async with running(tmp_path, clock) as client:
        shown = await client.get("/v1/manifest")
    accepted = manifest.accept(shown.json(), Pins(REALM, {"operator-1": public}), now=int(clock.now.timestamp()))
    assert accepted.key(1, key.kind) == key
    assert len(accepted.keys) == 7


async def test_what_is_malformed_is_refused_by_code(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    good = ask(key.key_id, clock.now)
    one = good["blinded"][0]
    async with running(tmp_path, clock) as client:
        assert await code(client, {**good, "extra": 1}) == (400, "request_malformed")
        assert await code(client, []) == (400, "request_malformed")
        assert await code(client, {**good, "blinded": []}) == (400, "batch_size")
        assert await code(client, {**good, "blinded": [one] * 257}) == (400, "batch_size")
        assert await code(client, {**good, "blinded": [one, one]}) == (400, "element_duplicate")
        assert await code(client, {**good, "blinded": [base64url.encode(bytes(32))]}) == (400, "element_invalid")
        for body in (b"{", b"[" * 30_000, b"\xff", b"x" * 70_000):
            answer = await client.post("/v1/evaluate", content=body)
            assert (answer.status_code, answer.json()["code"]) == (400, "request_malformed")


async def test_who_is_not_known_by_signature_is_refused_by_code(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    stranger = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    async with running(tmp_path, clock) as client:
        assert await code(client, ask(key.key_id, clock.now, member="member-2")) == (401, "member_unknown")
        assert await code(client, ask(key.key_id, clock.now, signer=stranger)) == (401, "signature_invalid")
        assert await code(client, ask(key.key_id, clock.now, realm="other")) == (401, "signature_invalid")
        assert await code(client, ask(b"unknown!", clock.now)) == (409, "key_unknown")


async def test_before_the_first_enrolment_nobody_is_known(tmp_path: Path) -> None:
    clock = Clock()
    operator.init(tmp_path, REALM, epochs=[1], now=clock.now)
    async with running(tmp_path, clock) as client:
        assert await code(client, ask(b"any key.", clock.now)) == (401, "member_unknown")


async def test_a_time_outside_the_window_is_stale(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    async with running(tmp_path, clock) as client:
        clock.forward(hours=1)
        for seconds in (-61, 61):
            late = clock.now + timedelta(seconds=seconds)
            assert await code(client, ask(key.key_id, late)) == (401, "timestamp_stale")
        for seconds in (-60, 60):
            assert await code(client, ask(key.key_id, clock.now + timedelta(seconds=seconds))) == (200, None)


async def test_a_nonce_is_good_once_for_as_long_as_its_time_is(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    ahead = ask(key.key_id, clock.now + timedelta(seconds=60))
    async with running(tmp_path, clock) as client:
        assert await code(client, ahead) == (200, None)
        for seconds in (0, 1, 59, 60):
            clock.forward(seconds=seconds)
            assert await code(client, ahead) == (401, "nonce_replayed")
        clock.forward(seconds=1)
        assert await code(client, ahead) == (401, "timestamp_stale")


async def test_a_restart_allows_no_replay(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    now, ahead = ask(key.key_id, clock.now), ask(key.key_id, clock.now + timedelta(seconds=50))
    async with running(tmp_path, clock) as client:
        assert await code(client, now) == (200, None)
        assert await code(client, ahead) == (200, None)
    clock.forward(seconds=1)
    async with running(tmp_path, clock) as client:
        assert await code(client, now) == (401, "timestamp_stale")
        assert await code(client, ahead) == (401, "nonce_replayed")
        assert await code(client, ask(key.key_id, clock.now)) == (200, None)


async def test_a_restart_at_midnight_allows_no_replay(tmp_path: Path) -> None:
    clock = Clock()
    clock.forward(hours=11, minutes=59, seconds=50)
    key = prepare(tmp_path, clock.now)
    ahead = ask(key.key_id, clock.now + timedelta(seconds=50))
    async with running(tmp_path, clock) as client:
        assert await code(client, ahead) == (200, None)
    clock.forward(seconds=30)
    async with running(tmp_path, clock) as client:
        assert await code(client, ahead) == (401, "nonce_replayed")


async def test_every_element_is_charged_and_a_restart_forgets_nothing(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now, daily=100)
    async with running(tmp_path, clock) as client:
        assert await code(client, ask(key.key_id, clock.now, 60)) == (200, None)
    async with running(tmp_path, clock) as client:
        assert await code(client, ask(key.key_id, clock.now, 51)) == (429, "quota_exceeded")
        assert await code(client, ask(key.key_id, clock.now, 50)) == (200, None)  # 100 and the burst of 10 %
        refused = await client.post("/v1/evaluate", json=ask(key.key_id, clock.now))
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(12 * 3600 + 1))
        clock.forward(hours=12)
        assert await code(client, ask(key.key_id, clock.now)) == (200, None)


async def test_a_quota_is_for_each_key(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now, daily=10)
    async with running(tmp_path, clock) as client:
        envelope = (await client.get("/v1/manifest")).json()
        other = next(one for one in parse(envelope)[0].keys if one.kind != key.kind)
        assert await code(client, ask(key.key_id, clock.now, 11)) == (200, None)
        assert await code(client, ask(key.key_id, clock.now)) == (429, "quota_exceeded")
        assert await code(client, ask(other.key_id, clock.now)) == (200, None)


async def test_a_clock_set_back_opens_no_second_quota(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now, daily=10)
    clock.forward(days=-1)
    async with running(tmp_path, clock) as client:
        clock.forward(days=1)
        assert await code(client, ask(key.key_id, clock.now, 11)) == (200, None)
        clock.forward(hours=-1)
        assert await code(client, ask(key.key_id, clock.now)) == (429, "quota_exceeded")


async def test_a_group_shares_the_largest_quota_of_its_members(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now, daily=100)
    second = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
    operator.enrol(tmp_path, "member-2", second.public_key().public_bytes_raw(), "group-1", 100)
    async with running(tmp_path, clock) as client:
        assert await code(client, ask(key.key_id, clock.now, 80)) == (200, None)
        mine = ask(key.key_id, clock.now, 31, member="member-2", signer=second)
        assert await code(client, mine) == (429, "quota_exceeded")
        mine = ask(key.key_id, clock.now, 30, member="member-2", signer=second)
        assert await code(client, mine) == (200, None)


async def test_a_refused_request_costs_nothing(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now, daily=10)
    async with running(tmp_path, clock) as client:
        spoilt = ask(key.key_id, clock.now, 11)
        spoilt["sig"] = base64url.encode(bytes(64))
        assert await code(client, spoilt) == (401, "signature_invalid")
        assert await code(client, ask(key.key_id, clock.now, 12)) == (429, "quota_exceeded")
        assert await code(client, ask(key.key_id, clock.now, 11)) == (200, None)


async def test_enrolments_are_read_again_when_they_change(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    fresh = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
    async with running(tmp_path, clock) as client:
        assert await code(client, ask(key.key_id, clock.now)) == (200, None)
        operator.enrol(tmp_path, "member-1", fresh.public_key().public_bytes_raw(), "group-1", 100)
        assert await code(client, ask(key.key_id, clock.now)) == (401, "signature_invalid")
        assert await code(client, ask(key.key_id, clock.now, signer=fresh)) == (200, None)
        operator.withdraw(tmp_path, "member-1")
        assert await code(client, ask(key.key_id, clock.now, signer=fresh)) == (401, "member_unknown")


async def test_a_refusal_shows_nothing_of_the_request(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    [element] = elements(1)
    body = ask(key.key_id, clock.now, member="13800138000", blinded=[element])
    async with running(tmp_path, clock) as client:
        answer = await client.post("/v1/evaluate", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "13800138000" not in answer.text
    assert base64url.encode(element) not in answer.text


@pytest.mark.parametrize(("member_id", "daily"), [("", 1), ("é", 1), ("m" * 256, 1), ("m", 0)])
def test_an_enrolment_needs_an_id_and_a_quota(tmp_path: Path, member_id: str, daily: int) -> None:
    prepare(tmp_path, Clock().now)
    with pytest.raises(ValueError, match="enrolment_invalid"):
        operator.enrol(tmp_path, member_id, MEMBER.public_key().public_bytes_raw(), "g", daily)
