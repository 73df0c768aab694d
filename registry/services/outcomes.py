"""What members did about answers: recorded, measured by the answer, lifted; so that a recall can name what must end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent, timestamp
from registry.domain.ids import Action
from registry.domain.outcomes import Flag, Taken, check_lift, judge
from registry.domain.policy import Policy
from registry.domain.uuids import uuid7
from registry.errors import Conflict, NotFound
from registry.services import audit, recalls
from registry.services.trail import Trail
from registry.store import outcomes as store
from registry.store import recall_chains, reports, scores
from registry.store.database import WriteSession
from registry.store.outcomes import Known, Outcome
from registry_formats import base64url
from registry_formats.leaf import JsonValue, LeafType


@dataclass(frozen=True, slots=True)
class Desk:
    """What these use cases need besides the session: the rules, the trail and randomness."""

    policies: Mapping[str, Policy]
    trail: Trail
    entropy: Callable[[int], bytes]

    def new_id(self, now: datetime) -> UUID:
        """Make an id."""
        return uuid7(int(now.timestamp() * 1000), self.entropy(10))


async def record(  # noqa: PLR0913 - what was done, by whom
    session: WriteSession,
    claim_ref: bytes,
    query_id: UUID,
    action: Action,
    taken_at: datetime,
    ends_at: datetime | None,
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
) -> Known:
    """Record what a member did about a claim; what its answer did not permit is recorded as well, with a flag.

    Raises:
        NotFound: `outcome_answer_unknown`, no such answer to this member for this claim.
        Conflict: `outcome_time_refused`.
    """
    # A record that is recalled meanwhile finds this action, or this action finds its recall.
    await scores.stop_recalls(session)
    answer = await store.answer_to(session, member_id=caller.member_id, claim_ref=claim_ref, query_id=query_id)
    if answer is None:
        raise NotFound("outcome_answer_unknown")
    taken = Taken(desk.new_id(act.now), claim_ref, query_id, action, taken_at, ends_at)
    flags = judge(
        taken,
        permitted=tuple(Action)[: answer.permitted],
        # As the member was told it: to the millisecond.
        answered_at=answer.at.replace(microsecond=answer.at.microsecond // 1000 * 1000),
        clocks=desk.policies[caller.policy].clocks,
        now=act.now,
    )
    await store.add(session, _row(taken, caller, act, flags=flags))
    content: dict[str, JsonValue] = {
        "ends_at": "" if ends_at is None else timestamp(ends_at),
        "flags": [flag.value for flag in flags],
    }
    await _record(session, "outcome.record", "flagged" if flags else "recorded", taken, content, act, desk)
    named = await recalls.demand_late_lifts(session, taken, member_id=caller.member_id, act=act, trail=desk.trail)
    return Known(taken, flags, act.now, must_lift=named)


async def lift(
    session: WriteSession, outcome_id: UUID, lifted_at: datetime, *, caller: Caller, act: Act, desk: Desk
) -> Known:
    """Record that a restriction was lifted.

    Raises:
        NotFound: `outcome_unknown`.
        Conflict: `outcome_not_in_force`, `outcome_time_refused`.
    """
    known = await store.get(session, outcome_id, member_id=caller.member_id)
    check_lift(known.taken, lifted_at, now=act.now)
    lifted = replace(known.taken, id=desk.new_id(act.now), taken_at=lifted_at, ends_at=None)
    if not await store.add(session, _row(lifted, caller, act, lifts=outcome_id)):
        raise Conflict("outcome_not_in_force")
    named = await recall_chains.naming(session, outcome_id)
    subject = [stored for _, report_id in named for stored in await reports.identities(session, report_id)]
    content: dict[str, JsonValue] = {
        "lifted_at": timestamp(lifted_at),
        "recalls": [str(recall_id) for recall_id, _ in named],
    }
    await _record(session, "outcome.lift", "lifted", known.taken, content, act, desk, subject)
    return replace(known, taken=replace(known.taken, lifted_at=lifted_at))


async def page(
    session: WriteSession, *, caller: Caller, limit: int, after: tuple[datetime, UUID] | None, act: Act, desk: Desk
) -> list[Known]:
    """List a member's actions after a place, in the order they were recorded; the look leaves a trace."""
    found = await store.page(session, member_id=caller.member_id, limit=limit, after=after)
    content = {"outcomes": [str(one.taken.id) for one in found]}
    event = AuditEvent(LeafType.QUERY, "outcome.list", "answered", legal_basis="own", content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return found


def _row(taken: Taken, caller: Caller, act: Act, *, lifts: UUID | None = None, flags: Sequence[Flag] = ()) -> Outcome:
    return Outcome(
        taken.id,
        caller.member_id,
        taken.claim,
        taken.query,
        taken.action,
        taken.taken_at,
        taken.ends_at,
        lifts,
        flags,
        act.now,
    )


async def _record(  # noqa: PLR0913, PLR0917 - what, by whom, with what
    session: WriteSession,
    action: str,
    outcome: str,
    taken: Taken,
    more: Mapping[str, JsonValue],
    act: Act,
    desk: Desk,
    subject: Sequence[bytes] = (),
) -> None:
    content: dict[str, JsonValue] = {
        "action": taken.action.value,
        "outcome": str(taken.id),
        "query": str(taken.query),
        "taken_at": timestamp(taken.taken_at),
        **more,
    }
    claim = base64url.encode(taken.claim)
    event = AuditEvent(LeafType.ADMIN, action, outcome, claim=claim, subject=tuple(subject), content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
