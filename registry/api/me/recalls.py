"""What became of each recall of one's own records: told, acknowledged, escalated, lifted; each step with its proof."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.audit.deps import MOST, AuditReads
from registry.api.audit.looks import LooksPage, ShownLook, shown_look
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.edge import Edge
from registry.api.strings import Cursor
from registry.api.subject_access import SubjectDep
from registry.domain.events import Act, timestamp
from registry.domain.ids import Action
from registry.domain.outcomes import Taken
from registry.domain.recalls import RecallStep, acknowledge_by, is_done
from registry.domain.subjects import Subject
from registry.services import auditing
from registry.services.auditing import Look
from registry.services.auditing.desk import tags_of
from registry.services.subjects import recalls
from registry.store.database import ReadSession, WriteSession
from registry.store.recall_chains import Chain, Ending
from registry_formats.leaf import Group

router = APIRouter(prefix="/v1/me", tags=["subjects"])

What = Literal["told", "acknowledged", "alert", "suspend", "lift_demanded", "lifted"]

_LOOKS: Any = LooksPage.model_config.get("json_schema_extra")
_ENTRY: dict[str, Any] = _LOOKS["examples"][0]["looks"][0] | {"type": "recall", "purpose": "", "legal_basis": ""}
_STEP: dict[str, Any] = {
    "what": "told",
    "at": "2026-12-24T12:00:00Z",
    "due_at": None,
    "restriction": None,
    "entry_id": _ENTRY["entry_id"],
}
_CHAIN: dict[str, Any] = {
    "recall_id": "01937d5e-8c00-7a10-8000-0000000000b1",
    "report_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "member": "Example Travel",
    "change": "removed",
    "reason": "overturned",
    "acknowledge_by": "2026-12-25T12:00:00Z",
    "done": False,
    "steps": [_STEP],
}


class ShownRestriction(BaseModel):
    """What a member had done about a claim, because of the record."""

    outcome_id: UUID
    action: Action
    taken_at: datetime
    ends_at: datetime | None


class ChainStep(BaseModel):
    """One step: `due_at` of what silence led to, `restriction` of what had to be lifted, `entry_id` among `entries`."""

    what: What
    at: datetime
    due_at: datetime | None = None
    restriction: ShownRestriction | None = None
    entry_id: UUID | None = None


class RecallChain(BaseModel):
    """A recall to one member; `done` once it has acknowledged what it must, and nothing restricts the person more."""

    recall_id: UUID
    report_id: UUID
    member: str
    change: Literal["amended", "disputed", "removed", "suspended"]
    reason: str | None
    acknowledge_by: datetime | None
    done: bool
    steps: list[ChainStep]


class OwnRecalls(BaseModel):
    """Recalls, newest first, and the entries of the log that their steps name, each with its proof."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"livemode": False, "recalls": [_CHAIN], "entries": [_ENTRY], "next_cursor": None}]
        }
    )

    livemode: bool
    recalls: list[RecallChain]
    entries: list[ShownLook]
    next_cursor: str | None


@router.get("/recalls", operation_id="listOwnRecalls", summary="List what became of the recalls of one's records")
async def listed(
    subject: SubjectDep,
    edge: EdgeDep,
    reads: AuditReads,
    session: Writes,
    act: StrangerAct,
    limit: Annotated[int, Query(ge=1, le=MOST, examples=[25])] = 25,
    cursor: Cursor | None = None,
) -> OwnRecalls:
    """List which members were told of a change, and what they did: the whole chain, each step with what proves it."""
    before = cursors.decode(cursor, at="cursor")
    return await follow(subject, reads, session, limit, before, act=act, edge=edge)


