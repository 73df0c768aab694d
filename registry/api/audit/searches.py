"""Search the log, open an entry, keep searches."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from registry.api.audit.deps import Before, Limit, Reasoned, SightDep, Why, auditors_router, next_cursor
from registry.api.audit.models import (
    AT,
    CURSOR,
    ENTRY_ID,
    MEMBER,
    STAFF_TAG,
    SUBJECT_TAG,
    SUMMARY,
    AuditFilter,
    EntrySummary,
    OpenedGroup,
    ShownMember,
    TypeName,
    asked,
    base64,
    example,
    instant,
    opened,
    shown_member,
    type_name,
)
from registry.api.deps import EdgeDep
from registry.api.strings import NoRawIdentifier, RequestModel
from registry.domain.audit_filters import Facet
from registry.services import auditing
from registry.services.auditing.search import Counts, Wanted
from registry.store.saved_searches import Saved
from registry_formats.leaf import LeafType

router = auditors_router()

SearchName = Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .,()/-]{0,79}$"), NoRawIdentifier]
_SAVED_ID = "01937d5e-8c00-7a10-8000-0000000000f1"
_STAFF_ID = "01937d5e-8c00-7a10-8000-0000000000d1"


class Search(Reasoned):
    """What is looked for, and why; with counts by facet or without."""

    model_config = asked(filter={"type": "query", "member": MEMBER["member_id"], "since": AT}, facets=True)

    filter: AuditFilter = Field(default_factory=AuditFilter)
    facets: bool = False


class Opening(Reasoned):
    """Why an entry is opened."""

    model_config = asked()


class FacetCounts(BaseModel):
    """How many matches each value has. Counted are the newest 2,000; `complete` says whether these are all."""

    counted: int
    complete: bool
    by: dict[Facet, dict[str, int]]

    @classmethod
    def of(cls, counts: Counts) -> "FacetCounts":
        """Shape counts."""
        types = {type_name(int(number)): n for number, n in counts.by[Facet.TYPE].items()}
        return cls(counted=counts.counted, complete=counts.complete, by={**counts.by, Facet.TYPE: dict(types)})


class SearchPage(BaseModel):
    """Entries, newest first."""

    model_config = example(
        livemode=False,
        entries=[SUMMARY],
        facets={"counted": 1, "complete": True, "by": {"type": {"query": 1}}},
        next_cursor=CURSOR,
    )

    livemode: bool
    entries: list[EntrySummary]
    facets: FacetCounts | None
    next_cursor: str | None


class OpenedEntry(BaseModel):
    """An entry with `org` and `content` opened; staff and subjects stay tags.

    `proof` is a `c2sp.org/tlog-proof@v1` file, null until a checkpoint covers the entry.
    """

    model_config = example(
        livemode=False,
        entry_id=ENTRY_ID,
        type="query",
        at=AT,
        member=MEMBER,
        leaf="AQEAAAGTUC5KAHwQgAAAAAAAAKo=",
        staff_tag=STAFF_TAG,
        subject_tags=[SUBJECT_TAG],
        index=41,
        groups={
            "org": {"state": "ok", "salt": "c2FsdA==", "detail": {"action": "score.query", "purpose": "Q1"}},
            "staff": {"state": "ok", "salt": None, "detail": None},
            "subject": {"state": "ok", "salt": None, "detail": None},
            "content": {"state": "shredded", "salt": None, "detail": None},
        },
        proof="c2sp.org/tlog-proof@v1\nindex 41\n…",
    )

    livemode: bool
    entry_id: UUID
    type: TypeName
    at: datetime
    member: ShownMember | None
    leaf: str
    staff_tag: str | None
    subject_tags: list[str]
    index: int | None
    groups: dict[str, OpenedGroup]
    proof: str | None

    @classmethod
    def of(cls, shown: auditing.Shown, *, livemode: bool) -> "OpenedEntry":
        """Shape an opened entry."""
        entry, sealed = shown.entry, shown.entry.sealed
        return cls(
            livemode=livemode,
            entry_id=sealed.id,
            type=type_name(LeafType(entry.leaf.kind)),
            at=instant(entry.leaf.t_ms),
            member=shown_member(sealed.member_id, sealed.member_name),
            leaf=base64(sealed.leaf),
            staff_tag=sealed.staff_tag.hex() if sealed.staff_tag else None,
            subject_tags=[tag.hex() for tag in sealed.tags],
            index=sealed.idx,
            groups={group.value: opened(state, entry.openings.get(group)) for group, state in entry.states.items()},
            proof=shown.proof,
        )


class SearchToKeep(RequestModel):
    """A search under a name; without a filter, the one of that name is taken back."""

    model_config = example(name="Refused since May", filter={"outcome": "refused", "since": AT}, shared=True)

    name: SearchName
    filter: AuditFilter | None
    shared: bool = False


class KeptSearch(BaseModel):
    """A kept search; `filter` can be sent in a search as it stands."""

    model_config = example(
        search_id=_SAVED_ID,
        staff_id=_STAFF_ID,
        name="Refused since May",
        filter={"outcome": "refused", "since": AT},
        shared=True,
        saved_at=AT,
    )

    search_id: UUID
    staff_id: UUID
    name: str
    filter: dict[str, JsonValue] | None
    shared: bool
    saved_at: datetime

    @classmethod
    def of(cls, saved: Saved) -> "KeptSearch":
        """Shape a kept search."""
        return cls(
            search_id=saved.id,
            staff_id=saved.staff_id,
            name=saved.name,
            filter=saved.filter,
            shared=saved.shared,
            saved_at=saved.saved_at,
        )


class KeptSearches(BaseModel):
    """One's own searches and those that others share, by name."""

    model_config = example(searches=[{"search_id": _SAVED_ID, "staff_id": _STAFF_ID, "name": "Refused since May"}])

    searches: list[KeptSearch]


