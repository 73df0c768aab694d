"""What every figure is measured on: a durable PostgreSQL of its own, a member, some thousand reports, keys."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry import keys, masters
from registry.api.access_tokens import AccessTokens
from registry.app import open_trail
from registry.clock import real_time
from registry.domain.access import Caller
from registry.domain.events import Act
from registry.keys import API_KEYS, KeyName, Keys
from registry.services import members
from registry.services.members import Application
from registry.store import binaries, embedded, migrations
from registry.store.database import Database
from registry_formats import jwk
from tests.bench import servers
from tests.bench.people import Person, report
from tests.ports import free_port

ISSUER = "http://registry.bench"


@dataclass(frozen=True, slots=True)
class Stage:
    """The place, and who acts on it."""

    place: Path
    instance: embedded.Instance
    held: Keys
    caller: Caller
    reported: Sequence[Person]

    @property
    def pepper(self) -> bytes:
        """The pepper of the only epoch."""
        return self.held.peppers[1]

    @property
    def log(self) -> Path:
        """Where servers write what they say."""
        return self.place / "servers.log"

    def environment(self) -> dict[str, str]:
        """Return the settings of a process that works on this stage."""
        return environment(self.place) | {
            "REGISTRY_DATABASE_URL": self.instance.url(user="registry_api"),
            "REGISTRY_OWNER_DATABASE_URL": self.instance.url(),
            "REGISTRY_WORKER_DATABASE_URL": self.instance.url(user="registry_worker"),
            "REGISTRY_AUDITOR_DATABASE_URL": self.instance.url(user="registry_auditor"),
        }

    def access_token(self) -> str:
        """Issue what `/oauth/token` would: a token of ten minutes."""
        issuer = AccessTokens(issuer=ISSUER, seed=self.held[KeyName.ACCESS_TOKENS])
        return issuer.issue(self.caller, now=real_time()).token

    @staticmethod
    def say(text: str) -> None:
        """Show progress."""
        sys.stderr.write(f"  {text}\n")

    @contextmanager
    def serving(self, application: str, path: str) -> Iterator[servers.Server]:
        """Serve an application with this stage's settings."""
        with servers.serving(application, path, free_port(), self.environment(), self.log) as server:
            yield server


@contextmanager
def directory() -> Iterator[Path]:
    """Make a data directory that PostgreSQL's own account can pass through, and remove it."""
    place = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def environment(place: Path) -> dict[str, str]:
    """Return the settings every process of a bench shares."""
    return {"REGISTRY_DATA_DIR": str(place), "REGISTRY_REALM": "registry.bench", "REGISTRY_PUBLIC_URL": ISSUER}


def furnish(place: Path) -> Keys:
    """Make the registry's keys."""
    keys.generate(place / "keys", [*KeyName, keys.pepper_name(1)])
    return keys.load(place / "keys", API_KEYS)


@contextmanager
def staged() -> Iterator[Stage]:
    """Set the stage, with fsync on, and clear it away."""
    with directory() as place, embedded.start(place, sync=True) as instance:
        asyncio.run(migrations.upgrade(instance.url()))
        held = furnish(place)
        caller = asyncio.run(_admit(instance, held, place))
        reported = asyncio.run(report(instance.dsn(), held.peppers[1]))
        yield Stage(place, instance, held, caller, reported)


async def _admit(instance: embedded.Instance, held: Keys, place: Path) -> Caller:
    owner = Database(instance.url(), pool_size=2)
    try:
        trail = await open_trail(owner, held, masters.find(None, place / "keys"), process="bench")
        key = jwk.export(Ed25519PrivateKey.generate().public_key())
        async with owner.write() as session:
            act = Act(real_time(), str(uuid4()), operator="bench")
            application = Application("Bench Mall", "Bench", key, claims_per_day=10_000_000)
            member = await members.add(session, application, act=act, trail=trail)
    finally:
        await owner.close()
    return Caller(member.id, member.group_id, member.scopes, member.policy, key["kid"])


def postgres_version() -> str:
    """Name the PostgreSQL that a bench starts."""
    return f"PostgreSQL {binaries.version(binaries.find(None))}"
