"""What the log holds about one record, or one appeal: its own entries, opened and proved, for whoever is handed it.

It leaves no trace of its own: the use case that shows it or hands it over records that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry.services.auditing.desk import Desk
from registry.services.auditing.looks import Look
from registry.services.auditing.opening import OpenedEntry, open_all
from registry.services.auditing.proving import covering, prove
from registry.store import audit_openings as store
from registry.store.database import ReadSession
from registry.store.log import Signed
from registry_formats.details import SCORE_ACTION
from registry_formats.leaf import Group, LeafType

MOST = 500
_OF_RECALLS = (LeafType.RECALL, LeafType.ADMIN)
# Steps, what they did to the record, who read, and what was handed over.
_OF_APPEAL = (LeafType.APPEAL, LeafType.REPORT, LeafType.QUERY, LeafType.EXPORT)


@dataclass(frozen=True, slots=True)
class Traced:
    """An entry about an appeal; `signed` is the checkpoint that covers it, None while none does."""

    entry: OpenedEntry
    signed: Signed | None


@dataclass(frozen=True, slots=True)
class Trace:
    """The entries about an appeal, oldest first; `more` says that the oldest looks are left out."""

    entries: list[Traced]
    more: bool


async def of_record(reads: ReadSession, report_id: UUID, tags: Sequence[bytes], *, desk: Desk) -> list[Look]:
    """Return the entries of a record's life, oldest first, found by the tags of its identities."""
    sealed = await store.about(reads, tags, types=(LeafType.REPORT,), before=None, limit=MOST)
    return await _proved(
        reads, [one for one in await open_all(reads, sealed, desk) if _names(one, "report", report_id)]
    )


async def of_appeal(
    reads: ReadSession, appeal_id: UUID, tags: Sequence[bytes], steps: Sequence[UUID], *, desk: Desk
) -> Trace:
    """Return the entries about an appeal: those of its steps, which stay, and while tags find the person all others."""
    found, more = await _of_appeal(reads, appeal_id, tags, steps, desk)
    signed = await covering(reads, [one.sealed for one in found])
    return Trace([Traced(one, signed.get(one.sealed.id)) for one in reversed(found)], more)


async def proofs_of_appeal(
    reads: ReadSession, appeal_id: UUID, tags: Sequence[bytes], steps: Sequence[UUID], *, desk: Desk
) -> list[Look]:
    """Return the same entries, each with its proof."""
    found, _ = await _of_appeal(reads, appeal_id, tags, steps, desk)
    return await _proved(reads, found)


async def of_recalls(
    reads: ReadSession, recall_ids: Collection[UUID], tags: Sequence[bytes], *, desk: Desk
) -> dict[UUID, list[Look]]:
    """Return of each recall the entries that name it, oldest first, each with its proof."""
    sealed = await store.about(reads, tags, types=_OF_RECALLS, before=None, limit=MOST)
    found = [one for one in await open_all(reads, sealed, desk) if not _recalls(one).isdisjoint(recall_ids)]
    looks = await _proved(reads, sorted(found, key=_written, reverse=True))
    return {id_: [one for one in looks if id_ in _recalls(one.entry)] for id_ in recall_ids}


async def _of_appeal(
    reads: ReadSession, appeal_id: UUID, tags: Sequence[bytes], steps: Sequence[UUID], desk: Desk
) -> tuple[list[OpenedEntry], bool]:
    sealed = await store.about(reads, tags, types=_OF_APPEAL, before=None, limit=MOST, besides=SCORE_ACTION)
    known = {one.id for one in sealed}
    rest = await store.read(reads, [one for one in steps if one not in known])
    opened = sorted(await open_all(reads, (*sealed, *rest), desk), key=_written, reverse=True)
    return [one for one in opened if one.sealed.id in steps or _names(one, "appeal", appeal_id)], len(sealed) == MOST


async def _proved(reads: ReadSession, found: Sequence[OpenedEntry]) -> list[Look]:
    proofs = await prove(reads, [one.sealed for one in found])
    return [Look(one.sealed.id, one, proofs.get(one.sealed.id)) for one in reversed(found)]


def _written(one: OpenedEntry) -> tuple[int, int, int]:
    """Order entries as they were written: ids of one millisecond follow each other by chance."""
    return one.leaf.t_ms, one.leaf.writer_id, one.leaf.writer_seq


def _recalls(entry: OpenedEntry) -> set[UUID]:
    """Return the recalls that an entry names: one that somebody acted on, or all that were made at once."""
    content = entry.openings.get(Group.CONTENT)
    told: Mapping[str, Any] = content.detail if content is not None else {}
    return {UUID(one) for one in (*told.get("recalls", ()), *([told["recall"]] if "recall" in told else []))}


def _names(entry: OpenedEntry, what: str, id_: UUID) -> bool:
    content = entry.openings.get(Group.CONTENT)
    return content is not None and content.detail.get(what) == str(id_)
