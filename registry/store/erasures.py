"""Erasures: what was decided, what still bears the tag, and the one function that destroys (audit-log.md section 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Select, Uuid, bindparam, insert, select, text, tuple_, update

from registry.domain.erasures import ErasureState, LegalBasis, Standing
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import audit_entry_tag, erasure, report_identity


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it stands; the tag itself is shown to nobody."""

    id: UUID
    state: ErasureState
    entry_id: UUID
    legal_basis: LegalBasis
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    completed_at: datetime | None = None
    entries: int = 0
    items: int = 0
    identities: int = 0

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.state, self.proposed_by, self.proposed_at)


@dataclass(frozen=True, slots=True)
class Work:
    """An approved erasure that nobody else carries out now.

    Args:
        looked_up_to: the last stored token that was held against the tag; None where none was.
    """

    erasure: Erasure
    tag: bytes
    looked_up_to: bytes | None


@dataclass(frozen=True, slots=True)
class Gone:
    """What one batch destroys: entries, claims of batches, and stored tokens of reports."""

    entries: Sequence[UUID] = ()
    items: Sequence[UUID] = ()
    identities: Sequence[bytes] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.entries or self.items or self.identities)


_COLUMNS = tuple(erasure.c[name] for name in Erasure.__slots__)
_TO_ERASE = text("SELECT entry_id, is_item FROM audit.to_erase(:id, :most)")
_ERASE = text("SELECT audit.erase(:id, :tombstone, :gone, :identities, :at)").bindparams(
    bindparam("gone", type_=ARRAY(Uuid)), bindparam("identities", type_=ARRAY(LargeBinary))
)


async def bears(session: ReadSession, *, entry_id: UUID, tag: bytes) -> bool:
    """Tell whether this entry, or claim of a batch, is about the person behind this tag; the auditor may know."""
    query = select(audit_entry_tag.c.tag).where(audit_entry_tag.c.entry_id == entry_id, audit_entry_tag.c.tag == tag)
    return (await session.execute(query)).one_or_none() is not None


async def add(session: WriteSession, one: Erasure, *, tag: bytes) -> None:
    """Keep a proposal."""
    values = {name: getattr(one, name) for name in Erasure.__slots__}
    await session.execute(insert(erasure).values(**values, tag=tag))


async def lock(session: WriteSession, erasure_id: UUID) -> Erasure:
    """Get an erasure that nobody else can change until this transaction ends. NotFound `erasure_unknown`."""
    return await _get(session, select(*_COLUMNS).where(erasure.c.id == erasure_id).with_for_update())


async def get(session: ReadSession, erasure_id: UUID) -> Erasure:
    """Get an erasure. NotFound `erasure_unknown`."""
    return await _get(session, select(*_COLUMNS).where(erasure.c.id == erasure_id))


async def page(
    session: ReadSession, *, state: ErasureState | None, limit: int, after: tuple[datetime, UUID] | None
) -> list[Erasure]:
    """List erasures, the newest first, after a place."""
    query = select(*_COLUMNS).order_by(erasure.c.proposed_at.desc(), erasure.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(erasure.c.state == state)
    if after is not None:
        query = query.where(tuple_(erasure.c.proposed_at, erasure.c.id) < after)
    return [_erasure(row) for row in await session.execute(query)]


async def decide(
    session: WriteSession, erasure_id: UUID, state: ErasureState, *, by: UUID | None, now: datetime
) -> None:
    """Keep a decision; the tag of what is not approved goes."""
    values: dict[str, Any] = {"state": state} if state is ErasureState.APPROVED else {"state": state, "tag": None}
    if by is not None:
        values |= {"decided_by": by, "decided_at": now}
    await _save(session, erasure_id, **values)


async def take_overdue(session: WriteSession, *, proposed_by: datetime) -> Erasure | None:
    """Take a proposal of this moment or an earlier one, on which nobody has decided."""
    due = (erasure.c.state == ErasureState.PROPOSED, erasure.c.proposed_at <= proposed_by)
    row = (await session.execute(_next(select(*_COLUMNS).where(*due)))).one_or_none()
    return _erasure(row) if row else None


async def take_approved(session: WriteSession) -> Work | None:
    """Take the oldest approved erasure that nobody else carries out."""
    query = select(*_COLUMNS, erasure.c.tag, erasure.c.looked_up_to).where(erasure.c.state == ErasureState.APPROVED)
    row = (await session.execute(_next(query))).one_or_none()
    return Work(_erasure(row), row.tag, row.looked_up_to) if row else None


async def to_erase(session: WriteSession, erasure_id: UUID, *, most: int) -> Gone:
    """List entries, and claims of batches, that bear the tag of an approved erasure."""
    rows = (await session.execute(_TO_ERASE, {"id": erasure_id, "most": most})).all()
    return Gone([row.entry_id for row in rows if not row.is_item], [row.entry_id for row in rows if row.is_item])


async def stored_tokens(session: ReadSession, *, after: bytes, most: int) -> list[bytes]:
    """List stored tokens of all reports in their order."""
    query = select(report_identity.c.stored).distinct().where(report_identity.c.stored > after)
    return list((await session.execute(query.order_by(report_identity.c.stored).limit(most))).scalars())


async def erase(
    session: WriteSession, work: Work, gone: Gone, *, tombstone: UUID, looked_up_to: bytes | None, now: datetime
) -> None:
    """Destroy, in the transaction of the entry that says so, and keep how far it has come."""
    one, ids = work.erasure, [*gone.entries, *gone.items]
    given = {"id": one.id, "tombstone": tombstone, "gone": ids, "identities": [*gone.identities], "at": now}
    await session.execute(_ERASE, given)
    counts = {name: getattr(one, name) + len(getattr(gone, name)) for name in Gone.__slots__}
    await _save(session, one.id, **counts, looked_up_to=looked_up_to)


async def look_on(session: WriteSession, work: Work, *, looked_up_to: bytes) -> None:
    """Keep how far stored tokens were held against the tag."""
    await _save(session, work.erasure.id, looked_up_to=looked_up_to)


async def complete(session: WriteSession, work: Work, *, now: datetime) -> None:
    """Keep that nothing bears the tag any more, and forget the tag."""
    await _save(session, work.erasure.id, state=ErasureState.COMPLETED, tag=None, looked_up_to=None, completed_at=now)


async def _save(session: WriteSession, erasure_id: UUID, **values: object) -> None:
    await session.execute(update(erasure).where(erasure.c.id == erasure_id).values(values))


async def _get(session: ReadSession, query: Select[Any]) -> Erasure:
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("erasure_unknown")
    return _erasure(row)


def _next(query: Select[Any]) -> Select[Any]:
    return query.order_by(erasure.c.id).limit(1).with_for_update(skip_locked=True)


def _erasure(row: Any) -> Erasure:  # noqa: ANN401 - a row of SQLAlchemy's
    values = {name: getattr(row, name) for name in Erasure.__slots__}
    return Erasure(**values | {"state": ErasureState(row.state), "legal_basis": LegalBasis(row.legal_basis)})
