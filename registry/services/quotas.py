"""Charge a member for what it asks, and tell it how much is left."""

from uuid import UUID

from registry.domain.events import Act
from registry.domain.quotas import Quota, Usage, daily_limit, resets_in
from registry.errors import QuotaExceeded
from registry.store import members
from registry.store import quotas as store
from registry.store.database import ReadSession, WriteSession


async def charge(session: WriteSession, quota: Quota, amount: int, *, member_id: UUID, act: Act) -> Usage:
    """Charge all of `amount` or nothing.

    Errors: QuotaExceeded `quota_exceeded` with `retry_after` in seconds.
    """
    member = await members.get(session, member_id=member_id)
    limit = daily_limit(quota, member.claims_per_day)
    wait = resets_in(act.now)
    try:
        used = await store.charge(
            session, member_id=member_id, quota=quota, day=act.now.date(), amount=amount, limit=limit
        )
    except QuotaExceeded as refusal:
        raise QuotaExceeded(refusal.code, facts=refusal.facts | {"retry_after": wait}) from None
    return Usage(quota, limit, used, wait)


async def usage(session: ReadSession, *, member_id: UUID, act: Act) -> list[Usage]:
    """Return every quota of a member as it stands today."""
    member = await members.get(session, member_id=member_id)
    used = await store.used(session, member_id=member_id, day=act.now.date())
    wait = resets_in(act.now)
    return [Usage(quota, daily_limit(quota, member.claims_per_day), used.get(quota, 0), wait) for quota in Quota]
