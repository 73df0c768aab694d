"""Second instance: who may ask for it, three seats free of conflict, and the vote in the middle (domain.md 7)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from registry.domain import appeal_records as records
from registry.domain.appeal_case import (
    Actor,
    AppealState,
    Case,
    Party,
    Result,
    Seat,
    Seating,
    SecondInstance,
    Vote,
)
from registry.domain.policy import Policy
from registry.domain.retention import add_months
from registry.errors import Conflict, Denied

# Against whom a result speaks: only they may ask for another look.
AGGRIEVED: Mapping[Result, frozenset[Party]] = MappingProxyType(
    {
        Result.UPHELD: frozenset({Party.SUBJECT}),
        Result.AMENDED: frozenset({Party.SUBJECT, Party.MEMBER}),
        Result.INCONCLUSIVE: frozenset({Party.SUBJECT, Party.MEMBER}),
        Result.OVERTURNED: frozenset({Party.MEMBER}),
    }
)
# From least to most relief for the subject. The vote in the middle has a majority on each side of it.
_RELIEF = (Result.UPHELD, Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED)


def ask(case: Case, by: Actor, policy: Policy, now: datetime) -> Case:
    """Open second instance: once, in time, by who lost, while there is a record to decide about.

    Errors: Conflict `appeal_final`, `appeal_nothing_left`, `appeal_second_late`; Denied `appeal_not_yours`.
    """
    if case.second is not None:
        raise Conflict("appeal_final")
    if case.result is None or case.decided_at is None or case.report_state in records.GONE:
        raise Conflict("appeal_nothing_left")
    parties = AGGRIEVED.get(case.result, frozenset()) & by.parties
    if not parties:
        raise Denied("appeal_not_yours")
    told_on = policy.today(case.told_at or case.decided_at)
    last_day = add_months(told_on, policy.clocks.second_instance_ask_months)
    if policy.today(now) > last_day:
        raise Conflict("appeal_second_late")
    second = SecondInstance(now, min(parties))
    return replace(case, state=AppealState.SECOND_INSTANCE, second=second, flag_only=True)


def seat(case: Case, said: Seating) -> Case:
    """Give a seat to a person who has no part in the matter; until that seat has voted it may be given anew.

    Errors: Conflict `appeal_seat_taken`; Denied `appeal_seat_conflict`.
    """
    second = _of(case)
    others = tuple(one for one in second.seats if one.seat is not said.seat)
    held = next((one.staff_id for one in second.seats if one.seat is said.seat), None)
    if held is not None and held in dict(second.votes):
        raise Conflict("appeal_seat_taken")
    partial = case.involved | case.reviewers | case.approvers | {one.staff_id for one in others}
    if said.staff_id in partial or case.group_id in said.ties:
        raise Denied("appeal_seat_conflict")
    return replace(case, second=replace(second, seats=(*others, said)))


def vote(case: Case, person: UUID, said: Vote) -> Case:
    """Take one vote; a vote on evidence that has changed since counts no more and may be given again.

    Errors: Conflict `appeal_seats_missing`, `appeal_draft_void`, `appeal_voted`, `appeal_reasons_missing`,
    `appeal_result_refused`; Denied `appeal_not_seated`.
    """
    second = _of(case)
    if person not in {one.staff_id for one in second.seats}:
        raise Denied("appeal_not_seated")
    if {one.seat for one in second.seats} != set(Seat):
        raise Conflict("appeal_seats_missing")
    if not said.reasons.strip():
        raise Conflict("appeal_reasons_missing")
    if said.evidence != case.evidence:
        raise Conflict("appeal_draft_void")
    if person in dict(_valid(case)):
        raise Conflict("appeal_voted")
    records.by_result(case, said.result)
    return replace(case, second=replace(second, votes=(*_valid(case), (person, said))))


def result(case: Case) -> Result | None:
    """Return the result in the middle once all three seats have voted on the same evidence."""
    votes = sorted(_RELIEF.index(vote.result) for _, vote in _valid(case))
    return _RELIEF[votes[1]] if len(votes) == len(Seat) else None


def _valid(case: Case) -> tuple[tuple[UUID, Vote], ...]:
    return tuple((person, vote) for person, vote in _of(case).votes if vote.evidence == case.evidence)


def _of(case: Case) -> SecondInstance:
    if case.second is None:
        raise Conflict("appeal_step_refused", facts={"state": case.state, "step": "vote"})
    return case.second
