"""Worker and witness as processes: cosigned over loopback, a witness killed and back, a registry led back and found."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry import keys
from registry_client.witness import open_place
from registry_formats.cosignatures import verify_cosignatures
from registry_formats.notes import VerifierKey, parse_checkpoint_text, parse_note, verify_checkpoint
from registry_formats.submissions import origin_hash
from tests.bench import servers
from tests.databases import ScratchDatabase
from tests.faults.machine import REALM, Machine
from tests.ports import free_port
from tests.rollback import roll_back

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
_NAME = "witness.example/w1"
_COSIGNED = "SELECT coalesce(max(size), 0) FROM audit.cosignature"
_ORIGIN = "SELECT origin FROM audit.shard ORDER BY id DESC LIMIT 1"
_REASON = "SELECT reason FROM audit.shard ORDER BY id DESC LIMIT 1"


class Pair:
    """A machine whose worker asks one witness on another port."""

    def __init__(self, place: Path, database: ScratchDatabase) -> None:
        self.machine = Machine.furnished(place / "registry", database)
        self.memory, self.port = place / "witness", free_port()
        self.log = VerifierKey(f"{REALM}/audit", keys.log_public_key(self.machine.place / "keys"))
        home = open_place(self.memory, _NAME)
        home.state.close()
        self.keys = [key.vkey for key in home.keys]
        self.policy = place / "policy"
        self.address = f"http://127.0.0.1:{self.port}"
        lines = f"witness w {self.keys[-1].encode()} {self.address}\nquorum w\n"
        self.policy.write_text(lines, encoding="utf-8")

    @contextmanager
    def witnessing(self) -> Iterator[None]:
        """Run the witness; at the end it is killed, not stopped."""
        options = ("--memory", self.memory, "--name", _NAME, "--key", self.log.encode())
        command = (sys.executable, "-m", "registry_client.cli.app", "log", "watch", "--serve", *map(str, options))
        said = self.memory / "said.log"
        with servers.running([*command, "--listen", f"127.0.0.1:{self.port}"], {}, said) as process:
            servers.wait_for(process, self.port, "/", said)
            yield
            process.kill()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run the worker, that asks as often as it may."""
        asking = {"REGISTRY_WITNESS_POLICY": str(self.policy), "REGISTRY_WITNESS_SECONDS": "1"}
        environment, said = self.machine.environment() | asking, self.machine.place / "worker.log"
        with servers.running([servers.REGISTRY, "worker"], environment, said):
            yield

    async def cosigned_beyond(self, size: int) -> int:
        """Wait until the witness has cosigned more than this."""
        async with asyncio.timeout(60):
            while (found := int(await self.machine.ask(_COSIGNED))) <= size:  # noqa: ASYNC110 - another process's work
                await asyncio.sleep(0.2)
        return found

    def asked(self) -> tuple[int, list[dict[str, Any]]]:
        """Run `registry log witnesses`; return how it ended and what it said."""
        environment = os.environ | self.machine.environment() | {"REGISTRY_WITNESS_POLICY": str(self.policy)}
        command = [servers.REGISTRY, "log", "witnesses", "--json"]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return ended.returncode, json.loads(ended.stdout)

    def shown(self, origin: str) -> int:
        """Return how far the witness has seen a log, by what it shows."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/{origin_hash(origin)}/checkpoint").raise_for_status().text
        assert verify_cosignatures(answer, self.keys)
        return verify_checkpoint(answer, origin, [VerifierKey(origin, self.log.public_key)]).size


async def test_a_witness_follows_through_its_own_death_and_finds_a_registry_that_was_led_back(
    database: ScratchDatabase, tmp_path: Path
) -> None:
    pair = Pair(tmp_path, database)
    guard = pair.machine.place / "checkpoint-guard"
    with pair.witnessing():
        with pair.working():
            await pair.cosigned_beyond(0)
        backup = guard.read_bytes()
        saved = parse_checkpoint_text(parse_note(backup.decode()).text).size
        origin = await pair.machine.ask(_ORIGIN)
        assert pair.shown(origin) <= saved
    with pair.witnessing():
        with pair.working():
            await pair.cosigned_beyond(saved)
        second = pair.shown(origin)
        assert pair.asked() == (0, [{"witness": "w", "address": pair.address, "size": second, "reason": None}])
    assert pair.asked() == (1, [{"witness": "w", "address": pair.address, "size": None, "reason": "ConnectError"}])
    # Database and guard come back from one backup, so that only the witness knows better.
    await roll_back(database, saved)
    guard.write_bytes(backup)
    with pair.witnessing(), pair.working():
        async with asyncio.timeout(60):
            while await pair.machine.ask(_ORIGIN) == origin:  # noqa: ASYNC110 - another process's work
                await asyncio.sleep(0.2)
        assert await pair.machine.ask(_REASON) == "witness_ahead"
        assert pair.shown(origin) == second
