"""Appeals: what is possible (the table), who may do it, and what follows (domain.md 7).

`decide` is the only way from one state to another; `lodge` is the only way in. Guards are in `appeal_turns.py` and
`appeal_review.py`, clocks in `deadlines.py`, the effect on the record in `appeal_records.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from registry.domain.appeal_case import Actor, AppealState, AppealStep, Case, Ground, Party, Said
from registry.domain.appeal_corrections import Gravity
from registry.domain.appeal_records import APPEALABLE, RecordMove
from registry.domain.appeal_turn import Turn
from registry.domain.appeal_turns import TAKE
from registry.domain.deadlines import AWAITED, missed, timers
from registry.domain.ids import MemberIntegrity, ReportState, Severity
from registry.domain.policy import Policy
from registry.errors import Conflict, Denied

S, Step, P = AppealState, AppealStep, Party
TEXT_LIMIT = 2_000
# An open appeal takes its record's weight: who takes it back and lodges it again for ever would never be decided on.
TAKEN_BACK_MOST = 2
OPEN = frozenset(
    {S.RECEIVED, S.AWAITING_REPORTER, S.AWAITING_SUBJECT, S.IN_REVIEW, S.PENDING_APPROVAL, S.SECOND_INSTANCE}
)
CLOCK_STEPS = frozenset(AWAITED) - {Step.ADMIT}
_WORKING = (S.AWAITING_REPORTER, S.AWAITING_SUBJECT, S.IN_REVIEW)
_UNDECIDED = (*_WORKING, S.PENDING_APPROVAL)

TRANSITIONS: Mapping[tuple[AppealState, AppealStep], tuple[AppealState, ...]] = MappingProxyType(
    {
        (S.RECEIVED, Step.PROVE): (S.RECEIVED,),
        (S.RECEIVED, Step.LAPSE): (S.INADMISSIBLE,),
        (S.RECEIVED, Step.ADMIT): (S.AWAITING_REPORTER,),
        (S.AWAITING_REPORTER, Step.ANSWER): (S.IN_REVIEW, S.DECIDED),
        (S.AWAITING_REPORTER, Step.MISS_ANSWER): (S.DECIDED,),
        (S.IN_REVIEW, Step.ASK): (S.AWAITING_SUBJECT,),
        (S.AWAITING_SUBJECT, Step.REPLY): (S.IN_REVIEW,),
        (S.AWAITING_SUBJECT, Step.MISS_REPLY): (S.IN_REVIEW,),
        (S.IN_REVIEW, Step.DRAFT): (S.PENDING_APPROVAL,),
        (S.PENDING_APPROVAL, Step.APPROVE): (S.DECIDED, S.PENDING_APPROVAL),
        (S.PENDING_APPROVAL, Step.RETURN): (S.IN_REVIEW,),
        (S.PENDING_APPROVAL, Step.ADD_EVIDENCE): (S.IN_REVIEW,),
        (S.SECOND_INSTANCE, Step.ADD_EVIDENCE): (S.SECOND_INSTANCE,),
        (S.SECOND_INSTANCE, Step.ADMIT_ARTEFACT): (S.SECOND_INSTANCE,),
        (S.DECIDED, Step.TELL): (S.DECIDED,),
        (S.DECIDED, Step.MISS_TELLING): (S.DECIDED,),
        (S.DECIDED, Step.ASK_SECOND): (S.SECOND_INSTANCE,),
        (S.SECOND_INSTANCE, Step.SEAT): (S.SECOND_INSTANCE,),
        (S.SECOND_INSTANCE, Step.VOTE): (S.SECOND_INSTANCE, S.DECIDED),
        (S.SECOND_INSTANCE, Step.MISS_SECOND): (S.DECIDED,),
        (S.SECOND_INSTANCE, Step.DROP_SECOND): (S.DECIDED,),
        (S.DECIDED, Step.RECORD_EXTERNAL): (S.CLOSED_EXTERNAL,),
        (S.CLOSED_EXTERNAL, Step.APPLY_EXTERNAL): (S.CLOSED_EXTERNAL,),
        (S.CLOSED_EXTERNAL, Step.MISS_EXTERNAL): (S.CLOSED_EXTERNAL,),
        **{(state, step): (state,) for state in _WORKING for step in (Step.CLAIM, Step.ASSIGN, Step.RELEASE)},
        **{(state, step): (state,) for state in _WORKING for step in (Step.ADD_EVIDENCE, Step.ADMIT_ARTEFACT)},
        **{(state, Step.MISS_DECISION): (state,) for state in _UNDECIDED},
        **{(state, Step.WITHDRAW): (S.WITHDRAWN_BY_SUBJECT,) for state in OPEN - {S.SECOND_INSTANCE}},
        **{(state, Step.RECORD_EXTERNAL): (S.CLOSED_EXTERNAL,) for state in OPEN},
        **{(state, Step.CLOSE): (S.DECIDED,) for state in OPEN},
    }
)
_WORKERS = frozenset({P.OFFICER, P.REVIEWER})
_SECOND_PEOPLE = frozenset({P.REVIEWER, P.SUPERVISOR})
ALLOWED: Mapping[AppealStep, frozenset[Party]] = MappingProxyType(
    {
        **dict.fromkeys(CLOCK_STEPS, frozenset({P.CLOCK})),
        **dict.fromkeys((Step.PROVE, Step.TELL, Step.CLOSE), frozenset({P.REGISTRY})),
        Step.ADMIT: frozenset({P.REGISTRY, P.CLOCK}),
        Step.ANSWER: frozenset({P.MEMBER}),
        **dict.fromkeys((Step.REPLY, Step.WITHDRAW), frozenset({P.SUBJECT})),
        Step.ADD_EVIDENCE: frozenset({P.SUBJECT, P.MEMBER}) | _WORKERS,
        Step.ADMIT_ARTEFACT: frozenset({P.REVIEWER}),
        **dict.fromkeys((Step.CLAIM, Step.ASK, Step.DRAFT), _WORKERS),
        Step.RELEASE: _WORKERS | {P.SUPERVISOR},
        **dict.fromkeys((Step.ASSIGN, Step.SEAT), frozenset({P.SUPERVISOR})),
        **dict.fromkeys((Step.APPROVE, Step.RETURN), _SECOND_PEOPLE),
        **dict.fromkeys((Step.ASK_SECOND, Step.DROP_SECOND), frozenset({P.SUBJECT, P.MEMBER})),
        Step.VOTE: frozenset({P.PANEL}),
        Step.RECORD_EXTERNAL: frozenset({P.OFFICER}),
        Step.APPLY_EXTERNAL: _WORKERS | {P.SUPERVISOR},
    }
)
EVENTS: Mapping[AppealStep, str] = MappingProxyType(
    {
        Step.PROVE: "appeal.identity_proved",
        Step.LAPSE: "appeal.lapsed",
        Step.ADMIT: "appeal.admitted",
        Step.ANSWER: "appeal.answered",
        Step.MISS_ANSWER: "appeal.unanswered",
        Step.CLAIM: "appeal.claimed",
        Step.ASSIGN: "appeal.assigned",
        Step.RELEASE: "appeal.released",
        Step.ASK: "appeal.question_put",
        Step.REPLY: "appeal.question_answered",
        Step.MISS_REPLY: "appeal.question_unanswered",
        Step.ADD_EVIDENCE: "appeal.evidence_added",
        Step.ADMIT_ARTEFACT: "appeal.artefact_admitted",
        Step.DRAFT: "appeal.drafted",
        Step.APPROVE: "appeal.approved",
        Step.RETURN: "appeal.returned",
        Step.MISS_DECISION: "appeal.decision_overdue",
        Step.TELL: "appeal.told",
        Step.MISS_TELLING: "appeal.telling_overdue",
        Step.ASK_SECOND: "appeal.second_asked",
        Step.SEAT: "appeal.seated",
        Step.VOTE: "appeal.voted",
        Step.MISS_SECOND: "appeal.second_overdue",
        Step.DROP_SECOND: "appeal.second_dropped",
        Step.RECORD_EXTERNAL: "appeal.external_recorded",
        Step.APPLY_EXTERNAL: "appeal.external_applied",
        Step.MISS_EXTERNAL: "appeal.external_overdue",
        Step.WITHDRAW: "appeal.withdrawn",
        Step.CLOSE: "appeal.closed",
    }
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a step: the case after it, the event's name, the record's own step, findings about the member.

    `decides` says that the case has a new result, of which everyone is to be told.
    """

    case: Case
    event: str
    record: RecordMove | None
    findings: frozenset[MemberIntegrity]
    decides: bool

    @property
    def state(self) -> AppealState:
        """Where the appeal stands now."""
        return self.case.state


