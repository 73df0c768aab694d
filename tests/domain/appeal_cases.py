"""Appeals to test with: one ready for each step, and a walk that moves an appeal and its record together."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from registry.domain import lifecycle
from registry.domain.appeal_case import (
    CLOCK,
    MEMBER,
    REGISTRY,
    SUBJECT,
    Actor,
    AppealState,
    AppealStep,
    Assignee,
    Case,
    Draft,
    Evidence,
    External,
    Ground,
    Party,
    ReporterAnswer,
    Result,
    Ruling,
    Said,
    Seat,
    Seating,
    SecondInstance,
    Vote,
)
from registry.domain.appeal_corrections import Correction, Gravity
from registry.domain.appeals import ALLOWED, Decision, Record, decide, lodge
from registry.domain.deadlines import missed
from registry.domain.ids import Confidence, ReportState, Severity
from registry.domain.policy import Policy
from tests.filings import CN

S, Step = AppealState, AppealStep
T0 = datetime(2026, 12, 1, 2, tzinfo=UTC)  # ten in the morning in Beijing
GROUP = UUID(int=900)
ANN, BO, CY, DEE = (UUID(int=number) for number in range(1, 5))
SEATED = {seat: UUID(int=20 + place) for place, seat in enumerate(Seat)}
STATED = Gravity(128_000, Confidence.B, frozenset({"FR-15"}))
LESSER = Correction(amount_minor=60_000)
EVIDENCE, CHANGED = "aa" * 32, "bb" * 32
SECOND = SecondInstance(T0, Party.SUBJECT, tuple(Seating(seat, person) for seat, person in SEATED.items()))


def cast(result: Result, evidence: str = EVIDENCE, correction: Correction | None = LESSER) -> Vote:
    """Vote; who amends says what."""
    return Vote(result, "We looked again.", evidence, correction if result is Result.AMENDED else None)


def staff(party: Party, person: UUID) -> Actor:
    return Actor(frozenset({party}), person)


OFFICER, REVIEWER = staff(Party.OFFICER, ANN), staff(Party.REVIEWER, ANN)
APPROVER, SUPERVISOR = staff(Party.REVIEWER, BO), staff(Party.SUPERVISOR, CY)
PANEL = {seat: staff(Party.PANEL, person) for seat, person in SEATED.items()}
WORDS: dict[AppealStep, Said] = {
    Step.ANSWER: ReporterAnswer.ACCURATE,
    Step.ASSIGN: Assignee(ANN),
    Step.ADD_EVIDENCE: Evidence(CHANGED),
    Step.DRAFT: Draft(Result.UPHELD, "The seal was broken after delivery.", EVIDENCE),
    Step.SEAT: Seating(Seat.CONSUMER, DEE),
    Step.VOTE: Vote(Result.UPHELD, "We agree with the first decision.", EVIDENCE),
    Step.RECORD_EXTERNAL: Ruling(Result.OVERTURNED),
}


def actor(party: Party, step: AppealStep) -> Actor:
    """Return somebody of this party who may take this step as a person."""
    if party in {Party.SUBJECT, Party.MEMBER, Party.REGISTRY, Party.CLOCK}:
        return Actor(frozenset({party}))
    if party is Party.PANEL:
        return staff(party, SEATED[Seat.NEUTRAL])
    return staff(party, BO if step in {Step.APPROVE, Step.RETURN, Step.APPLY_EXTERNAL} else ANN)


def taker(step: AppealStep) -> Actor:
    """Return somebody who may take this step."""
    return actor(next(party for party in Party if party in ALLOWED[step]), step)


def ready(state: AppealState, step: AppealStep | None = None, **changes: Any) -> Case:  # noqa: ANN401 - any field
    """Build a case in this state in which nothing but the table speaks against the step."""
    case = Case(
        state=state,
        report_state=ReportState.WITHDRAWN if step is Step.CLOSE else ReportState.DISPUTED,
        severity=Severity.S2,
        stated=STATED,
        group_id=GROUP,
        received_at=T0 - timedelta(hours=1),
        evidence=EVIDENCE,
        proved_at=None if step in {Step.PROVE, Step.LAPSE} else T0,
        admitted_at=T0,
        asked_at=T0 if state is S.AWAITING_SUBJECT else None,
        holder=None if step is Step.CLAIM else ANN,
        reviewers=frozenset({ANN}),
        flag_only=step is Step.ADMIT_ARTEFACT,
    )
    if state is S.PENDING_APPROVAL:
        case = replace(case, draft=Draft(Result.UPHELD, "Because.", EVIDENCE))
    if state in {S.DECIDED, S.CLOSED_EXTERNAL}:
        case = replace(case, result=Result.UPHELD, decided_at=T0, holder=None)
    if state is S.SECOND_INSTANCE:
        seats = () if step is Step.SEAT else SECOND.seats
        case = replace(case, result=Result.UPHELD, decided_at=T0, second=replace(SECOND, seats=seats))
    if state is S.CLOSED_EXTERNAL:
        case = replace(case, external=External(Result.OVERTURNED, T0, ANN))
    return replace(case, **changes)


def moment(step: AppealStep) -> datetime:
    """Return when this step is timely: after every deadline for the clock's own, else at once."""
    if step.startswith("miss_") or step is Step.LAPSE:
        return T0 + timedelta(days=20 if step is not Step.MISS_SECOND else 40, hours=15)
    return T0 + timedelta(hours=1 if step is Step.ADMIT else 0)


