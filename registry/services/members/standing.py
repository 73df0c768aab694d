"""Whether a member may act, and how much; each step leaves an entry."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act
from registry.errors import Conflict
from registry.services.members.trace import record
from registry.services.trail import Trail
from registry.store import members as store
from registry.store.database import WriteSession
from registry.store.members import ACTIVE, SUSPENDED, Member
from registry_formats.leaf import JsonValue


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


async def set_claims(session: WriteSession, member_id: UUID, claims_per_day: int, *, act: Act, trail: Trail) -> Member:
    """Change how many refund claims a member is known to have in a day, from which its quotas follow."""
    member = await store.lock(session, member_id=member_id)
    await store.set_claims(session, member_id=member_id, claims_per_day=claims_per_day)
    content: dict[str, JsonValue] = {
        "member": str(member.id),
        "claims_per_day": claims_per_day,
        "before": member.claims_per_day,
    }
    await record(session, "member.set_claims", content, act, trail)
    return replace(member, claims_per_day=claims_per_day)


async def _set_status(
    session: WriteSession, member: Member, status: str, at: datetime | None, action: str, act: Act, trail: Trail
) -> Member:
    await store.set_status(session, member_id=member.id, status=status, suspended_at=at)
    await record(session, action, {"member": str(member.id)}, act, trail)
    return replace(member, status=status, suspended_at=at)