@dataclass(frozen=True, slots=True)
class Record:
    """The record an appeal is about: where it stands, who filed it, and what was decided about it before.

    Args:
        open_appeal: another appeal about it is admitted and undecided.
        upheld_before: a decision left it standing, so a further appeal only flags it.
        involved: staff who took part in earlier matters about it.
    """

    state: ReportState
    severity: Severity
    stated: Gravity
    group_id: UUID
    open_appeal: bool = False
    upheld_before: bool = False
    involved: frozenset[UUID] = frozenset()


def lodge(record: Record, grounds: Collection[Ground], text: str, *, phone_alone: bool, now: datetime) -> Case:
    """Open an appeal against a record.

    Args:
        record: what it is about.
        grounds: one or more.
        text: in the subject's own words, any language; may be empty.
        phone_alone: the subject has proved control of a phone number and nothing else; numbers are given to others.
        now: the moment.

    Raises:
        Conflict: `appeal_open`, `appeal_record_refused` (nothing to appeal in its state), `appeal_grounds_missing`,
            `appeal_text_too_long`.
        Denied: `appeal_ground_unproved` (a phone alone bears G02 only).
    """
    if record.open_appeal:
        raise Conflict("appeal_open")
    if record.state not in APPEALABLE:
        raise Conflict("appeal_record_refused", facts={"state": record.state})
    if not grounds:
        raise Conflict("appeal_grounds_missing")
    if len(text) > TEXT_LIMIT:
        raise Conflict("appeal_text_too_long")
    if phone_alone and set(grounds) != {Ground.SOMEONE_ELSE}:
        raise Denied("appeal_ground_unproved")
    return Case(
        state=S.RECEIVED,
        report_state=record.state,
        severity=record.severity,
        stated=record.stated,
        group_id=record.group_id,
        received_at=now,
        involved=record.involved,
        flag_only=record.upheld_before,
    )


