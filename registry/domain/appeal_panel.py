"""Second instance: who may ask for it, three seats free of conflict, and the vote in the middle (domain.md 7)."""

from collections.abc import Mapping, Sequence
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
from registry.domain.appeal_corrections import Correction, Gravity
from registry.domain.ids import Confidence
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
_MIDDLE = len(Seat) // 2
_NOTHING = Gravity(0, max(Confidence), frozenset())


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


def outcome(case: Case) -> tuple[Result, Correction | None] | None:
    """Return the result in the middle, and what it corrects, once all three seats have voted on the same evidence.

    A panel of which a majority wants something amended, but no majority any one thing, leaves the record as it is.
    """
    votes = [vote for _, vote in _valid(case)]
    if len(votes) < len(Seat):
        return None
    result = _RELIEF[sorted(_RELIEF.index(vote.result) for vote in votes)[_MIDDLE]]
    if result is not Result.AMENDED:
        return result, None
    agreed = shared(votes, case.stated)
    return (Result.UPHELD, None) if agreed is None else (result, agreed)


def shared(votes: Sequence[Vote], stated: Gravity) -> Correction | None:
    """Return what a majority of three votes corrects, part by part; None if that is nothing.

    Of each part the vote in the middle counts, as of the result: an amount or a confidence that two at least would not
    let be graver and two not lighter; an aggravation stays if two at least keep it. Who upholds leaves every part as it
    is, and who goes further than amending leaves nothing of any.
    """
    asked = [_asked(vote, stated) for vote in votes]
    after = Gravity(
        amount_minor=sorted(one.amount_minor for one in asked)[_MIDDLE],
        confidence=sorted(one.confidence for one in asked)[_MIDDLE],
        aggravations=frozenset(
            code for code in stated.aggravations if sum(code in one.aggravations for one in asked) > _MIDDLE
        ),
    )
    if after == stated:
        return None
    return Correction(
        after.amount_minor if after.amount_minor != stated.amount_minor else None,
        after.confidence if after.confidence != stated.confidence else None,
        after.aggravations if after.aggravations != stated.aggravations else None,
    )


def settled(case: Case, agreed: Correction | None) -> Case:
    """Keep what the panel corrects."""
    return replace(case, second=replace(_of(case), agreed=agreed))


def reasons(case: Case) -> list[str]:
    """Return what those wrote who decided as the panel did; of all, where its result is what no single one wanted."""
    votes = [vote for _, vote in _of(case).votes]
    return [vote.reasons for vote in votes if vote.result is case.result] or [vote.reasons for vote in votes]


def _asked(vote: Vote, stated: Gravity) -> Gravity:
    """Return what a vote would leave of what the record says now; nothing makes it graver."""
    if vote.result is Result.UPHELD:
        return stated
    if vote.result is not Result.AMENDED:
        return _NOTHING
    says = vote.correction or Correction()
    return Gravity(
        stated.amount_minor if says.amount_minor is None else min(says.amount_minor, stated.amount_minor),
        # From the strongest letter to the weakest.
        max(says.confidence or stated.confidence, stated.confidence),
        stated.aggravations if says.aggravations is None else says.aggravations & stated.aggravations,
    )


def _valid(case: Case) -> tuple[tuple[UUID, Vote], ...]:
    return tuple((person, vote) for person, vote in _of(case).votes if vote.evidence == case.evidence)


def _of(case: Case) -> SecondInstance:
    if case.second is None:
        raise Conflict("appeal_step_refused", facts={"state": case.state, "step": "vote"})
    return case.second
