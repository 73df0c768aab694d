"""Passing a case of the queue over: it stays in the queue for everybody, and that it was passed over is seen."""

from enum import StrEnum

from registry.domain.appeal_case import AppealState, Case
from registry.errors import Conflict

SKIP = "skip"
WORKING = frozenset({AppealState.AWAITING_REPORTER, AppealState.AWAITING_SUBJECT, AppealState.IN_REVIEW})


class SkipReason(StrEnum):
    """Why somebody leaves a case to colleagues."""

    KNOWS_SOMEBODY = "knows_somebody"  # somebody in it is known to them
    LANGUAGE = "language"  # it is in a language that they do not read
    KNOWLEDGE = "knowledge"  # it needs what they do not know
    NO_TIME = "no_time"  # its clock is shorter than what else they hold allows


def check_skip(case: Case) -> None:
    """Refuse to pass over what is not in the queue. Conflict `appeal_claimed`, `appeal_step_refused`."""
    if case.state not in WORKING:
        raise Conflict("appeal_step_refused", facts={"state": case.state, "step": SKIP})
    if case.holder is not None:
        raise Conflict("appeal_claimed")
