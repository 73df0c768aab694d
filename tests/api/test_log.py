"""The log over HTTP: what a member needs in order to believe nobody."""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from registry import keys
from registry_formats.merkle import hash_leaf, verify_consistency
from registry_formats.notes import VerifierKey, verify_checkpoint
from registry_formats.proofs import verify_proof
from tests.api.asking import Asker, asker, question
from tests.databases import ScratchDatabase
from tests.logbook import key_for, opened, seal, sign
from tests.running import log_seed

pytestmark = pytest.mark.anyio
ORIGIN = "registry.test/audit/2026h2.1"


@dataclass(frozen=True, slots=True)
class Reader:
    """A member, and the worker that it waits for."""

    asker: Asker
    seed: bytes

    async def ask(self, name: str) -> tuple[str, bytes]:
        """Ask about somebody; return the entry's id and leaf."""
        answer = (await self.asker.post(question(name))).json()
        return answer["receipt"].splitlines()[2], b64decode(answer["leaf"])

    async def seal(self) -> None:
        async with opened(self.asker.database, "registry_worker") as worker:
            await seal(worker)
            await sign(worker, seed=self.seed)

    async def get(self, path: str, **query: Any) -> httpx.Response:  # noqa: ANN401 - any parameter
        return await self.asker.api.client.get(f"/v1/log/{path}", params=query, headers=self.asker.headers)

    def keys(self) -> list[VerifierKey]:
        return [VerifierKey(ORIGIN, keys.log_public_key(self.asker.api.settings.keys_path))]


@pytest.fixture
async def alpha(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Reader]:
    async with asker(database, tmp_path) as ready:
        yield Reader(ready, log_seed(ready.api))


def problem(sent: httpx.Response) -> tuple[int, str]:
    return sent.status_code, sent.json()["code"]


async def test_the_checkpoint_is_for_everybody(alpha: Reader) -> None:
    client = alpha.asker.api.client
    assert problem(await client.get("/v1/log/checkpoint")) == (404, "checkpoint_missing")
    await alpha.ask("1")
    await alpha.seal()
    shown = await client.get("/v1/log/checkpoint")
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert verify_checkpoint(shown.text, ORIGIN, alpha.keys()).size >= 1
    assert alpha.keys()[0] == key_for(ORIGIN, alpha.seed).vkey


async def test_an_answer_is_proved_to_be_in_the_log(alpha: Reader) -> None:
    entry, leaf = await alpha.ask("1")
    assert problem(await alpha.get("proofs/inclusion", entry_id=entry)) == (404, "entry_not_sealed")
    await alpha.seal()
    proof = await alpha.get("proofs/inclusion", entry_id=entry)
    assert verify_proof(proof.text, hash_leaf(leaf), ORIGIN, alpha.keys()).size
    assert problem(await alpha.get("proofs/inclusion", entry_id=uuid4())) == (404, "entry_not_sealed")


async def test_a_later_log_continues_an_earlier_one(alpha: Reader) -> None:
    checkpoints = []
    for name in ("1", "2", "3"):
        await alpha.ask(name)
        await alpha.seal()
        checkpoints.append(verify_checkpoint((await alpha.get("checkpoint")).text, ORIGIN, alpha.keys()))
    old, middle, new = checkpoints
    newest = (await alpha.get("proofs/consistency", old=old.size)).json()
    assert verify_checkpoint(newest["checkpoint"], ORIGIN, alpha.keys()) == new
    verify_consistency(old.size, new.size, [b64decode(one) for one in newest["hashes"]], old.root, new.root)
    named = (await alpha.get("proofs/consistency", old=old.size, new=middle.size)).json()
    verify_consistency(old.size, middle.size, [b64decode(one) for one in named["hashes"]], old.root, middle.root)


async def test_what_cannot_be_proved_is_refused(alpha: Reader) -> None:
    await alpha.ask("1")
    await alpha.seal()
    size = verify_checkpoint((await alpha.get("checkpoint")).text, ORIGIN, alpha.keys()).size
    assert problem(await alpha.get("proofs/consistency", old=size + 1)) == (422, "size_invalid")
    assert problem(await alpha.get("proofs/consistency", old=1, new=size + 1)) == (404, "checkpoint_missing")
    for wrong in ({"old": 0}, {"old": 2**63}, {"old": "x"}, {}):
        assert problem(await alpha.get("proofs/consistency", **wrong)) == (422, "request_invalid")
    phone = await alpha.get("proofs/inclusion", entry_id="13800138000")
    assert phone.status_code == 422
    assert "13800138000" not in phone.text + alpha.asker.api.log.getvalue()


async def test_proofs_are_for_members_who_may_read_the_log(database: ScratchDatabase, tmp_path: Path) -> None:
    async with asker(database, tmp_path, scope="scores:query") as stranger:
        for path in ("proofs/inclusion", "proofs/consistency"):
            for headers, refusal in ((stranger.headers, "scope_missing"), ({}, "access_token_missing")):
                sent = await stranger.api.client.get(
                    f"/v1/log/{path}", params={"entry_id": str(uuid4()), "old": 1}, headers=headers
                )
                assert sent.json()["code"] == refusal
