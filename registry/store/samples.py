"""Samples of the log: drawn once, judged item by item, signed. Nothing of it is ever changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, cast, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from registry.domain.audit_filters import Filter
from registry.domain.samples import Finding, rank_prefix
from registry.store.audit_search import matching
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import (
    audit_checkpoint,
    audit_entry,
    audit_leaf,
    audit_shard,
    finding,
    sample,
    sample_item,
    sign_off,
)

_SAMPLES = 0x5341_4D50


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree as signed: which, and how large."""

    shard_id: int
    origin: str
    size: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as drawn."""

    id: UUID
    staff_id: UUID
    origin: str
    tree_size: int
    seed: bytes
    wanted: int
    filter: dict[str, Any]
    purpose: str
    reason: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a sample is: items, those with a finding, who signed it and when."""

    items: int
    judged: int
    signed_by: UUID | None
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One item with its newest finding."""

    position: int
    idx: int
    entry_id: UUID
    finding: Finding | None = None
    note: str = ""
    found_by: UUID | None = None
    found_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a sample off, when, with which remark."""

    staff_id: UUID
    note: str
    signed_at: datetime


async def newest_tree(session: ReadSession) -> Tree | None:
    """Find the newest signed tree."""
    query = (
        select(audit_checkpoint.c.shard_id, audit_shard.c.origin, audit_checkpoint.c.size)
        .join(audit_shard, audit_shard.c.id == audit_checkpoint.c.shard_id)
        .order_by(audit_checkpoint.c.shard_id.desc(), audit_checkpoint.c.size.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return Tree(*row) if row else None


async def draw(session: ReadSession, tree: Tree, wanted: Filter, *, seed: bytes, count: int) -> list[Item]:
    """Draw the leaves of lowest rank (`domain.samples.rank`) among those that a filter lets through."""
    place = func.int8send(cast(audit_leaf.c.idx, BigInteger))
    rank = func.sha256(literal(rank_prefix(seed, tree.size), LargeBinary).op("||")(place))
    query = select(audit_leaf.c.idx, audit_leaf.c.entry_id).where(
        audit_leaf.c.shard_id == tree.shard_id, audit_leaf.c.idx < tree.size
    )
    if wanted != Filter():
        query = query.join(audit_entry, audit_entry.c.id == audit_leaf.c.entry_id).where(*matching(wanted))
    rows = await session.execute(query.order_by(rank).limit(count))
    return [Item(position, row.idx, row.entry_id) for position, row in enumerate(rows)]


async def keep(session: WriteSession, drawn: Sample, items: Sequence[Item]) -> None:
    """Keep a sample with its items."""
    await session.execute(insert(sample).values({name: getattr(drawn, name) for name in Sample.__slots__}))
    rows = [
        {"sample_id": drawn.id, "position": one.position, "idx": one.idx, "entry_id": one.entry_id} for one in items
    ]
    if rows:
        await session.execute(insert(sample_item), rows)


_COLUMNS = tuple(sample.c[name] for name in Sample.__slots__)


async def page(session: ReadSession, *, before: UUID | None, limit: int) -> list[tuple[Sample, Standing]]:
    """List samples, newest first."""
    query = _standing().order_by(sample.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(sample.c.id < before)
    return [_read(row) for row in await session.execute(query)]


async def find(session: ReadSession, sample_id: UUID) -> tuple[Sample, Standing] | None:
    """Find a sample."""
    row = (await session.execute(_standing().where(sample.c.id == sample_id))).one_or_none()
    return _read(row) if row else None


def _standing() -> Any:  # noqa: ANN401 - a query
    items = select(func.count()).where(sample_item.c.sample_id == sample.c.id).scalar_subquery()
    judged = select(func.count(finding.c.position.distinct())).where(finding.c.sample_id == sample.c.id)
    return select(
        *_COLUMNS,
        items.label("items"),
        judged.scalar_subquery().label("judged"),
        sign_off.c.staff_id.label("signed_by"),
        sign_off.c.signed_at,
    ).outerjoin(sign_off, sign_off.c.sample_id == sample.c.id)


def _read(row: Any) -> tuple[Sample, Standing]:  # noqa: ANN401 - a row
    drawn = Sample(**{name: getattr(row, name) for name in Sample.__slots__})
    return drawn, Standing(row.items, row.judged, row.signed_by, row.signed_at)


async def items(session: ReadSession, sample_id: UUID) -> list[Item]:
    """List the items of a sample in the order drawn, each with its newest finding."""
    newest = (
        select(finding)
        .ext(distinct_on(finding.c.position))
        .where(finding.c.sample_id == sample_id)
        .order_by(finding.c.position, finding.c.number.desc())
        .subquery()
    )
    query = (
        select(
            *(sample_item.c[name] for name in ("position", "idx", "entry_id")),
            *(newest.c[name] for name in ("finding", "note", "staff_id", "found_at")),
        )
        .outerjoin(newest, newest.c.position == sample_item.c.position)
        .where(sample_item.c.sample_id == sample_id)
        .order_by(sample_item.c.position)
    )
    return [
        Item(
            row.position,
            row.idx,
            row.entry_id,
            finding=Finding(row.finding) if row.finding else None,
            note=row.note or "",
            found_by=row.staff_id,
            found_at=row.found_at,
        )
        for row in await session.execute(query)
    ]


async def signature(session: ReadSession, sample_id: UUID) -> Signature | None:
    """Read who signed a sample off."""
    query = select(sign_off.c.staff_id, sign_off.c.note, sign_off.c.signed_at).where(sign_off.c.sample_id == sample_id)
    row = (await session.execute(query)).one_or_none()
    return Signature(*row) if row else None


async def hold(session: WriteSession, sample_id: UUID) -> None:
    """Let nobody else judge or sign this sample until the transaction ends."""
    key = sample_id.int & 0x7FFF_FFFF
    await session.execute(text("SELECT pg_advisory_xact_lock(:kind, :key)"), {"kind": _SAMPLES, "key": key})


async def judge(session: WriteSession, sample_id: UUID, item: Item, *, finding_id: UUID) -> None:
    """Keep a finding."""
    values = {
        "id": finding_id,
        "sample_id": sample_id,
        "position": item.position,
        "staff_id": item.found_by,
        "finding": item.finding,
        "note": item.note,
        "found_at": item.found_at,
    }
    await session.execute(insert(finding).values(values))


async def sign(session: WriteSession, sample_id: UUID, signed: Signature) -> None:
    """Keep a sign-off; there is one at most."""
    values = {name: getattr(signed, name) for name in Signature.__slots__}
    await session.execute(insert(sign_off).values(sample_id=sample_id, **values))
