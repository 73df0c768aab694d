"""What an appeal does to the record it is about: which step of `lifecycle.py` follows, if any (domain.md 6 and 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from registry.domain.appeal_case import Case, ReporterAnswer, Result
from registry.domain.appeal_corrections import Correction
from registry.domain.ids import ReportState
from registry.domain.lifecycle import Step, WithdrawReason
from registry.errors import Conflict

S = ReportState
GONE = frozenset({S.WITHDRAWN, S.EXPIRED, S.SEALED})
# What a record can be appealed against in; an open appeal holds it in the others, or there is nothing left to appeal.
APPEALABLE = frozenset({S.NOTICE_WINDOW, S.ACTIVE, S.RESTRICTED})
DECIDABLE = (Result.UPHELD, Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED)
WITHDRAWALS: Mapping[ReporterAnswer, WithdrawReason] = MappingProxyType(
    {
        ReporterAnswer.WITHDRAW: WithdrawReason.MISTAKE,
        ReporterAnswer.MISROUTED: WithdrawReason.MISROUTED,
        ReporterAnswer.SUBJECT_IS_VICTIM: WithdrawReason.SUBJECT_IS_VICTIM,
    }
)


@dataclass(frozen=True, slots=True)
class RecordMove:
    """One step of the record's own machine, with its reason where it needs one."""

    step: Step
    reason: str = ""


# None: the record stays as it is. What is missing cannot be decided: an overdue record is not left open, and what is
# restricted by a court is not rewritten.
MOVES: Mapping[tuple[ReportState, Result], Step | None] = MappingProxyType(
    {
        (S.DISPUTED, Result.UPHELD): Step.UPHOLD,
        (S.DISPUTED, Result.AMENDED): Step.AMEND_BY_DECISION,
        (S.DISPUTED, Result.INCONCLUSIVE): Step.FIND_INCONCLUSIVE,
        (S.DISPUTED, Result.OVERTURNED): Step.OVERTURN,
        (S.SUSPENDED, Result.UPHELD): Step.UPHOLD,
        (S.SUSPENDED, Result.AMENDED): Step.AMEND_BY_DECISION,
        (S.SUSPENDED, Result.OVERTURNED): Step.OVERTURN,
        (S.ACTIVE, Result.UPHELD): None,
        (S.ACTIVE, Result.AMENDED): Step.AMEND_BY_DECISION,
        (S.ACTIVE, Result.INCONCLUSIVE): Step.FIND_INCONCLUSIVE,
        (S.ACTIVE, Result.OVERTURNED): Step.OVERTURN,
        (S.RESTRICTED, Result.UPHELD): None,
        (S.RESTRICTED, Result.OVERTURNED): Step.OVERTURN,
        (S.OVERTURNED, Result.UPHELD): Step.REINSTATE,
        (S.OVERTURNED, Result.AMENDED): Step.REINSTATE,
        (S.OVERTURNED, Result.OVERTURNED): None,
        (S.INCONCLUSIVE, Result.UPHELD): Step.REINSTATE,
        (S.INCONCLUSIVE, Result.AMENDED): Step.REINSTATE,
        (S.INCONCLUSIVE, Result.INCONCLUSIVE): None,
        (S.INCONCLUSIVE, Result.OVERTURNED): Step.OVERTURN,
    }
)


def by_result(case: Case, result: Result) -> RecordMove | None:
    """Return what a decision does to the record; Conflict `appeal_result_refused` if it cannot be decided so now."""
    if result not in DECIDABLE:
        raise Conflict("appeal_result_refused", facts={"record": case.report_state, "result": result})
    if case.report_state in GONE:
        return None
    if (case.report_state, result) not in MOVES:
        raise Conflict("appeal_result_refused", facts={"record": case.report_state, "result": result})
    step = MOVES[case.report_state, result]
    return RecordMove(step) if step is not None else None


def by_admission(case: Case) -> RecordMove | None:
    """Return what an admitted appeal does: no weight until the first decision, whatever the ground."""
    contested = not case.flag_only and case.report_state in {S.NOTICE_WINDOW, S.ACTIVE}
    return RecordMove(Step.DISPUTE) if contested else None


def by_silence() -> RecordMove:
    """Return what the member's silence does."""
    return RecordMove(Step.WITHDRAW, WithdrawReason.UNVERIFIED)


def by_delay(case: Case) -> RecordMove | None:
    """Return what an overdue decision does, also to a record only flagged: delay is never at the subject's cost."""
    return RecordMove(Step.SUSPEND) if case.report_state in {S.DISPUTED, S.ACTIVE} else None


def by_dropping(case: Case) -> RecordMove | None:
    """Return what follows when whoever appealed takes it back: the record goes back to where it stood."""
    return RecordMove(Step.DROP_DISPUTE) if case.report_state in {S.DISPUTED, S.SUSPENDED} else None


def by_answer(answer: ReporterAnswer) -> RecordMove | None:
    """Return what the member's answer does by itself."""
    return RecordMove(Step.WITHDRAW, WITHDRAWALS[answer]) if answer in WITHDRAWALS else None


def correction_of(case: Case) -> Correction | None:
    """Return what the latest decision corrects."""
    if case.external is not None:
        return case.external.correction
    if case.second is not None and case.second.votes:
        return case.second.agreed
    return case.draft.correction if case.draft is not None else None


def render() -> str:
    """Write what each result does to a record in Markdown, for docs/appeals.md."""
    rows: list[tuple[str, ...]] = [("record", *DECIDABLE), ("---",) * (1 + len(DECIDABLE))]
    states = dict.fromkeys(state for state, _ in MOVES)
    rows += [(f"`{state}`", *(_cell(state, result) for result in DECIDABLE)) for state in states]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(state: ReportState, result: Result) -> str:
    if (state, result) not in MOVES:
        return "-"
    step = MOVES[state, result]
    return "stays" if step is None else f"`{step}`"
