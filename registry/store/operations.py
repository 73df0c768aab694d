"""How the registry runs, in numbers and names of its own parts: nothing here is about a person or a record."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from registry.domain.webhooks import DeliveryState, EndpointStatus
from registry.store.database import ReadSession
from registry.store.schema import (
    audit_checkpoint,
    audit_cosignature,
    audit_entry,
    audit_outbox,
    audit_writer,
    audit_writer_progress,
    webhook_delivery,
    webhook_endpoint,
)
from registry_formats.leaf import LeafType


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes entries: how many it has in the tree, and when it was last heard of."""

    id: int
    process: str
    started_at: datetime
    sealed: int
    ended: bool
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages to members: those that wait, since when the longest does, and those given up lately."""

    endpoints: int
    waiting: int
    oldest_due: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class SignedSize:
    """A signed checkpoint: the size it covers, when, and which witnesses cosigned it."""

    size: int
    at: datetime
    witnesses: tuple[str, ...]


async def writers(session: ReadSession, *, now: datetime, most: int, lately: timedelta) -> list[Writer]:
    """List writers, the newest first; heartbeats are looked for only so far back."""
    since = UUID(int=int((now - lately).timestamp() * 1000) << 80)
    beats = (
        select(audit_entry.c.writer_id, func.max(audit_entry.c.t_ms).label("t_ms"))
        .where(audit_entry.c.type == LeafType.HEARTBEAT, audit_entry.c.id >= since)
        .group_by(audit_entry.c.writer_id)
        .subquery()
    )
    progress = audit_writer_progress.c
    wanted = (
        select(
            audit_writer.c.id,
            audit_writer.c.process,
            audit_writer.c.started_at,
            func.coalesce(progress.sealed, 0).label("sealed"),
            func.coalesce(progress.ended, False).label("ended"),
            beats.c.t_ms,
        )
        .join(audit_writer_progress, progress.writer_id == audit_writer.c.id, isouter=True)
        .join(beats, beats.c.writer_id == audit_writer.c.id, isouter=True)
        .order_by(audit_writer.c.id.desc())
        .limit(most)
    )
    return [
        Writer(row.id, row.process, row.started_at, row.sealed, row.ended, _moment(row.t_ms))
        for row in await session.execute(wanted)
    ]


async def backlog(session: ReadSession, *, now: datetime, lately: timedelta) -> Backlog:
    """Count what waits for members' endpoints."""
    active = select(func.count()).where(webhook_endpoint.c.status == EndpointStatus.ACTIVE).scalar_subquery()
    way = webhook_delivery.c
    waits = select(func.count(), func.min(way.next_at)).where(way.state == DeliveryState.WAITING)
    dead = select(func.count()).where(way.state == DeliveryState.DEAD, way.settled_at >= now - lately)
    waiting, oldest = (await session.execute(waits)).one()
    given_up = (await session.execute(dead)).scalar_one()
    endpoints = (await session.execute(select(active))).scalar_one()
    return Backlog(endpoints, waiting, oldest, given_up)


async def unsealed(session: ReadSession) -> int:
    """Count the entries that wait for a place in the tree."""
    waiting: int = (await session.execute(select(func.count(audit_outbox.c.entry_id)))).scalar_one()
    return waiting


async def checkpoints(session: ReadSession, *, shard_id: int, most: int) -> list[SignedSize]:
    """List the newest checkpoints of a shard."""
    said, one = audit_cosignature.c, audit_checkpoint.c
    names = func.array_agg(said.key_name.distinct()).filter(said.key_name.is_not(None)).label("names")
    newest = select(one.size, one.t_ms).where(one.shard_id == shard_id).order_by(one.size.desc()).limit(most).subquery()
    wanted = (
        select(newest.c.size, newest.c.t_ms, names)
        .join(
            audit_cosignature,
            (said.shard_id == shard_id) & (said.size == newest.c.size),
            isouter=True,
        )
        .group_by(newest.c.size, newest.c.t_ms)
        .order_by(newest.c.size.desc())
    )
    rows = await session.execute(wanted)
    return [
        SignedSize(row.size, datetime.fromtimestamp(row.t_ms / 1000, UTC), tuple(sorted(row.names or ())))
        for row in rows
    ]


def _moment(t_ms: int | None) -> datetime | None:
    return None if t_ms is None else datetime.fromtimestamp(t_ms / 1000, UTC)
