"""The log as files: their paths, headers and bounds; who may read what; nothing that is not signed yet."""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from registry.domain.staff import Role
from registry_formats.bundles import decode_bundle
from registry_formats.merkle import hash_leaf, root_from_leaves, verify_consistency
from registry_formats.notes import parse_vkey, verify_checkpoint
from tests.api.asking import Asker, asker
from tests.databases import ScratchDatabase
from tests.logbook import NOW, opened, seal, sign, write
from tests.running import log_seed
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
ORIGIN = "registry.test/audit/2026h2.1"
FOR_EVER = "max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Stage:
    """A log, and a member that reads it."""

    asker: Asker

    async def grow(self, count: int, *, signed: bool = True, now: datetime = NOW) -> None:
        seed = log_seed(self.asker.api)
        async with opened(self.asker.database, "registry_worker") as worker:
            await write(self.asker.api.owner, self.asker.api.trail, count)
            while await seal(worker, seed=seed, now=now):
                pass
            if signed:
                await sign(worker, seed=seed, now=now)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.asker.api.client.get(f"/log/{path}", headers=headers or {})

    async def size(self) -> int:
        shown = (await self.get("shards")).json()["shards"][0]
        return verify_checkpoint((await self.get("checkpoint")).text, ORIGIN, [parse_vkey(shown["vkey"])]).size


@pytest.fixture
async def stage(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Stage]:
    async with asker(database, tmp_path) as ready:
        yield Stage(ready)


def problem(sent: httpx.Response) -> tuple[int, str]:
    return sent.status_code, sent.json()["code"]


async def test_a_stranger_finds_every_tree_its_key_and_its_checkpoint(stage: Stage) -> None:
    assert problem(await stage.get("checkpoint")) == (404, "checkpoint_missing")
    await stage.grow(3)
    listed = (await stage.get("shards")).json()
    (shard,) = listed["shards"]
    assert (shard["origin"], shard["path"]) == (ORIGIN, "/log/2026h2.1")
    assert parse_vkey(listed["vkey"]).public_key == parse_vkey(shard["vkey"]).public_key
    newest, named = await stage.get("checkpoint"), await stage.get("2026h2.1/checkpoint")
    assert verify_checkpoint(named.text, ORIGIN, [parse_vkey(shard["vkey"])]).size == shard["size"]
    assert newest.text == named.text
    for answer in (newest, named):
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=1"
    assert problem(await stage.get("2027h1.1/checkpoint")) == (404, "checkpoint_missing")


async def test_leaves_and_tiles_have_the_root_that_was_signed(stage: Stage) -> None:
    await stage.grow(300)
    size = await stage.size()
    partial = size - 256
    tiles = [await stage.get(f"2026h2.1/tile/0/{name}") for name in ("000", f"001.p/{partial}")]
    hashes = b"".join(tile.content for tile in tiles)
    bundles = [
        await stage.get(f"2026h2.1/tile/entries/{name}", stage.asker.headers) for name in ("000", f"001.p/{partial}")
    ]
    leaves = [leaf for bundle in bundles for leaf in decode_bundle(bundle.content)]
    assert b"".join(map(hash_leaf, leaves)) == hashes
    above = (await stage.get("2026h2.1/tile/1/000.p/1")).content
    assert above == root_from_leaves([hash_leaf(leaf) for leaf in leaves[:256]])
    for answer, whose in ((tiles[0], "public"), (tiles[1], "public"), (bundles[0], "private")):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == f"{whose}, {FOR_EVER}"


async def test_every_width_that_a_checkpoint_has_named_stays(stage: Stage) -> None:
    await stage.grow(3)
    first = await stage.size()
    before = (await stage.get(f"2026h2.1/tile/0/000.p/{first}")).content
    await stage.grow(300)
    assert (await stage.get(f"2026h2.1/tile/0/000.p/{first}")).content == before
    assert (await stage.get("2026h2.1/tile/0/000")).content.startswith(before)


async def test_what_is_not_signed_yet_is_not_shown(stage: Stage) -> None:
    await stage.grow(3)
    size = await stage.size()
    await stage.grow(2, signed=False)
    assert await stage.size() == size
    assert (await stage.get(f"2026h2.1/tile/0/000.p/{size}")).status_code == 200
    for kind, headers in (("0", {}), ("entries", stage.asker.headers)):
        sent = await stage.get(f"2026h2.1/tile/{kind}/000.p/{size + 1}", headers)
        assert problem(sent) == (404, "tile_missing")


async def test_a_tree_whose_half_year_is_over_stays_where_it_was(stage: Stage) -> None:
    await stage.grow(3)
    size, old = await stage.size(), (await stage.get("2026h2.1/checkpoint")).text
    await stage.grow(2, now=NOW + timedelta(days=60))
    listed = (await stage.get("shards")).json()["shards"]
    assert [shard["path"] for shard in listed] == ["/log/2026h2.1", "/log/2027h1.1"]
    kept = (await stage.get("2026h2.1/checkpoint")).text
    ended = verify_checkpoint(kept, ORIGIN, [parse_vkey(listed[0]["vkey"])])
    assert (await stage.get("checkpoint")).text == (await stage.get("2027h1.1/checkpoint")).text != kept
    query: dict[str, str | int] = {"old": size, "new": ended.size, "shard": "2026h2.1"}
    client, headers = stage.asker.api.client, stage.asker.headers
    proof = (await client.get("/v1/log/proofs/consistency", params=query, headers=headers)).json()
    began = verify_checkpoint(old, ORIGIN, [parse_vkey(listed[0]["vkey"])])
    hashes = [b64decode(one) for one in proof["hashes"]]
    verify_consistency(began.size, ended.size, hashes, began.root, ended.root)


@pytest.mark.parametrize(
    "path",
    [
        *("0/000", "0/001.p/1", "1/000.p/1", "2/000.p/1", "63/000.p/1", "64/000.p/1", "0/000.p/0", "0/000.p/256"),
        *("0/000.p/01", "0/0", "0/x000/000.p/1", "00/000.p/1", "-1/000.p/1", "0/000.p/1/", "0/000.p/", "0/000.p/1.p/1"),
        *("0/%2e%2e/000", "entries/000.p/300", "data/000.p/1", "0", "0/13800138000"),
    ],
)
async def test_a_path_that_names_no_file_is_a_file_that_is_missing(stage: Stage, path: str) -> None:
    await stage.grow(3)
    sent = await stage.get(f"2026h2.1/tile/{path}", stage.asker.headers)
    assert sent.status_code == 404
    assert sent.json()["code"] in {"tile_missing", "route_not_found"}
    assert "13800138000" not in sent.text + stage.asker.api.log.getvalue()


async def test_bundles_are_for_members_and_auditors_and_for_nobody_else(stage: Stage) -> None:
    await stage.grow(3)
    path = "2026h2.1/tile/entries/000.p/3"
    auditor = await make_staff(stage.asker.api, Role.AUDITOR)
    operator = await make_staff(stage.asker.api, Role.OPERATOR)
    assert (await stage.get(path, auditor)).content == (await stage.get(path, stage.asker.headers)).content
    assert problem(await stage.get(path, operator)) == (403, "role_missing")
    assert problem(await stage.get(path)) == (401, "access_token_missing")
    nobody = await stage.get(path, {"Authorization": "Bearer somebody"})
    assert problem(nobody) == (401, "staff_session_invalid")
    assert (await stage.get("2026h2.1/tile/0/000.p/3")).status_code == 200
