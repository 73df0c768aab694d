"""A log that grows, its witnesses without a network between, and what everybody is shown of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import httpx

from registry.errors import NotFound
from registry.services import log_reads
from registry.store.database import Database
from registry.witnesses import Round, Witnesses
from registry_client.witness import Place, Witness
from registry_formats.cosignatures import CosigningKey, offers_ml_dsa, verify_cosignatures
from registry_formats.merkle import hash_leaf
from registry_formats.notes import verify_checkpoint
from registry_formats.submissions import KnownLogs
from registry_formats.trust_policy import TrustPolicy, parse_policy
from tests.logbook import NOW, REALM, SEED, key_for, new_trail, seal, sign, write

ORIGIN = f"{REALM}/audit/2026h2.1"
KEY = key_for(ORIGIN).vkey
T_S = int(NOW.timestamp())


@dataclass
class Network:
    """Witnesses by host name, without a network between; those in `down` do not answer."""

    places: dict[str, Place]
    down: set[str] = field(default_factory=set)
    sizes: list[tuple[str, int]] = field(default_factory=list)  # who answered, with which status

    async def handle(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host in self.down:
            raise httpx.ConnectError("down")
        place = self.places[host]
        witness = Witness(place.keys, KnownLogs([key_for(f"{REALM}/audit").vkey.encode()]), place.state)
        if request.method == "GET":
            answer = witness.show(request.url.path.split("/")[-2])
        else:
            answer = witness.add_checkpoint(await request.aread(), T_S)
        self.sizes.append((host, answer.status.value))
        return httpx.Response(answer.status, text=answer.body, headers={"content-type": answer.content_type})

    def policy(self, quorum: str) -> TrustPolicy:
        lines = [f"witness {name} {p.keys[-1].vkey.encode()} https://{name}/w/" for name, p in self.places.items()]
        group = f"group g {quorum} {' '.join(self.places)}"
        return parse_policy("\n".join([*lines, group, "quorum g"]) + "\n")


@dataclass(frozen=True)
class Stage:
    """A log that grows, and whoever reads it."""

    api: Database
    worker: Database
    network: Network

    async def grow(self, count: int = 1) -> bytes:
        """Write, seal and sign; return the last leaf's hash."""
        entries = await write(self.api, await new_trail(self.api), count)
        while await seal(self.worker):
            pass
        await sign(self.worker)
        return hash_leaf(entries[-1].leaf)

    @asynccontextmanager
    async def asking(self, quorum: str) -> AsyncIterator[Witnesses]:
        transport = httpx.MockTransport(self.network.handle)
        own_key = partial(CosigningKey.ml_dsa, seed=SEED) if offers_ml_dsa() else None
        witnesses = Witnesses(self.worker, self.network.policy(quorum), own_key=own_key, transport=transport)
        try:
            yield witnesses
        finally:
            await witnesses.close()

    async def ask(self, quorum: str, now: datetime = NOW) -> Round:
        async with self.asking(quorum) as witnesses:
            return await witnesses.ask_all(now)

    async def published(self) -> tuple[int, set[str]]:
        """Return the size that everybody is shown, and who cosigned it."""
        try:
            async with self.api.read() as session:
                note = await log_reads.checkpoint(session, witnessed=True)
        except NotFound:
            return 0, set()
        keys = [key.vkey for place in self.network.places.values() for key in place.keys]
        cosigned = {one.key.name for one in verify_cosignatures(note, keys)}
        if cosigned and offers_ml_dsa():
            assert verify_cosignatures(note, [CosigningKey.ml_dsa(ORIGIN, SEED).vkey])
        return verify_checkpoint(note, ORIGIN, [KEY]).size, cosigned
