"""Who looked at a person: every look, by whom, when, why, on what basis, what was told; each with its proof.

`looks` leaves no trace of its own, because it serves two: the subject's own page, whose use case records it, and the
auditor, for whom `look_up` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from registry.domain.audit_filters import Because, Filter
from registry.errors import Malformed
from registry.services.auditing.desk import Desk, Sight, record_read
from registry.services.auditing.opening import OpenedEntry, open_all
from registry.services.auditing.proving import prove
from registry.services.auditing.search import resolve
from registry.store import audit_openings as store
from registry.store.database import ReadSession
from registry_formats.leaf import JsonValue, LeafType

# What shows something about a person to somebody. A refusal shows nothing, and a report is no look.
LOOKS = (LeafType.QUERY, LeafType.BATCH, LeafType.EXPORT, LeafType.BREAK_GLASS)


class Wanted(NamedTuple):
    """A page of looks: those that precede an id, newest first."""

    limit: int
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person.

    Args:
        id: of the entry, or of the claim of a batch.
        entry: what the log says; `openings` has `org` and `content` and nothing else.
        proof: a `tlog-proof@v1` file; None while no checkpoint covers the entry.
    """

    id: UUID
    entry: OpenedEntry
    proof: str | None


@dataclass(frozen=True, slots=True)
class Looks:
    """A page of looks, and whether more follow."""

    looks: list[Look]
    more: bool


async def looks(reads: ReadSession, tags: Sequence[bytes], wanted: Wanted, *, desk: Desk) -> Looks:
    """List who looked at the person behind these tags (`tags_of` makes them from stored tokens)."""
    sealed = await store.about(reads, tags, types=LOOKS, before=wanted.before, limit=wanted.limit + 1)
    shown = sealed[: wanted.limit]
    proofs = await prove(reads, shown)
    opened = await open_all(reads, shown, desk)
    found = [Look(one.item.id if one.item else one.sealed.id, one, proofs.get(one.sealed.id)) for one in opened]
    return Looks(found, len(sealed) > wanted.limit)


async def look_up(sight: Sight, subject: Filter, wanted: Wanted, *, because: Because) -> Looks:
    """List for an auditor who looked at a person, named by tags or by a case.

    Errors: Malformed `subject_missing`; NotFound `case_unknown`.
    """
    if not subject.subjects and subject.case is None:
        raise Malformed("subject_missing")
    asked = await resolve(sight, subject)
    found = await looks(sight.reads, asked.subjects, wanted, desk=sight.desk)
    content: dict[str, JsonValue] = {"subject": subject.document(), "shown": len(found.looks)}
    await record_read(sight, "audit.looks", because, content, asked.subjects)
    return found
