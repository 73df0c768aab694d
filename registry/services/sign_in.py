"""Sign a member in by an assertion it signed itself: OAuth 2.0 client credentials with `private_key_jwt`.

RFC 6749 section 4.4, RFC 7523 sections 2.2 and 3, narrowed as FAPI 2.0 does: EdDSA and ES256 only, the key decides the
algorithm, the audience is the issuer's identifier alone, an assertion lives five minutes at most and works once.
Time here is always the real one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
from jwt.types import Options

from registry.domain.access import Caller, Scope
from registry.domain.events import Act, AuditEvent
from registry.errors import Denied, Malformed, NotFound, Unauthenticated
from registry.services import audit
from registry.services.trail import Trail
from registry.store import members as store
from registry.store.database import WriteSession
from registry.store.members import ACTIVE, Member, MemberKey
from registry_formats.leaf import LeafType

LONGEST_LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)
_MAX_ASSERTION = 4096
_MAX_JTI = 128
# PyJWT would ask the system's clock, sets no upper bound to `exp`, and takes an audience among others.
_OPTIONS: Options = {
    "require": ["iss", "sub", "aud", "exp", "jti"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
}


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client presents: the assertion, who it claims to be (optional), and what it asks for (empty: all)."""

    assertion: str
    client_id: str = ""
    scope: str = ""


async def sign_in(
    session: WriteSession, presented: Presented, *, issuer: str, now: datetime, act: Act, trail: Trail
) -> Caller:
    """Check an assertion, mark it as used, and return whom its token will speak for.

    Errors: Unauthenticated `assertion_invalid`, `assertion_replayed`; Denied `member_suspended`, `scope_not_granted`;
    Malformed `scope_unknown`.
    """
    member_id, kid = claimed(presented)
    member, key = await _known(session, member_id, kid, now)
    claims = _verified(presented.assertion, key, issuer=issuer, member_id=member_id, now=now)
    if member.status != ACTIVE:
        raise Denied("member_suspended")
    scopes = _granted(presented.scope, member)
    expires_at = datetime.fromtimestamp(claims["exp"], UTC) + LEEWAY
    jti_hash = sha256(member_id.bytes + claims["jti"].encode("utf-8", "surrogatepass")).digest()
    if not await store.use_assertion(session, jti_hash=jti_hash, expires_at=expires_at):
        raise Unauthenticated("assertion_replayed")
    caller = Caller(member.id, member.group_id, scopes, member.policy, key.kid)
    event = AuditEvent(
        LeafType.AUTH, "member.sign_in", "signed_in", content={"scopes": [scope.value for scope in sorted(scopes)]}
    )
    await audit.record(session, event, act=_as(act, caller), trail=trail)
    return caller


async def record_refusal(session: WriteSession, presented: Presented, code: str, *, act: Act, trail: Trail) -> None:
    """Keep the trace of a refused sign-in, in a transaction of its own; nothing if no member is concerned."""
    try:
        member_id, kid = claimed(presented)
        member = await store.get(session, member_id=member_id)
    except (Unauthenticated, NotFound):
        return
    # The key id is what the stranger wrote; it enters only if the member has such a key.
    known = {key.kid for key in await store.list_keys(session, member_id=member_id)}
    caller = Caller(member.id, member.group_id, frozenset(), member.policy, kid if kid in known else "")
    event = AuditEvent(LeafType.AUTH, "member.sign_in", "refused", content={"code": code})
    await audit.record(session, event, act=_as(act, caller), trail=trail)


def claimed(presented: Presented) -> tuple[UUID, str]:
    """Read who an assertion claims to come from, and the key it names; nothing of it is proved yet."""
    if len(presented.assertion) > _MAX_ASSERTION:
        raise Unauthenticated("assertion_invalid")
    try:
        token = jwt.decode_complete(presented.assertion, options={"verify_signature": False})
        subject = token["payload"]["sub"]
        member_id, kid = UUID(subject), token["header"]["kid"]
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        raise Unauthenticated("assertion_invalid") from None
    if not isinstance(kid, str) or str(member_id) != subject or presented.client_id not in {"", subject}:
        raise Unauthenticated("assertion_invalid")
    return member_id, kid


async def _known(session: WriteSession, member_id: UUID, kid: str, now: datetime) -> tuple[Member, MemberKey]:
    """Find the member and its key; a stranger learns not which of the two was wrong."""
    try:
        member = await store.get(session, member_id=member_id)
    except NotFound:
        raise Unauthenticated("assertion_invalid") from None
    for key in await store.list_keys(session, member_id=member_id):
        if key.kid == kid and store.is_live(key, now):
            return member, key
    raise Unauthenticated("assertion_invalid")


def _verified(assertion: str, key: MemberKey, *, issuer: str, member_id: UUID, now: datetime) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            assertion,
            key.public_key(),
            # One algorithm, the stored key's: `none`, or HS256 keyed with the public key, never gets as far as a check.
            algorithms=[key.algorithm],
            options=_OPTIONS,
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Unauthenticated("assertion_invalid") from None
    who = str(member_id)
    if claims["iss"] != who or claims["sub"] != who or claims["aud"] != issuer or not _timely(claims, now):
        raise Unauthenticated("assertion_invalid")
    if not isinstance(claims["jti"], str) or not 0 < len(claims["jti"]) <= _MAX_JTI:
        raise Unauthenticated("assertion_invalid")
    return claims


def _timely(claims: dict[str, Any], now: datetime) -> bool:
    """Tell whether now lies within the assertion's life, and that life is short."""
    expires, not_before, issued = claims["exp"], claims.get("nbf", 0), claims.get("iat", 0)
    if not all(type(instant) is int for instant in (expires, not_before, issued)):
        return False
    at, leeway = int(now.timestamp()), int(LEEWAY.total_seconds())
    begun = not_before <= at + leeway and issued <= at + leeway
    return bool(begun and at - leeway < expires <= at + int(LONGEST_LIFE.total_seconds()) + leeway)


def _granted(wanted: str, member: Member) -> frozenset[Scope]:
    if not wanted:
        return member.scopes
    try:
        scopes = frozenset(Scope(name) for name in wanted.split(" "))
    except ValueError:
        raise Malformed("scope_unknown") from None
    if not scopes <= member.scopes:
        raise Denied("scope_not_granted")
    return scopes


def _as(act: Act, caller: Caller) -> Act:
    return Act(act.now, act.request_id, caller, act.operator, act.address)