@router.post("/searches", operation_id="searchLog", summary="Search the audit log")
async def search(
    sight: SightDep,
    edge: EdgeDep,
    wanted: Search,
    before: Before,
    limit: Limit = 50,
) -> SearchPage:
    """List what matches, newest first. Each page is a read of its own, with an entry of its own."""
    asking = Wanted(wanted.filter.filter(), limit, before, wanted.facets)
    page = await auditing.search(sight, asking, because=wanted.because())
    return SearchPage(
        livemode=edge.facts.livemode,
        entries=[EntrySummary.of(one) for one in page.entries],
        facets=FacetCounts.of(page.counts) if page.counts else None,
        next_cursor=next_cursor(page.entries[-1].id) if page.more else None,
    )


@router.post("/entries/{entry_id}:open", operation_id="openEntry", summary="Open an entry")
async def open_entry(
    sight: SightDep,
    edge: EdgeDep,
    entry_id: UUID,
    why: Opening,
) -> OpenedEntry:
    """Open `org` and `content` of an entry, and say of all four groups what became of them."""
    shown = await auditing.open_one(sight, entry_id, because=why.because())
    return OpenedEntry.of(shown, livemode=edge.facts.livemode)


@router.post("/saved-searches", operation_id="keepSearch", summary="Keep a search", status_code=201)
async def keep(sight: SightDep, wanted: SearchToKeep) -> KeptSearch:
    """Keep a search in the place of one's own of that name."""
    filter_ = wanted.filter.filter() if wanted.filter else None
    return KeptSearch.of(await auditing.save(sight, wanted.name, filter_, shared=wanted.shared))


@router.get("/saved-searches", operation_id="listKeptSearches", summary="List kept searches")
async def kept(sight: SightDep, why: Why) -> KeptSearches:
    """List one's own searches and those that others share."""
    found = await auditing.kept(sight, because=why)
    return KeptSearches(searches=[KeptSearch.of(one) for one in found])