async def follow(
    subject: Subject,
    reads: ReadSession,
    session: WriteSession,
    limit: int,
    before: tuple[datetime, UUID] | None,
    *,
    act: Act,
    edge: Edge,
) -> OwnRecalls:
    """Find a page of recalls of a person's records. Errors: Denied `contact_needed`, `second_contact_needed`."""
    found = await recalls.chains(session, subject, limit=limit, before=before, act=act, desk=edge.subjects)
    tags = tags_of(subject.stored, edge.auditing)
    entries = await auditing.of_recalls(reads, [one.recall.id for one in found], tags, desk=edge.auditing)
    once = {look.id: look for look in chain.from_iterable(entries.values())}
    return OwnRecalls(
        livemode=edge.facts.livemode,
        recalls=[_chain(one, entries[one.recall.id], edge, act.now) for one in found],
        entries=[shown_look(one) for one in once.values()],
        next_cursor=cursors.following(found, limit, lambda one: (one.recall.created_at, one.recall.id)),
    )


class _Said(NamedTuple):
    """What an entry says, as far as it tells of which step it is."""

    id: UUID
    action: str
    content: Mapping[str, Any]

    @classmethod
    def by(cls, look: Look) -> "_Said":
        org, content = (look.entry.openings.get(group) for group in (Group.ORG, Group.CONTENT))
        return cls(look.id, str(org.detail.get("action")) if org else "", content.detail if content else {})


def _chain(one: Chain, looks: Sequence[Look], edge: Edge, now: datetime) -> RecallChain:
    recall, clocks = one.recall, edge.policies[one.policy].clocks
    said = [_Said.by(look) for look in looks]
    return RecallChain(
        recall_id=recall.id,
        report_id=recall.report_id,
        member=one.member,
        change=recall.change,
        reason=recall.reason,
        acknowledge_by=acknowledge_by(recall.created_at, clocks) if recall.must_acknowledge else None,
        done=is_done(
            must_acknowledge=recall.must_acknowledge,
            acknowledged_at=one.acknowledged_at,
            restrictions=[ending.taken for ending in one.endings],
            now=now,
        ),
        steps=sorted(_steps(one, said), key=lambda step: step.at),
    )


def _steps(one: Chain, said: Sequence[_Said]) -> Iterator[ChainStep]:
    yield ChainStep(what="told", at=one.recall.created_at, entry_id=_entry(said, "recall.emit"))
    for step in one.escalated:
        what: What = "alert" if step.step is RecallStep.ALERT else "suspend"
        yield ChainStep(what=what, at=step.at, due_at=step.due_at, entry_id=_entry(said, f"recall.{step.step}"))
    if one.acknowledged_at is not None:
        yield ChainStep(what="acknowledged", at=one.acknowledged_at, entry_id=_entry(said, "recall.acknowledge"))
    for ending in one.endings:
        yield from _ending(ending, said)


def _ending(ending: Ending, said: Sequence[_Said]) -> Iterator[ChainStep]:
    taken, shown = ending.taken, _restriction(ending.taken)
    demanded = _entry(said, "recall.emit", lift=taken.id) or _entry(said, "recall.demand_lift", lift=taken.id)
    yield ChainStep(what="lift_demanded", at=ending.demanded_at, restriction=shown, entry_id=demanded)
    if taken.lifted_at is not None:
        lifted = _entry(said, "outcome.lift", outcome=taken.id, lifted_at=timestamp(taken.lifted_at))
        yield ChainStep(what="lifted", at=taken.lifted_at, restriction=shown, entry_id=lifted)


def _entry(said: Sequence[_Said], action: str, *, lift: UUID | None = None, **told: object) -> UUID | None:
    """Find the entry of a step; None where the log has none of this form, or it was erased."""
    wanted = {name: str(value) for name, value in told.items()}
    return next(
        (
            one.id
            for one in said
            if one.action == action
            and wanted.items() <= one.content.items()
            and (lift is None or str(lift) in one.content.get("lift", ()))
        ),
        None,
    )


def _restriction(taken: Taken) -> ShownRestriction:
    return ShownRestriction(outcome_id=taken.id, action=taken.action, taken_at=taken.taken_at, ends_at=taken.ends_at)
