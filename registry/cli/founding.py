"""What a registry on one machine needs before its processes can start; each step is done once and skipped later."""

import asyncio
import secrets
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry import keys, masters
from registry.cli.databases import owner_url
from registry.cli.operating import Desk, operate
from registry.clock import real_time
from registry.domain.access import MemberKind
from registry.errors import Misconfigured
from registry.keyholder import operator
from registry.keyholder.keys import Keyring
from registry.relay import identity
from registry.services import log, members
from registry.services.members import Application
from registry.settings import Settings
from registry.store import members as store
from registry.store import migrations
from registry.store.database import Database
from registry_formats import jwk

RELAY = "Relay"
RELAY_DAILY = 30_000  # two contacts at most for each notice, one element each
EPOCH = 1


def make_directory(path: Path) -> None:
    """Make the data directory, where there is none. Misconfigured `data_dir_unreachable`."""
    try:
        path.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{path}: {error.strerror}. Set REGISTRY_DATA_DIR to a directory of yours."
        raise Misconfigured("data_dir_unreachable", message) from None


def make_keys(settings: Settings) -> None:
    """Make the registry's own keys and the key operator's, where there are none."""
    if not keys.existing(settings.keys_path):
        keys.generate(settings.keys_path, [*settings.key_names, keys.pepper_name(EPOCH)])
        if settings.master_key:
            masters.make(settings.master_key)
    if not (settings.keyholder_path / "realm.json").exists():
        operator.init(settings.keyholder_path, settings.realm, epochs=[EPOCH], now=real_time())


def bring_up_to_date(settings: Settings) -> None:
    """Apply the revisions the database lacks, and make room for the log, whose first entry comes before a worker."""
    asyncio.run(_bring_up_to_date(owner_url(settings)))


def join_relay(settings: Settings) -> None:
    """Admit the relay as a member of its own kind, enrol it, and tell it who it is; a crash between is made good."""
    directory = settings.relay_path
    if (directory / "relay.json").exists():
        return
    if not (directory / "member.key").exists():
        identity.create(directory, secrets.token_bytes(32))
    public = identity.public_jwk(directory)
    member_id = operate(lambda desk: _relay(desk, public))
    enrol(settings, member_id, jwk.parse(public), group=RELAY, daily=RELAY_DAILY)
    identity.join(directory, member_id, realm=settings.realm, operators=operator_keys(settings))


def enrol(settings: Settings, member_id: UUID, public: object, *, group: str, daily: int) -> None:
    """Let a member ask the key operator for evaluations."""
    if not isinstance(public, Ed25519PublicKey):
        raise Misconfigured("key_type", "A member signs its requests to a key operator with Ed25519.")
    operator.enrol(settings.keyholder_path, str(member_id), public.public_bytes_raw(), group, daily)


def operator_keys(settings: Settings) -> dict[str, bytes]:
    """Return the key operator's public key (Ed25519, 32 bytes) by its name: what members pin."""
    ring = Keyring(settings.keyholder_path)
    return {ring.operator: ring.public.public_bytes_raw()}


async def _bring_up_to_date(url: str) -> None:
    await migrations.upgrade(url)
    database = Database(url, pool_size=1)
    try:
        async with database.write() as session:
            await log.make_room(session, now=real_time())
    finally:
        await database.close()


async def _relay(desk: Desk, public: dict[str, str]) -> UUID:
    known = await store.find_named(desk.session, name=RELAY)
    application = Application(name=RELAY, group=RELAY, jwk=public, kind=MemberKind.RELAY)
    member = known or await members.add(desk.session, application, act=desk.act, trail=desk.trail)
    return member.id
