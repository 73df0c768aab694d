"""Search the log, and open one entry of it. Each leaves its own entry before anything is shown."""

from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from registry.domain.audit_filters import Because, Facet, Filter
from registry.errors import NotFound
from registry.services.auditing.desk import Sight, record_read, tags_of
from registry.services.auditing.opening import OpenedEntry, open_all
from registry.services.auditing.proving import prove
from registry.store import audit_openings, audit_search, log_standing, members
from registry.store.audit_search import COUNTED_MOST, Found
from registry.store.database import ReadSession
from registry_formats.leaf import JsonValue


class Wanted(NamedTuple):
    """A page of a search: entries that precede an id, newest first; with counts by facet or without."""

    filter: Filter
    limit: int
    before: UUID | None = None
    facets: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many matches there are by each facet; `complete` where all were counted, not the newest only."""

    by: dict[Facet, dict[str, int]]
    counted: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What a search found, and whether more follows."""

    entries: list[Found]
    more: bool
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An opened entry with its proof, and when it was sealed, in Unix milliseconds; None while it is not."""

    entry: OpenedEntry
    proof: str | None
    sealed_ms: int | None


async def search(sight: Sight, wanted: Wanted, *, because: Because) -> Page:
    """Search the log. NotFound `case_unknown`, where a case names no report whose subject is still known."""
    asked = await resolve(sight, wanted.filter)
    found = await audit_search.page(sight.reads, asked, before=wanted.before, limit=wanted.limit + 1)
    counts = _counts(await audit_search.facets(sight.reads, asked)) if wanted.facets else None
    page = Page(found[: wanted.limit], len(found) > wanted.limit, counts)
    content: dict[str, JsonValue] = {
        "filter": wanted.filter.document(),
        "shown": len(page.entries),
        "facets": wanted.facets,
    }
    await record_read(sight, "audit.search", because, content, asked.subjects)
    return page


async def resolve(sight: Sight, asked: Filter) -> Filter:
    """Turn a case into the tags of its subject; where subjects are named too, either will do."""
    if asked.case is None:
        return asked
    stored = await audit_search.tokens_of_case(sight.reads, asked.case)
    if not stored:
        raise NotFound("case_unknown")
    return replace(asked, subjects=(*asked.subjects, *tags_of(stored, sight.desk)))


def _counts(by: dict[Facet, dict[str, int]]) -> Counts:
    counted = sum(by[Facet.TYPE].values())
    return Counts(by, min(counted, COUNTED_MOST), counted <= COUNTED_MOST)


async def open_one(sight: Sight, entry_id: UUID, *, because: Because) -> Shown:
    """Open `org` and `content` of an entry and say of all four groups what became of them. NotFound `entry_unknown`."""
    sealed = await audit_openings.read(sight.reads, [entry_id])
    if not sealed:
        raise NotFound("entry_unknown")
    (opened,) = await open_all(sight.reads, sealed, sight.desk)
    proofs = await prove(sight.reads, sealed)
    sealed_ms = await _sealed_ms(sight, opened)
    content: dict[str, JsonValue] = {
        "entry": str(entry_id),
        "states": {group.value: state.value for group, state in opened.states.items()},
    }
    await record_read(sight, "audit.open", because, content, opened.sealed.tags)
    return Shown(opened, proofs.get(entry_id), sealed_ms)


async def _sealed_ms(sight: Sight, opened: OpenedEntry) -> int | None:
    shard_id, idx = opened.sealed.shard_id, opened.sealed.idx
    if shard_id is None or idx is None:
        return None
    return await log_standing.sealed_ms(sight.reads, shard_id=shard_id, idx=idx)


async def member_names(reads: ReadSession) -> dict[UUID, str]:
    """Return what members are called; their names are no secret, so that no trace is left of it."""
    return await members.names(reads)
