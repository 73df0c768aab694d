"""Admit a member to the registry; it leaves an entry."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from registry.domain.access import PLATFORM_SCOPES, RELAY_SCOPES, MemberKind, Scope
from registry.domain.events import Act
from registry.errors import Conflict
from registry.services.members.keys import fresh_key
from registry.services.members.trace import Content, new_id, record
from registry.services.trail import Trail
from registry.store import members as store
from registry.store.database import ReadSession, WriteSession
from registry.store.members import ACTIVE, Member, MemberKey
from registry_formats.leaf import JsonValue

# No vowels and no lookalikes: a pseudonym must not spell a word or a member's name.
_PSEUDONYM_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_PSEUDONYM_LENGTH = 8
_ALLOWED: Mapping[MemberKind, frozenset[Scope]] = {
    MemberKind.PLATFORM: PLATFORM_SCOPES,
    MemberKind.RELAY: RELAY_SCOPES,
}


@dataclass(frozen=True, slots=True)
class Application:
    """What a member applies with.

    Args:
        name: its name, unique; shown to subjects and auditors only.
        group: the name of its group (common ownership), made if new.
        jwk: its first public key (RFC 7517).
        claims_per_day: verified daily refund claims; sets its quotas.
        scopes: what it may do; None for all that its kind may have.
    """

    name: str
    group: str
    jwk: Mapping[str, Any]
    kind: MemberKind = MemberKind.PLATFORM
    scopes: frozenset[Scope] | None = None
    policy: str = "cn"
    claims_per_day: int = 1_000


async def add(session: WriteSession, application: Application, *, act: Act, trail: Trail) -> Member:
    """Admit a member, as whoever runs the registry on its own machine.

    Errors: Conflict `member_exists`, `member_key_exists`, `scope_not_for_kind`; Malformed `member_key_refused`.
    """
    return await admit(session, application, {}, act=act, trail=trail)


async def admit(session: WriteSession, application: Application, beside: Content, *, act: Act, trail: Trail) -> Member:
    """Admit a member; `beside` stands in the entry too. Errors as of `add`."""
    key = await check(session, application, act.now)
    member = Member(
        id=new_id(act.now),
        group_id=await _group(session, application.group, act.now),
        group=application.group,
        name=application.name,
        pseudonym=_pseudonym(),
        kind=application.kind,
        status=ACTIVE,
        scopes=_scopes(application),
        policy=application.policy,
        claims_per_day=application.claims_per_day,
        created_at=act.now,
        suspended_at=None,
    )
    await store.insert_member(session, member)
    await store.insert_key(session, member_id=member.id, key=key)
    scopes: list[JsonValue] = [scope.value for scope in sorted(member.scopes)]
    content: Content = {"member": str(member.id), "group": str(member.group_id), "scopes": scopes, "key": key.kid}
    await record(session, "member.add", {**content, **beside}, act, trail)
    return member


async def check(session: ReadSession, application: Application, now: datetime) -> MemberKey:
    """Refuse an application that nobody could be admitted with, and return its key. Errors as of `add`."""
    if not _scopes(application) <= _ALLOWED[application.kind]:
        raise Conflict("scope_not_for_kind")
    if await store.find_named(session, name=application.name) is not None:
        raise Conflict("member_exists")
    return await fresh_key(session, application.jwk, now)


def _scopes(application: Application) -> frozenset[Scope]:
    return _ALLOWED[application.kind] if application.scopes is None else application.scopes


async def _group(session: WriteSession, name: str, now: datetime) -> UUID:
    known = await store.find_group(session, name=name)
    if known is not None:
        return known
    fresh = new_id(now)
    await store.insert_group(session, group_id=fresh, name=name, now=now)
    return fresh


def _pseudonym() -> str:
    return "m-" + "".join(secrets.choice(_PSEUDONYM_ALPHABET) for _ in range(_PSEUDONYM_LENGTH))
