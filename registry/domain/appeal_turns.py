"""What each step of an appeal asks for and leaves behind, by step.

Each function takes a `Turn` and returns the case after it, or raises with a code. State, role and clock were checked
before (`appeals.decide`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from registry.domain import appeal_panel as panel
from registry.domain import appeal_records as records
from registry.domain import appeal_review as review
from registry.domain.appeal_case import (
    AppealState,
    AppealStep,
    Case,
    External,
    ReporterAnswer,
    Result,
    Ruling,
    Seating,
    Vote,
)
from registry.domain.appeal_turn import After, Turn, decided
from registry.domain.ids import MemberIntegrity, ReportState
from registry.errors import Conflict, Denied

S, Step = AppealState, AppealStep


def _prove(turn: Turn) -> After:
    if turn.case.proved_at is not None:
        turn.refuse()
    # Whoever has proved nothing yet must not keep the subject from appealing, so the first one proved is the one open.
    if turn.case.other_open:
        raise Conflict("appeal_open")
    return After(replace(turn.case, proved_at=turn.now))


def _lapse(turn: Turn) -> After:
    return After(replace(turn.case, state=S.INADMISSIBLE))


def _admit(turn: Turn) -> After:
    if turn.case.proved_at is None:
        raise Conflict("appeal_identity_unproved")
    return After(replace(turn.case, state=S.AWAITING_REPORTER, admitted_at=turn.now), records.by_admission(turn.case))


def _answer(turn: Turn) -> After:
    move = records.by_answer(turn.words(ReporterAnswer))
    if move is not None:
        return decided(turn, Result.WITHDRAWN, move, frozenset())
    return After(replace(turn.case, state=S.IN_REVIEW))


def _miss_answer(turn: Turn) -> After:
    return decided(turn, Result.WITHDRAWN, records.by_silence(), frozenset({MemberIntegrity.LATE_ANSWER}))


def _back_to_review(turn: Turn) -> After:
    return After(replace(turn.case, state=S.IN_REVIEW))


def _miss_decision(turn: Turn) -> After:
    case = turn.case
    holder = case.holder if case.state is S.PENDING_APPROVAL else None
    move = records.by_delay(case)
    after = replace(case, holder=holder, flag_only=case.flag_only and move is None)
    return After(_breached(replace(turn, case=after)), move)


def _miss(turn: Turn) -> After:
    return After(_breached(turn))


def _breached(turn: Turn) -> Case:
    return replace(turn.case, breaches=turn.case.breaches | {turn.step})


def _tell(turn: Turn) -> After:
    if turn.case.told_at is not None:
        turn.refuse()
    return After(replace(turn.case, told_at=turn.now))


def _ask_second(turn: Turn) -> After:
    return After(panel.ask(turn.case, turn.by, turn.policy, turn.now))


def _seat(turn: Turn) -> After:
    return After(panel.seat(turn.case, turn.words(Seating)))


def _vote(turn: Turn) -> After:
    case = panel.vote(turn.case, turn.person, turn.words(Vote))
    outcome = panel.outcome(case)
    if outcome is None:
        return After(case)
    result, agreed = outcome
    case = panel.settled(case, agreed)
    return decided(replace(turn, case=case), result, records.by_result(case, result), frozenset())


def _miss_second(turn: Turn) -> After:
    move = records.by_result(turn.case, Result.OVERTURNED)
    return decided(turn, Result.OVERTURNED, move, frozenset())


def _drop_second(turn: Turn) -> After:
    second = turn.case.second
    if second is None or second.asked_by not in turn.by.parties:
        raise Denied("appeal_not_yours")
    return After(replace(turn.case, state=S.DECIDED), records.by_dropping(turn.case))


def _record_external(turn: Turn) -> After:
    said = turn.words(Ruling)
    result = said.result
    if result not in {Result.UPHELD, Result.AMENDED, Result.OVERTURNED}:
        raise Conflict("appeal_result_refused", facts={"record": turn.case.report_state, "result": result})
    external = External(result, turn.now, turn.person, correction=said.correction)
    return After(replace(turn.case, state=S.CLOSED_EXTERNAL, external=external, holder=None))


def _apply_external(turn: Turn) -> After:
    external = turn.case.external
    if external is None or external.applied_at is not None:
        turn.refuse()
    if turn.person == external.recorded_by:
        raise Denied("appeal_second_person")
    applied = replace(external, applied_at=turn.now)
    case = replace(turn.case, external=applied, result=external.result, decided_at=turn.now)
    return After(case, records.by_result(turn.case, external.result), decides=True)


def _withdraw(turn: Turn) -> After:
    return After(replace(turn.case, state=S.WITHDRAWN_BY_SUBJECT, holder=None), records.by_dropping(turn.case))


def _close(turn: Turn) -> After:
    if turn.case.report_state not in records.GONE:
        raise Conflict("appeal_record_stands")
    withdrawn = turn.case.report_state is ReportState.WITHDRAWN
    return decided(turn, Result.WITHDRAWN if withdrawn else Result.ENDED, None, frozenset())


TAKE: Mapping[AppealStep, Callable[[Turn], After]] = MappingProxyType(
    {
        Step.PROVE: _prove,
        Step.LAPSE: _lapse,
        Step.ADMIT: _admit,
        Step.ANSWER: _answer,
        Step.MISS_ANSWER: _miss_answer,
        Step.CLAIM: review.claim,
        Step.ASSIGN: review.assign,
        Step.RELEASE: review.release,
        Step.ASK: review.ask,
        Step.REPLY: _back_to_review,
        Step.MISS_REPLY: _back_to_review,
        Step.ADD_EVIDENCE: review.add_evidence,
        Step.ADMIT_ARTEFACT: review.admit_artefact,
        Step.DRAFT: review.draft,
        Step.APPROVE: review.approve,
        Step.RETURN: review.give_back,
        Step.MISS_DECISION: _miss_decision,
        Step.TELL: _tell,
        Step.MISS_TELLING: _miss,
        Step.ASK_SECOND: _ask_second,
        Step.SEAT: _seat,
        Step.VOTE: _vote,
        Step.MISS_SECOND: _miss_second,
        Step.DROP_SECOND: _drop_second,
        Step.RECORD_EXTERNAL: _record_external,
        Step.APPLY_EXTERNAL: _apply_external,
        Step.MISS_EXTERNAL: _miss,
        Step.WITHDRAW: _withdraw,
        Step.CLOSE: _close,
    }
)
