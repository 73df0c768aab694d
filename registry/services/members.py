"""Admit, suspend and resume members, and rotate their keys. The operator does this; every step leaves an entry."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from registry.domain.access import PLATFORM_SCOPES, RELAY_SCOPES, MemberKind, Scope
from registry.domain.events import Act, AuditEvent
from registry.domain.uuids import uuid7
from registry.errors import Conflict, Malformed, NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import members as store
from registry.store.database import WriteSession
from registry.store.members import ACTIVE, SUSPENDED, Member, MemberKey
from registry_formats import jwk as jwks
from registry_formats.errors import FormatError
from registry_formats.leaf import JsonValue, LeafType

# No vowels and no lookalikes: a pseudonym must not spell a word or a member's name.
_PSEUDONYM_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_PSEUDONYM_LENGTH = 8
_ALLOWED: Mapping[MemberKind, frozenset[Scope]] = {
    MemberKind.PLATFORM: PLATFORM_SCOPES,
    MemberKind.RELAY: RELAY_SCOPES,
}
Content = Mapping[str, JsonValue]
MAX_OVERLAP = timedelta(days=30)


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
    """Admit a member.

    Errors: Conflict `member_exists`, `member_key_exists`, `scope_not_for_kind`; Malformed `member_key_refused`.
    """
    allowed = _ALLOWED[application.kind]
    scopes = allowed if application.scopes is None else application.scopes
    if not scopes <= allowed:
        raise Conflict("scope_not_for_kind")
    if await store.find_named(session, name=application.name) is not None:
        raise Conflict("member_exists")
    key = await _fresh_key(session, application.jwk, act.now)
    member = Member(
        id=_new_id(act.now),
        group_id=await _group(session, application.group, act.now),
        group=application.group,
        name=application.name,
        pseudonym=_pseudonym(),
        kind=application.kind,
        status=ACTIVE,
        scopes=scopes,
        policy=application.policy,
        claims_per_day=application.claims_per_day,
        created_at=act.now,
        suspended_at=None,
    )
    await store.insert_member(session, member)
    await store.insert_key(session, member_id=member.id, key=key)
    content: Content = {"group": str(member.group_id), "scopes": _names(scopes), "key": key.kid}
    await _record(session, "member.add", member, content, act, trail)
    return member


async def suspend(session: WriteSession, member_id: UUID, *, act: Act, trail: Trail) -> Member:
    """Stop a member: no sign-in from now on, and tokens it holds end within seconds. Conflict `member_suspended`."""
    member = await store.lock(session, member_id=member_id)
    if member.status == SUSPENDED:
        raise Conflict("member_suspended")
    return await _set_status(session, member, SUSPENDED, act.now, "member.suspend", act, trail)


async def resume(session: WriteSession, member_id: UUID, *, act: Act, trail: Trail) -> Member:
    """Let a suspended member sign in again. Conflict `member_active`."""
    member = await store.lock(session, member_id=member_id)
    if member.status == ACTIVE:
        raise Conflict("member_active")
    return await _set_status(session, member, ACTIVE, None, "member.resume", act, trail)


async def rotate_key(
    session: WriteSession, member_id: UUID, jwk: Mapping[str, Any], *, overlap: timedelta, act: Act, trail: Trail
) -> MemberKey:
    """Add a key; the older ones end after `overlap`, at once if it is zero (a key that was lost or stolen).

    Errors: NotFound `member_unknown`; Conflict `member_key_exists`, `overlap_too_long`; Malformed `member_key_refused`.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise Conflict("overlap_too_long")
    member = await store.lock(session, member_id=member_id)
    key = await _fresh_key(session, jwk, act.now)
    await store.end_keys(session, member_id=member_id, valid_to=act.now + overlap)
    await store.insert_key(session, member_id=member_id, key=key)
    content: Content = {"key": key.kid, "overlap_s": int(overlap.total_seconds())}
    await _record(session, "member.rotate_key", member, content, act, trail)
    return key


async def retire_key(session: WriteSession, member_id: UUID, kid: str, *, act: Act, trail: Trail) -> None:
    """End one key at once. NotFound `member_unknown`, `member_key_unknown`; Conflict `member_key_last`."""
    member = await store.lock(session, member_id=member_id)
    live = [key.kid for key in await store.list_keys(session, member_id=member_id) if store.is_live(key, act.now)]
    if kid not in live:
        raise NotFound("member_key_unknown")
    if live == [kid]:
        raise Conflict("member_key_last")
    await store.end_keys(session, member_id=member_id, valid_to=act.now, kid=kid)
    await _record(session, "member.retire_key", member, {"key": kid}, act, trail)


async def set_claims(session: WriteSession, member_id: UUID, claims_per_day: int, *, act: Act, trail: Trail) -> Member:
    """Change how many refund claims a member is known to have in a day, from which its quotas follow."""
    member = await store.lock(session, member_id=member_id)
    await store.set_claims(session, member_id=member_id, claims_per_day=claims_per_day)
    content: Content = {"claims_per_day": claims_per_day, "before": member.claims_per_day}
    await _record(session, "member.set_claims", member, content, act, trail)
    return replace(member, claims_per_day=claims_per_day)


async def _set_status(
    session: WriteSession, member: Member, status: str, at: datetime | None, action: str, act: Act, trail: Trail
) -> Member:
    await store.set_status(session, member_id=member.id, status=status, suspended_at=at)
    await _record(session, action, member, {}, act, trail)
    return replace(member, status=status, suspended_at=at)


async def _group(session: WriteSession, name: str, now: datetime) -> UUID:
    known = await store.find_group(session, name=name)
    if known is not None:
        return known
    fresh = _new_id(now)
    await store.insert_group(session, group_id=fresh, name=name, now=now)
    return fresh


async def _record(session: WriteSession, action: str, member: Member, content: Content, act: Act, trail: Trail) -> None:
    event = AuditEvent(LeafType.ADMIN, action, "done", content={"member": str(member.id), **content})
    await audit.record(session, event, act=act, trail=trail)


async def _fresh_key(session: WriteSession, jwk: Mapping[str, Any], now: datetime) -> MemberKey:
    """Keep the canonical form only: what else the document says about the key is not our business."""
    try:
        exported = jwks.export(jwks.parse(jwk))
    except FormatError as error:
        raise Malformed("member_key_refused") from error
    # Also one that ended, which would make its end meaningless; also another member's, or what that one signed could be
    # filed by both.
    if await store.is_key_known(session, kid=exported["kid"]):
        raise Conflict("member_key_exists")
    return MemberKey(exported["kid"], exported["alg"], exported, now, None)


def _names(scopes: frozenset[Scope]) -> list[JsonValue]:
    return [scope.value for scope in sorted(scopes)]


def _new_id(now: datetime) -> UUID:
    return uuid7(int(now.timestamp() * 1000), secrets.token_bytes(10))


def _pseudonym() -> str:
    return "m-" + "".join(secrets.choice(_PSEUDONYM_ALPHABET) for _ in range(_PSEUDONYM_LENGTH))