def check_withdrawal(taken_back: int) -> None:
    """Refuse to take back an appeal after so many that were, about the same record. Conflict `appeal_step_refused`."""
    if taken_back >= TAKEN_BACK_MOST:
        raise Conflict("appeal_step_refused", facts={"step": Step.WITHDRAW})


def decide(case: Case, step: AppealStep, *, by: Actor, policy: Policy, now: datetime, said: Said = None) -> Decision:
    """Take one step, or say why not.

    Whatever the clock has to do comes first (`deadlines.missed`), so an outcome never depends on when the worker ran;
    before it only that the record is gone.

    Args:
        case: where the appeal and its record stand.
        step: what is to happen.
        by: who takes it.
        policy: whose clocks rule.
        now: the moment, with a time zone.
        said: the words of the steps that have some: the answer, the draft, the vote, …

    Raises:
        Denied: `appeal_role_refused`, or what the guard of the step says.
        Conflict: `appeal_step_refused` (not from this state), `appeal_step_early` (its time has not come),
            `appeal_deadline_passed` (a deadline is to be acted on first; facts name its step), `appeal_draft_void` (the
            evidence has changed since), or what the guard of the step says.
    """
    if not ALLOWED[step] & by.parties:
        raise Denied("appeal_role_refused", facts={"step": step})
    if step is Step.APPROVE and case.draft is not None and case.draft.evidence != case.evidence:
        raise Conflict("appeal_draft_void")
    if (case.state, step) not in TRANSITIONS:
        raise Conflict("appeal_step_refused", facts={"state": case.state, "step": step})
    _check_clock(case, step, by, policy, now)
    after = TAKE[step](Turn(case, step, by, said, policy, now))
    return Decision(after.case, EVENTS[step], after.record, after.findings, after.decides)


def is_open(case: Case) -> bool:
    """Say whether the appeal is admitted and undecided, so that the record shows an open appeal."""
    if case.state is S.CLOSED_EXTERNAL:
        return case.external is not None and case.external.applied_at is None
    return case.state in OPEN and case.admitted_at is not None


def contests(case: Case) -> bool:
    """Say whether the record weighs nothing because of it; `lifecycle.Standing.open_dispute`."""
    return is_open(case) and not case.flag_only


def render() -> str:
    """Write the table in Markdown, for docs/appeals.md."""
    rows = [("from", "step", "by", "to", "event"), ("---",) * 5]
    for (state, step), targets in sorted(TRANSITIONS.items(), key=lambda item: _order(item[0])):
        who = ", ".join(party.value for party in Party if party in ALLOWED[step])
        to = " or ".join(f"`{target}`" for target in targets)
        rows.append((f"`{state}`", f"`{step}`", who, to, f"`{EVENTS[step]}`"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _check_clock(case: Case, step: AppealStep, by: Actor, policy: Policy, now: datetime) -> None:
    if step is Step.CLOSE:
        # Nobody can miss anything about a record that is gone.
        return
    first = missed(case, policy, now)
    if first is not None and first.step is not step:
        raise Conflict("appeal_deadline_passed", facts={"step": first.step})
    if first is None and P.CLOCK in by.parties and step in {timer.step for timer in timers(case, policy)}:
        raise Conflict("appeal_step_early", facts={"state": case.state, "step": step})
    if first is None and step in CLOCK_STEPS:
        raise Conflict("appeal_step_refused", facts={"state": case.state, "step": step})


def _order(move: tuple[AppealState, AppealStep]) -> tuple[int, int]:
    return list(S).index(move[0]), list(Step).index(move[1])