def take(case: Case, step: AppealStep, by: Actor | None = None, **given: Any) -> Decision:  # noqa: ANN401 - of decide
    """Take a step with everything that goes well unless told otherwise."""
    said = given.pop("said", WORDS.get(step))
    return decide(
        case,
        step,
        by=by or taker(step),
        policy=given.pop("policy", CN),
        now=given.pop("now", moment(step)),
        said=said,
    )


@dataclass
class Walk:
    """An appeal and its record, moved together as the services will; `log` has every event in order."""

    policy: Policy = CN
    severity: Severity = Severity.S2
    upheld_before: bool = False
    state: ReportState = ReportState.ACTIVE
    log: list[tuple[str, datetime]] = field(default_factory=list)
    record_log: list[str] = field(default_factory=list)
    case: Case = field(init=False)

    def __post_init__(self) -> None:
        record = Record(self.state, self.severity, STATED, GROUP, upheld_before=self.upheld_before)
        self.case = lodge(record, [Ground.NOT_ME], "It was not me.", phone_alone=False, now=T0)

    def take(self, step: AppealStep, by: Actor, now: datetime, said: Said = None) -> Decision:
        """Take a step as a service does: first whatever was missed."""
        self.catch_up(now)
        return self.step(step, by, now, said)

    def catch_up(self, now: datetime) -> list[AppealStep]:
        """Do what a worker does: whatever was missed, one step at a time."""
        done = []
        while (timer := missed(self.case, self.policy, now)) is not None:
            self.step(timer.step, CLOCK, now, None)
            done.append(timer.step)
        return done

    def step(self, step: AppealStep, by: Actor, now: datetime, said: Said = None) -> Decision:
        """Take one step and what the record does with it."""
        decision = decide(self.case, step, by=by, policy=self.policy, now=now, said=said)
        self.case = decision.case
        self.log.append((decision.event, now))
        if decision.record is not None:
            standing = lifecycle.Standing(self.case.report_state, T0, T0 - timedelta(days=20), date(2028, 10, 20))
            move = decision.record
            after = lifecycle.decide(standing, move.step, policy=self.policy, now=now, reason=move.reason)
            self.record_log.append(after.event)
            self.case = replace(self.case, report_state=after.state)
        return decision

    def admitted(self) -> "Walk":
        """Prove the identity and admit the appeal, both at T0."""
        self.take(Step.PROVE, REGISTRY, T0)
        self.take(Step.ADMIT, REGISTRY, T0)
        return self

    def in_review(self) -> "Walk":
        """Let the member stand by its report and somebody take the case, a day later."""
        self.admitted().take(Step.ANSWER, MEMBER, T0 + timedelta(days=1), ReporterAnswer.ACCURATE)
        self.take(Step.CLAIM, OFFICER, T0 + timedelta(days=1))
        return self

    def decided(self, result: Result, now: datetime = T0 + timedelta(days=2)) -> Decision:
        """Draft and approve a result."""
        self.take(Step.DRAFT, OFFICER, now, Draft(result, "Because of the seal.", self.case.evidence))
        return self.take(Step.APPROVE, APPROVER, now)

    def second(self, by: Actor = SUBJECT, now: datetime = T0 + timedelta(days=3)) -> "Walk":
        """Ask for second instance and fill its seats."""
        self.take(Step.ASK_SECOND, by, now)
        for seat, person in SEATED.items():
            self.take(Step.SEAT, SUPERVISOR, now, Seating(seat, person))
        return self

    def voted(self, *results: Result, now: datetime = T0 + timedelta(days=4)) -> Decision:
        """Let the three seats vote."""
        votes = [cast(result, self.case.evidence) for result in results]
        return [self.take(Step.VOTE, by, now, vote) for by, vote in zip(PANEL.values(), votes, strict=True)][-1]
