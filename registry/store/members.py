"""Members, their groups and their keys; and which of them may not act any more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.domain.access import MemberKind, Scope
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import assertion_seen, group, member, member_key
from registry_formats import jwk as jwks
from registry_formats.jws import PublicKey

ACTIVE, SUSPENDED = "active", "suspended"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as stored; `pseudonym` is what other members see of it."""

    id: UUID
    group_id: UUID
    group: str
    name: str
    pseudonym: str
    kind: MemberKind
    status: str
    scopes: frozenset[Scope]
    policy: str
    claims_per_day: int
    created_at: datetime
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A public key of a member; `valid_to` is None until rotation ends it."""

    kid: str
    algorithm: str
    jwk: Mapping[str, str]
    valid_from: datetime
    valid_to: datetime | None

    def public_key(self) -> PublicKey:
        """Return the key itself."""
        return jwks.parse(self.jwk)


@dataclass(frozen=True, slots=True)
class Barred:
    """Who may not act although a token of theirs still lives: suspended members, and keys that ended lately."""

    members: frozenset[UUID]
    keys: frozenset[tuple[UUID, str]]


async def find_group(session: ReadSession, *, name: str) -> UUID | None:
    """Find a group by its name."""
    return (await session.execute(select(group.c.id).where(group.c.name == name))).scalar_one_or_none()


async def insert_group(session: WriteSession, *, group_id: UUID, name: str, now: datetime) -> None:
    """Add a group."""
    await session.execute(insert(group).values(id=group_id, name=name, created_at=now))


async def list_groups(session: ReadSession) -> Sequence[tuple[UUID, str]]:
    """List all groups by name."""
    result = await session.execute(select(group.c.id, group.c.name).order_by(group.c.name))
    return [(row.id, row.name) for row in result]


async def insert_member(session: WriteSession, new: Member) -> None:
    """Add a member; its group must exist."""
    await session.execute(
        insert(member).values(
            id=new.id,
            group_id=new.group_id,
            name=new.name,
            pseudonym=new.pseudonym,
            kind=new.kind,
            status=new.status,
            scopes=sorted(new.scopes),
            policy=new.policy,
            claims_per_day=new.claims_per_day,
            created_at=new.created_at,
            suspended_at=new.suspended_at,
        )
    )


async def get(session: ReadSession, *, member_id: UUID) -> Member:
    """Return a member; NotFound `member_unknown`."""
    row = (await session.execute(_members().where(member.c.id == member_id))).one_or_none()
    if row is None:
        raise NotFound("member_unknown")
    return _member(row)


async def find_named(session: ReadSession, *, name: str) -> Member | None:
    """Find a member by its name."""
    row = (await session.execute(_members().where(member.c.name == name))).one_or_none()
    return _member(row) if row is not None else None


async def list_all(session: ReadSession) -> list[Member]:
    """List all members by name."""
    return [_member(row) for row in await session.execute(_members().order_by(member.c.name))]


async def page(session: ReadSession, *, start: str, limit: int) -> list[Member]:
    """List members by name, from a name on."""
    wanted = _members().where(member.c.name >= start).order_by(member.c.name).limit(limit)
    return [_member(row) for row in await session.execute(wanted)]


async def names(session: ReadSession, *, of: Collection[UUID] | None = None) -> dict[UUID, str]:
    """Return what all members are called, or those of these ids, by name."""
    wanted = select(member.c.id, member.c.name).order_by(member.c.name)
    if of is not None:
        wanted = wanted.where(member.c.id.in_(of))
    return {row.id: row.name for row in await session.execute(wanted)}


async def set_status(session: WriteSession, *, member_id: UUID, status: str, suspended_at: datetime | None) -> None:
    """Suspend or resume a member."""
    await session.execute(
        update(member).where(member.c.id == member_id).values(status=status, suspended_at=suspended_at)
    )


async def set_claims(session: WriteSession, *, member_id: UUID, claims_per_day: int) -> None:
    """Change what a member's quotas follow from."""
    await session.execute(update(member).where(member.c.id == member_id).values(claims_per_day=claims_per_day))


