"""What the operator does with members, and the trace each step leaves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.clock import real_time
from registry.domain.access import PLATFORM_SCOPES, RELAY_SCOPES, MemberKind, Scope
from registry.domain.events import Act
from registry.errors import Conflict, Malformed, NotFound, RegistryError
from registry.services import members
from registry.services.members import Application
from registry.services.trail import Trail, TrailKeys
from registry.store import audit
from registry.store import members as store
from registry.store.database import Database
from registry.store.members import Member
from registry_formats import jwk
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio

ED = jwk.export(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())


@dataclass(frozen=True, slots=True)
class Desk:
    """The operator's access."""

    database: Database
    trail: Trail
    act: Act

    async def add(self, name: str = "Alpha", **fields: object) -> Member:
        key = ED if name == "Alpha" else jwk.export(Ed25519PrivateKey.generate().public_key())
        wish = Application(**({"name": name, "group": "Group", "jwk": key} | fields))  # type: ignore[arg-type]
        async with self.database.write() as session:
            return await members.add(session, wish, act=self.act, trail=self.trail)

    async def code(self, step: object, *args: object, **fields: object) -> str:
        with pytest.raises(RegistryError) as refused:
            async with self.database.write() as session:
                await step(session, *args, act=self.act, trail=self.trail, **fields)  # type: ignore[operator]
        return refused.value.code

    async def traces(self) -> list[str]:
        async with self.database.read() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql("SELECT outcome FROM audit.entry WHERE type = 4")
            return [row[0] for row in found]


@pytest.fixture
async def desk(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    opened = Database(database.url(), pool_size=2)
    async with opened.write() as session:
        writer_id = await audit.open_writer(session, process="tests", started_at=real_time())
    entropy = iter(range(256))
    trail = Trail(
        TrailKeys(bytes(32), bytes(32)), writer_id=writer_id, entropy=lambda size: bytes([next(entropy)]) * size
    )
    yield Desk(opened, trail, Act(real_time(), str(uuid4()), operator="tests"))
    await opened.close()


async def test_a_member_is_admitted_with_its_group_its_key_and_all_usual_scopes(desk: Desk) -> None:
    alpha = await desk.add()
    async with desk.database.read() as session:
        assert await store.get(session, member_id=alpha.id) == alpha
        (key,) = await store.list_keys(session, member_id=alpha.id)
    assert (alpha.group, alpha.status, alpha.scopes) == ("Group", "active", PLATFORM_SCOPES)
    assert (key.kid, key.algorithm, key.valid_to) == (jwk.thumbprint(ED), "EdDSA", None)
    assert alpha.id.version == 7
    assert await desk.traces() == ["done"]


async def test_members_of_one_group_share_it_and_have_pseudonyms_of_their_own(desk: Desk) -> None:
    alpha, beta, gamma = await desk.add("Alpha"), await desk.add("Beta"), await desk.add("Gamma", group="Other")
    assert alpha.group_id == beta.group_id != gamma.group_id
    assert len({member.pseudonym for member in (alpha, beta, gamma)}) == 3
    assert all("alpha" not in member.pseudonym and len(member.pseudonym) == 10 for member in (alpha, beta, gamma))


async def test_a_key_belongs_to_one_member(desk: Desk) -> None:
    await desk.add("Alpha")
    beta = await desk.add("Beta")
    with pytest.raises(Conflict, match="member_key_exists"):
        await desk.add("Gamma", jwk=ED)
    assert await desk.code(members.rotate_key, beta.id, ED, overlap=timedelta(0)) == "member_key_exists"


async def test_a_name_is_taken_once(desk: Desk) -> None:
    await desk.add()
    with pytest.raises(Conflict, match="member_exists"):
        await desk.add()
    assert await desk.traces() == ["done"]


@pytest.mark.parametrize(
    ("kind", "scopes"),
    [(MemberKind.PLATFORM, {Scope.NOTICES_RECORD}), (MemberKind.RELAY, RELAY_SCOPES | {Scope.SCORES_QUERY})],
)
async def test_a_member_gets_no_scope_that_its_kind_may_not_have(
    desk: Desk, kind: MemberKind, scopes: frozenset[Scope]
) -> None:
    with pytest.raises(Conflict, match="scope_not_for_kind"):
        await desk.add(kind=kind, scopes=frozenset(scopes))


@pytest.mark.parametrize(
    "key",
    [
        {},
        ED | {"d": "secret"},
        ED | {"x": "AA"},
        ED | {"crv": "X25519"},
        ED | {"x": 5},
        {"kty": "oct", "k": "AA"},
        {"kty": "EC", "crv": "P-256", "x": ED["x"], "y": ED["x"]},
        {"kty": "EC", "crv": "secp256k1", "x": ED["x"], "y": ED["x"]},
    ],
)
async def test_what_is_not_a_public_key_of_ours_is_refused(desk: Desk, key: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="member_key_refused"):
        await desk.add(jwk=key)


async def test_what_else_a_key_says_of_itself_is_dropped(desk: Desk) -> None:
    alpha = await desk.add(jwk=ED | {"kid": "mine", "x5c": ["certificate"], "alg": "none", "name": "Zhang San"})
    async with desk.database.read() as session:
        (key,) = await store.list_keys(session, member_id=alpha.id)
    assert key.jwk == ED


async def test_a_new_key_works_beside_the_old_one_until_the_overlap_ends(desk: Desk) -> None:
    alpha = await desk.add()
    fresh = jwk.export(ec.generate_private_key(ec.SECP256R1()).public_key())
    overlap = timedelta(hours=2)
    async with desk.database.write() as session:
        key = await members.rotate_key(session, alpha.id, fresh, overlap=overlap, act=desk.act, trail=desk.trail)
        during = await store.live_keys(session, member_id=alpha.id, now=desk.act.now + overlap - timedelta(seconds=1))
        after = await store.live_keys(session, member_id=alpha.id, now=desk.act.now + overlap)
    assert key.algorithm == "ES256"
    assert set(during) == {ED["kid"], fresh["kid"]}
    assert set(after) == {fresh["kid"]}


async def test_a_key_never_comes_back(desk: Desk) -> None:
    alpha = await desk.add()
    code = await desk.code(members.rotate_key, alpha.id, ED, overlap=timedelta(0))
    assert code == "member_key_exists"


@pytest.mark.parametrize("overlap", [timedelta(days=31), timedelta(seconds=-1)])
async def test_an_overlap_is_short(desk: Desk, overlap: timedelta) -> None:
    alpha = await desk.add()
    fresh = jwk.export(Ed25519PrivateKey.generate().public_key())
    assert await desk.code(members.rotate_key, alpha.id, fresh, overlap=overlap) == "overlap_too_long"


async def test_a_member_is_suspended_and_resumed_once_each(desk: Desk) -> None:
    alpha = await desk.add()
    assert await desk.code(members.resume, alpha.id) == "member_active"
    async with desk.database.write() as session:
        suspended = await members.suspend(session, alpha.id, act=desk.act, trail=desk.trail)
    assert (suspended.status, suspended.suspended_at) == ("suspended", desk.act.now)
    assert await desk.code(members.suspend, alpha.id) == "member_suspended"
    async with desk.database.write() as session:
        assert await members.resume(session, alpha.id, act=desk.act, trail=desk.trail) == alpha
        assert await store.get(session, member_id=alpha.id) == alpha
    assert await desk.traces() == ["done"] * 3


async def test_a_stranger_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound, match="member_unknown"):
        async with desk.database.write() as session:
            await members.suspend(session, UUID(int=7), act=desk.act, trail=desk.trail)
