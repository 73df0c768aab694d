"""A log that grew through the real registry, cosigned by a real witness, copied over HTTP: what others are to check."""

from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import httpx

from registry.store.database import Database
from registry.witnesses import Witnesses
from registry_client.witness import Place, Witness, open_place
from registry_formats.bundles import bundle_path
from registry_formats.notes import VerifierKey, verify_checkpoint
from registry_formats.proofs import parse_proof
from registry_formats.submissions import KnownLogs
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH, TileRef, tile_path
from registry_formats.trust_policy import parse_policy
from tests.api.asking import Asker, asker
from tests.databases import ScratchDatabase
from tests.logbook import NOW, key_for, opened, seal, sign, write
from tests.running import log_seed

ORIGIN = "registry.test/audit/2026h2.1"
PREFIX = "/log/2026h2.1"
OLD_SIZES = (1, 2, 3, 255, 256, 257, 511, 512)


@dataclass(frozen=True, slots=True)
class Copy:
    """A directory in the layout of C2SP tlog-tiles, with what the registry proved beside it.

    `inclusion-<index>` and `consistency-<old>` hold hashes in base64, one a line; `<index>.tlog-proof` the whole file.
    """

    directory: Path
    size: int
    log: VerifierKey
    witnesses: tuple[str, ...]  # one vkey of each type that is offered

    @property
    def proved(self) -> list[int]:
        """The indexes of the leaves whose inclusion was proved."""
        return sorted(int(path.name.partition("-")[2]) for path in self.directory.glob("inclusion-*"))

    def read(self, name: str) -> str:
        return (self.directory / name).read_text(encoding="utf-8")


async def copy_log(database: ScratchDatabase, directory: Path, *, entries: int) -> Copy:
    """Let a log grow, in two steps, and copy all that is served of it."""
    # That there is a policy makes the API show only what is cosigned; the worker's part is played here.
    witnessed = asker(database, directory, witness_policy=directory / "policy")
    async with witnessed as member, opened(database, "registry_worker") as worker:
        seed, ids = log_seed(member.api), []
        for count in (entries // 2, entries - entries // 2):
            ids += [entry.id for entry in await write(member.api.owner, member.api.trail, count)]
            while await seal(worker, seed=seed):
                pass
            await sign(worker, seed=seed)
        place = open_place(directory / "witness", "witness.example/w1")
        log = key_for(ORIGIN, seed).vkey
        await _cosign(worker, place, log)
        place.state.close()
        reader = _Reader(member, directory / "copy")
        size = await reader.fetch_files(log)
        for entry_id in ids[:: len(ids) // 7]:
            await reader.fetch_inclusion(str(entry_id))
        for old in (*OLD_SIZES, size):
            await reader.fetch_consistency(old)
    return Copy(directory / "copy", size, log, tuple(key.vkey.encode() for key in place.keys))


async def _cosign(worker: Database, place: Place, log: VerifierKey) -> None:
    witness = Witness(place.keys, KnownLogs([log.encode()]), place.state)

    async def answer(request: httpx.Request) -> httpx.Response:
        said = witness.add_checkpoint(await request.aread(), int(NOW.timestamp()))
        return httpx.Response(said.status, text=said.body)

    names = [f"w{key.kind}" for key in place.keys]
    lines = [
        *(f"witness {name} {key.vkey.encode()} https://w/" for name, key in zip(names, place.keys, strict=True)),
        f"group all-of-them all {' '.join(names)}",
        "quorum all-of-them\n",
    ]
    witnesses = Witnesses(worker, parse_policy("\n".join(lines)), transport=httpx.MockTransport(answer))
    assert (await witnesses.ask_all(NOW)).cosigned == len(place.keys)
    await witnesses.close()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Copies what a member can read."""

    member: Asker
    target: Path

    async def fetch_files(self, log: VerifierKey) -> int:
        """Copy checkpoint, tiles and bundles; return the size of the tree."""
        size = verify_checkpoint(await self._text(f"{PREFIX}/checkpoint", "checkpoint"), ORIGIN, [log]).size
        level = 0
        while width := size >> TILE_HEIGHT * level:
            for first in range(0, width, TILE_WIDTH):
                ref = TileRef(level, first // TILE_WIDTH, min(TILE_WIDTH, width - first))
                await self._get(f"{PREFIX}/{tile_path(ref)}", tile_path(ref))
                if level == 0:
                    bundle = bundle_path(ref.index, ref.width)
                    await self._get(f"{PREFIX}/{bundle}", bundle)
            level += 1
        return size

    async def fetch_inclusion(self, entry_id: str) -> None:
        """Copy the proof file of an entry, and its hashes apart."""
        proof = parse_proof(await self._text(f"/v1/log/proofs/inclusion?entry_id={entry_id}", "tlog-proof"))
        (self.target / "tlog-proof").rename(self.target / f"{proof.index}.tlog-proof")
        lines = self.target / f"{proof.index}.tlog-proof"
        hashes = lines.read_text().partition("\n\n")[0].splitlines()[2:]
        (self.target / f"inclusion-{proof.index}").write_text("\n".join(hashes))

    async def fetch_consistency(self, old: int) -> None:
        """Copy the hashes that lead from an earlier size to the newest."""
        path = f"/v1/log/proofs/consistency?old={old}"
        answer = await self.member.api.client.get(path, headers=self.member.headers)
        hashes = answer.raise_for_status().json()["hashes"]
        assert all(len(b64decode(one)) == 32 for one in hashes)
        (self.target / f"consistency-{old}").write_text("\n".join(hashes))

    async def _text(self, url: str, name: str) -> str:
        return (await self._get(url, name)).decode()

    async def _get(self, url: str, name: str) -> bytes:
        answer = await self.member.api.client.get(url, headers=self.member.headers)
        assert answer.status_code == 200, (url, answer.text)
        path = self.target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer.content)
        return answer.content
