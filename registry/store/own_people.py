"""Tags of a member's own people, kept of the member's own will."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from registry.store.database import WriteSession
from registry.store.schema import member_staff_tag


async def replace(session: WriteSession, member_id: UUID, tags: Collection[bytes], *, now: datetime) -> None:
    """Keep these tags of a member and no others; one that is kept already keeps its time."""
    kept = member_staff_tag.c
    await session.execute(delete(member_staff_tag).where(kept.member_id == member_id, kept.tag.not_in(list(tags))))
    rows = [{"member_id": member_id, "tag": tag, "registered_at": now} for tag in tags]
    if rows:
        await session.execute(insert(member_staff_tag).on_conflict_do_nothing(), rows)
