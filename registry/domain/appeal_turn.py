"""One step of an appeal being taken: who, with which words, when; and what it leaves behind."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn, TypeVar
from uuid import UUID

from registry.domain.appeal_case import (
    Actor,
    AppealState,
    AppealStep,
    Assignee,
    Case,
    Draft,
    Evidence,
    ReporterAnswer,
    Result,
    Ruling,
    Said,
    Seating,
    Vote,
)
from registry.domain.appeal_records import RecordMove
from registry.domain.ids import MemberIntegrity
from registry.domain.policy import Policy
from registry.errors import Conflict, Denied

Kind = TypeVar("Kind", ReporterAnswer, Assignee, Evidence, Draft, Seating, Vote, Ruling)


@dataclass(frozen=True, slots=True)
class Turn:
    """One step being taken: the case before it, by whom, with which words, under which rules, when."""

    case: Case
    step: AppealStep
    by: Actor
    said: Said
    policy: Policy
    now: datetime

    @property
    def person(self) -> UUID:
        """The member of staff who acts."""
        if self.by.staff_id is None:
            raise Denied("appeal_role_refused")
        return self.by.staff_id

    def words(self, kind: type[Kind]) -> Kind:
        """Return what was said, as this step needs it."""
        if not isinstance(self.said, kind):
            raise TypeError(f"{self.step} needs {kind.__name__}")
        return self.said

    def refuse(self) -> NoReturn:
        """Refuse the step in this state of things."""
        raise Conflict("appeal_step_refused", facts={"state": self.case.state, "step": self.step})


@dataclass(frozen=True, slots=True)
class After:
    """The case after a step, what the record does, what the member is recorded for, whether a result is new."""

    case: Case
    record: RecordMove | None = None
    findings: frozenset[MemberIntegrity] = frozenset()
    decides: bool = False


def decided(turn: Turn, result: Result, record: RecordMove | None, findings: frozenset[MemberIntegrity]) -> After:
    """Return the case with its decision; everyone is to be told anew."""
    case = replace(
        turn.case,
        state=AppealState.DECIDED,
        result=result,
        decided_at=turn.now,
        told_at=None,
        holder=None,
        breaches=turn.case.breaches - {AppealStep.MISS_TELLING},
    )
    return After(case, record, findings, decides=True)
