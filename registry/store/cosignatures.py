"""What witnesses said of our checkpoints, and which checkpoint is therefore shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.log import Signed, find_checkpoint
from registry.store.schema import audit_checkpoint, audit_cosignature, audit_entry, audit_leaf, audit_shard
from registry_formats.cosignatures import Cosigned
from registry_formats.notes import Signature, add_signatures


@dataclass(frozen=True, slots=True)
class Shard:
    """A tree of the log: one origin, one half-year; `reason` says why it follows another one."""

    id: int
    origin: str
    reason: str | None

    @property
    def name(self) -> str:
        """The last part of its origin, as it stands in the paths of its tiles."""
        return self.origin.rpartition("/")[2]


async def list_shards(session: ReadSession) -> list[Shard]:
    """List all shards, oldest first."""
    query = select(audit_shard.c.id, audit_shard.c.origin, audit_shard.c.reason).order_by(audit_shard.c.id)
    return [Shard(row.id, row.origin, row.reason) for row in await session.execute(query)]


async def get_shard(session: ReadSession, name: str | None) -> Shard:
    """Get a shard by its name, the newest one for None.

    Raises:
        NotFound: `checkpoint_missing`.
    """
    for shard in reversed(await list_shards(session)):
        if name in (None, shard.name):
            return shard
    raise NotFound("checkpoint_missing")


async def keep(session: WriteSession, *, shard_id: int, size: int, cosignatures: Iterable[Cosigned]) -> None:
    """Keep cosignatures of a checkpoint that meets the quorum; one that is kept already stays."""
    rows = [
        {
            "shard_id": shard_id,
            "size": size,
            "key_name": one.key.name,
            "key_id": one.key.key_id,
            "t_s": one.t_s,
            "signature": one.signature.signature,
        }
        for one in cosignatures
    ]
    if rows:
        await session.execute(upsert(audit_cosignature).values(rows).on_conflict_do_nothing())


async def find_cosigned(session: ReadSession, *, shard_id: int) -> Signed | None:
    """Find the newest checkpoint that met the quorum, with each witness's latest cosignature in its note."""
    newest = (
        select(audit_cosignature.c.size)
        .where(audit_cosignature.c.shard_id == shard_id)
        .order_by(audit_cosignature.c.size.desc())
        .limit(1)
    )
    size = (await session.execute(newest)).scalar_one_or_none()
    signed = None if size is None else await find_checkpoint(session, shard_id=shard_id, size=size)
    if size is None or signed is None:
        return None
    said = audit_cosignature.c
    query = (
        select(said.key_name, said.key_id, said.t_s, said.signature)
        .where(said.shard_id == shard_id, said.size == size)
        .order_by(said.t_s)
    )
    latest = {(row.key_name, row.key_id): row for row in await session.execute(query)}
    lines = [Signature(row.key_name, row.key_id, row.signature) for row in latest.values()]
    t_ms = min(row.t_s for row in latest.values()) * 1000
    return Signed(signed.size, signed.root, t_ms, add_signatures(signed.note, lines))


async def find_published(session: ReadSession, *, shard_id: int) -> Signed | None:
    """Find the checkpoint that convinces most: the newest cosigned one, or the newest while none is."""
    return await find_cosigned(session, shard_id=shard_id) or await find_checkpoint(session, shard_id=shard_id)


async def oldest_uncosigned(session: ReadSession, *, shard_id: int, size: int) -> int | None:
    """Find when the first checkpoint beyond a size was signed, in Unix milliseconds; None if there is none."""
    query = (
        select(audit_checkpoint.c.t_ms)
        .where(audit_checkpoint.c.shard_id == shard_id, audit_checkpoint.c.size > size)
        .order_by(audit_checkpoint.c.size)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def read_leaves(session: ReadSession, *, shard_id: int, first: int, count: int) -> list[bytes]:
    """Read the leaves of entries by their place; fewer than `count` where some are gone."""
    query = (
        select(audit_entry.c.leaf)
        .join(audit_leaf, audit_leaf.c.entry_id == audit_entry.c.id)
        .where(audit_leaf.c.shard_id == shard_id, audit_leaf.c.idx.between(first, first + count - 1))
        .order_by(audit_leaf.c.idx)
    )
    return list((await session.execute(query)).scalars())
