"""The keys of members: one more, one less; each step leaves an entry."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from registry.domain.events import Act
from registry.errors import Conflict, Malformed, NotFound
from registry.services.members.trace import record
from registry.services.trail import Trail
from registry.store import members as store
from registry.store.database import ReadSession, WriteSession
from registry.store.members import MemberKey
from registry_formats import jwk as jwks
from registry_formats.errors import FormatError

MAX_OVERLAP = timedelta(days=30)


async def rotate_key(
    session: WriteSession, member_id: UUID, jwk: Mapping[str, Any], *, overlap: timedelta, act: Act, trail: Trail
) -> MemberKey:
    """Add a key; the older ones end after `overlap`, at once if it is zero (a key that was lost or stolen).

    Errors: NotFound `member_unknown`; Conflict `member_key_exists`, `overlap_too_long`; Malformed `member_key_refused`.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise Conflict("overlap_too_long")
    await store.lock(session, member_id=member_id)
    key = await fresh_key(session, jwk, act.now)
    await store.end_keys(session, member_id=member_id, valid_to=act.now + overlap)
    await store.insert_key(session, member_id=member_id, key=key)
    seconds = int(overlap.total_seconds())
    await record(
        session, "member.rotate_key", {"member": str(member_id), "key": key.kid, "overlap_s": seconds}, act, trail
    )
    return key


async def retire_key(session: WriteSession, member_id: UUID, kid: str, *, act: Act, trail: Trail) -> None:
    """End one key at once. NotFound `member_unknown`, `member_key_unknown`; Conflict `member_key_last`."""
    await store.lock(session, member_id=member_id)
    live = [key.kid for key in await store.list_keys(session, member_id=member_id) if store.is_live(key, act.now)]
    if kid not in live:
        raise NotFound("member_key_unknown")
    if live == [kid]:
        raise Conflict("member_key_last")
    await store.end_keys(session, member_id=member_id, valid_to=act.now, kid=kid)
    await record(session, "member.retire_key", {"member": str(member_id), "key": kid}, act, trail)


async def fresh_key(session: ReadSession, jwk: Mapping[str, Any], now: datetime) -> MemberKey:
    """Read a key that nobody has or had. Conflict `member_key_exists`; Malformed `member_key_refused`."""
    # Of the document the canonical form only: what else it says about the key is not our business.
    try:
        exported = jwks.export(jwks.parse(jwk))
    except FormatError as error:
        raise Malformed("member_key_refused") from error
    # Also one that ended, which would make its end meaningless; also another member's, or what that one signed could be
    # filed by both.
    if await store.is_key_known(session, kid=exported["kid"]):
        raise Conflict("member_key_exists")
    return MemberKey(exported["kid"], exported["alg"], exported, now, None)
