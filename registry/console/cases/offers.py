"""Which steps a page offers to somebody: those that their role, the state and their part in the case allow.

What is offered may still be refused when it is tried, because somebody else was faster.
"""

from collections.abc import Callable, Mapping

from registry.domain.appeal_case import Actor, AppealStep, Case
from registry.domain.appeal_case import AppealStep as Step
from registry.domain.appeals import ALLOWED, TRANSITIONS
from registry.domain.staff import Role, Staff
from registry.domain.uploads import Work, check_reader
from registry.errors import Denied

Fits = Callable[[Case, Staff], bool]


def offered(case: Case, staff: Staff) -> frozenset[AppealStep]:
    """Return the steps to offer."""
    by = Actor.of(staff)
    possible = {step for state, step in TRANSITIONS if state is case.state and ALLOWED[step] & by.parties}
    return frozenset(step for step in possible if _FITS.get(step, _always)(case, staff))


def may_look(case: Case, staff: Staff) -> bool:
    """Say whether somebody may open the files of a case."""
    seats = case.second.seats if case.second is not None else ()
    try:
        check_reader(Work(case.state, case.holder, frozenset(one.staff_id for one in seats)), Actor.of(staff))
    except Denied:
        return False
    return True


def _always(_: Case, __: Staff) -> bool:
    return True


def _holds(case: Case, staff: Staff) -> bool:
    return case.holder == staff.staff_id


def _may_claim(case: Case, staff: Staff) -> bool:
    return case.holder is None and staff.staff_id not in case.involved | case.approvers


def _may_release(case: Case, staff: Staff) -> bool:
    return case.holder is not None and (_holds(case, staff) or Role.SUPERVISOR in staff.roles)


def _may_ask(case: Case, staff: Staff) -> bool:
    return _holds(case, staff) and case.asked_at is None


def _is_second(case: Case, staff: Staff) -> bool:
    part = case.reviewers | case.involved | frozenset(case.approved_by)
    return case.draft is not None and staff.staff_id not in part


def _may_vote(case: Case, staff: Staff) -> bool:
    second = case.second
    if second is None or staff.staff_id not in {one.staff_id for one in second.seats}:
        return False
    given = {person for person, vote in second.votes if vote.evidence == case.evidence}
    return staff.staff_id not in given


def _may_apply(case: Case, staff: Staff) -> bool:
    external = case.external
    return external is not None and external.applied_at is None and external.recorded_by != staff.staff_id


def _is_flagged(case: Case, _: Staff) -> bool:
    return case.flag_only


_FITS: Mapping[AppealStep, Fits] = {
    Step.CLAIM: _may_claim,
    Step.RELEASE: _may_release,
    Step.ASK: _may_ask,
    Step.DRAFT: _holds,
    Step.APPROVE: _is_second,
    Step.RETURN: _is_second,
    Step.VOTE: _may_vote,
    Step.APPLY_EXTERNAL: _may_apply,
    Step.ADMIT_ARTEFACT: _is_flagged,
}