async def lock(session: WriteSession, *, member_id: UUID) -> Member:
    """Return a member and keep it from changing until this transaction ends; NotFound `member_unknown`."""
    row = (await session.execute(_members().where(member.c.id == member_id).with_for_update(of=member))).one_or_none()
    if row is None:
        raise NotFound("member_unknown")
    return _member(row)


async def insert_key(session: WriteSession, *, member_id: UUID, key: MemberKey) -> None:
    """Add a key of a member."""
    await session.execute(
        insert(member_key).values(
            member_id=member_id,
            kid=key.kid,
            algorithm=key.algorithm,
            jwk=dict(key.jwk),
            valid_from=key.valid_from,
            valid_to=key.valid_to,
        )
    )


async def end_keys(session: WriteSession, *, member_id: UUID, valid_to: datetime, kid: str | None = None) -> None:
    """End all of the member's keys at this instant, or this one alone, unless they end sooner."""
    later = (member_key.c.valid_to.is_(None)) | (member_key.c.valid_to > valid_to)
    ended = update(member_key).where(member_key.c.member_id == member_id, later)
    if kid is not None:
        ended = ended.where(member_key.c.kid == kid)
    await session.execute(ended.values(valid_to=valid_to))


async def list_keys(session: ReadSession, *, member_id: UUID) -> list[MemberKey]:
    """List all keys a member ever had, oldest first; a signature of last year must stay checkable."""
    rows = await session.execute(_keys().where(member_key.c.member_id == member_id).order_by(member_key.c.valid_from))
    return [_key(row) for row in rows]


async def is_key_known(session: ReadSession, *, kid: str) -> bool:
    """Tell whether any member has, or ever had, this key."""
    return (await session.execute(select(member_key.c.kid).where(member_key.c.kid == kid).limit(1))).first() is not None


async def live_keys(session: ReadSession, *, member_id: UUID, now: datetime) -> dict[str, PublicKey]:
    """Return the keys that may sign now, by key id."""
    return {key.kid: key.public_key() for key in await list_keys(session, member_id=member_id) if is_live(key, now)}


def is_live(key: MemberKey, now: datetime) -> bool:
    """Tell whether a key may sign now."""
    return key.valid_from <= now and (key.valid_to is None or now < key.valid_to)


async def barred(session: ReadSession, *, ended_after: datetime, now: datetime) -> Barred:
    """Return who may not act although a token issued after `ended_after` could still say so."""
    suspended = await session.execute(select(member.c.id).where(member.c.status == SUSPENDED))
    ended = await session.execute(
        select(member_key.c.member_id, member_key.c.kid).where(
            member_key.c.valid_to > ended_after, member_key.c.valid_to <= now
        )
    )
    return Barred(frozenset(suspended.scalars()), frozenset((row.member_id, row.kid) for row in ended))


async def use_assertion(session: WriteSession, *, jti_hash: bytes, expires_at: datetime) -> bool:
    """Mark a client assertion as used; False if it was before, also when both arrive at once."""
    statement = upsert(assertion_seen).values(jti_hash=jti_hash, expires_at=expires_at).on_conflict_do_nothing()
    used = await session.execute(statement.returning(literal(1)))
    return used.one_or_none() is not None


def _members() -> Select[Any]:
    columns = [column for column in member.c if column.name != "group_id"]
    return select(*columns, group.c.id.label("group_id"), group.c.name.label("group_name")).join(group)


def _member(row: Row[Any]) -> Member:
    return Member(
        id=row.id,
        group_id=row.group_id,
        group=row.group_name,
        name=row.name,
        pseudonym=row.pseudonym,
        kind=MemberKind(row.kind),
        status=row.status,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        policy=row.policy,
        claims_per_day=row.claims_per_day,
        created_at=row.created_at,
        suspended_at=row.suspended_at,
    )


def _keys() -> Select[Any]:
    keys = member_key.c
    return select(keys.kid, keys.algorithm, keys.jwk, keys.valid_from, keys.valid_to)


def _key(row: Row[Any]) -> MemberKey:
    return MemberKey(row.kid, row.algorithm, row.jwk, row.valid_from, row.valid_to)
