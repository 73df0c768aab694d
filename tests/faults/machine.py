"""A registry of real processes on a real socket, whose processes a test may kill one by one."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry import keys, masters
from registry.app import open_trail
from registry.cli.log import of_details, of_numbers
from registry.clock import real_time
from registry.domain.events import Act
from registry.domain.filings import Filing
from registry.keys import API_KEYS, KeyName
from registry.masters import Master
from registry.services import detail_check, log_check, members, number_check
from registry.services.log_check import Verdict
from registry.services.members import Application
from registry.store.database import Database
from registry_client.reports import Author, document
from registry_formats import base64url, jwk
from tests.bench import servers
from tests.bench.servers import Server
from tests.databases import ScratchDatabase
from tests.filings import NOW
from tests.logbook import seal, sign
from tests.ports import HOST, free_port
from tests.running import ISSUER, Platform

REALM = "registry.test"
EVERYBODY_AT_ONCE = httpx.Limits(max_connections=400, max_keepalive_connections=400)
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]+Z)?")


@dataclass(frozen=True, slots=True)
class Machine:
    """Keys, a database, and the commands that work on them."""

    place: Path
    database: ScratchDatabase
    port: int

    @classmethod
    def furnished(cls, place: Path, database: ScratchDatabase) -> "Machine":
        """Make the registry's keys."""
        keys.generate(place / "keys", [*KeyName, keys.pepper_name(1)])
        return cls(place, database, free_port())

    @property
    def pepper(self) -> bytes:
        return keys.load(self.place / "keys", []).peppers[1]

    def environment(self) -> dict[str, str]:
        return {
            "REGISTRY_MODE": "sandbox",
            "REGISTRY_REALM": REALM,
            "REGISTRY_PUBLIC_URL": ISSUER,
            "REGISTRY_PORT": str(self.port),
            "REGISTRY_DATA_DIR": str(self.place),
            "REGISTRY_DATABASE_URL": self.database.url("registry_api"),
            "REGISTRY_OWNER_DATABASE_URL": self.database.url(),
            "REGISTRY_WORKER_DATABASE_URL": self.database.url("registry_worker"),
            "REGISTRY_AUDITOR_DATABASE_URL": self.database.url("registry_auditor"),
        }

    @contextmanager
    def serving(self) -> Iterator[Server]:
        """Run `registry serve`, one process, until the block ends or the test kills it."""
        said = self.place / "serve.log"
        with servers.running([servers.REGISTRY, "serve"], self.environment(), said) as process:
            servers.wait_for(process, self.port, "/healthz", said)
            yield Server(process, self.port)

    @contextmanager
    def working(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run `registry worker`."""
        with servers.running([servers.REGISTRY, "worker"], self.environment(), self.place / "worker.log") as process:
            yield process

    @contextmanager
    def sequencing(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a worker that does nothing but order and sign, and is impatient to lead."""
        command = [sys.executable, "-m", "tests.faults.sequencing"]
        with servers.running(command, self.environment(), self.place / "sequencing.log") as process:
            yield process

    @asynccontextmanager
    async def client(self, seconds: float = 30) -> AsyncIterator[httpx.AsyncClient]:
        url = f"http://{HOST}:{self.port}"
        async with httpx.AsyncClient(base_url=url, timeout=seconds, limits=EVERYBODY_AT_ONCE) as client:
            yield client

    async def admit(self, client: httpx.AsyncClient, name: str = "Alpha", claims_per_day: int = 100_000) -> Platform:
        key, owner = Ed25519PrivateKey.generate(), Database(self.database.url(), pool_size=2)
        try:
            trail = await open_trail(owner, keys.load(self.place / "keys", API_KEYS), self.master(), process="tests")
            wish = Application(name, f"{name} group", jwk.export(key.public_key()), claims_per_day=claims_per_day)
            async with owner.write() as session:
                act = Act(real_time(), str(uuid4()), operator="tests")
                member = await members.add(session, wish, act=act, trail=trail)
        finally:
            await owner.close()
        return Platform(member, key, client)

    async def seal(self) -> None:
        """Do what the worker does, once."""
        seed = keys.load(self.place / "keys", [KeyName.LOG], peppers=False)[KeyName.LOG]
        worker = Database(self.database.url("registry_worker"), pool_size=1)
        try:
            await seal(worker, realm=REALM, seed=seed, now=real_time())
            await sign(worker, realm=REALM, seed=seed, now=real_time())
        finally:
            await worker.close()

    async def verify(self, **grace: int) -> Verdict:
        """Rebuild the log from outside, as the auditor, and open every entry with the registry's keys."""
        auditor = Database(self.database.url("registry_auditor"), pool_size=1)
        try:
            async with auditor.read() as session:
                verdict = await log_check.check(session, log_public_key=keys.log_public_key(self.place / "keys"))
                details = await detail_check.check(session, master=self.master())
                numbers = of_numbers(await number_check.check(session, **grace))
                return replace(verdict, faults=(*verdict.faults, *numbers, *of_details(details)))
        finally:
            await auditor.close()

    def master(self) -> Master:
        """Find what opens the details of this log."""
        return masters.find(None, self.place / "keys")

    async def ask(self, sql: str, *values: object) -> Any:  # noqa: ANN401 - whatever the statement returns
        """Run one statement as a superuser, for whom no trigger and no grant is in the way."""
        connection = await asyncpg.connect(self.database.dsn("postgres"), timeout=10)
        try:
            await connection.execute("SET session_replication_role = replica")
            return await connection.fetchval(sql, *values)
        finally:
            await connection.close()

    async def execute(self, script: str) -> None:
        """Run a script as a superuser."""
        connection = await asyncpg.connect(self.database.dsn("postgres"), timeout=10)
        try:
            await connection.execute(script)
        finally:
            await connection.close()


def statement(platform: Platform, filing: Filing) -> str:
    """Sign a filing of tests/filings.py as this member, with all its days moved to today."""
    ahead = real_time().date() - NOW.date()
    told = _moved(dict(document(filing)), ahead)
    for entry in told["evidence"]:
        entry["class"], entry["bytes"] = entry.pop("evidence_class"), entry.pop("size")
    return Author(platform.key, platform.kid).statement(told)


def question(*tokens: str) -> dict[str, Any]:
    """Ask about a person by phone, for a claim of its own."""
    claim = base64url.encode(os.urandom(32))
    return {"purpose": "Q1", "claim_ref": claim, "identifiers": [{"kind": "phone", "tokens": list(tokens)}]}


async def until_done(tasks: list["asyncio.Task[None]"], seconds: float) -> None:
    """Wait for tasks, each of which must end by itself within so many seconds."""
    async with asyncio.timeout(seconds):
        await asyncio.gather(*tasks)


def _moved(value: Any, ahead: timedelta) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {name: _moved(member, ahead) for name, member in value.items()}
    if isinstance(value, list):
        return [_moved(member, ahead) for member in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        if "T" in value:
            return (datetime.fromisoformat(value) + ahead).isoformat().replace("+00:00", "Z")
        return (date.fromisoformat(value) + ahead).isoformat()
    return value
