"""An appeal: its words, and the case as it stands (domain.md 7). What may happen to it is in `appeals.py`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from registry.domain.appeal_corrections import Correction, Gravity
from registry.domain.ids import MemberIntegrity, ReportState, Severity
from registry.domain.staff import OF_MEMBERS, Staff


class AppealState(StrEnum):
    """The life of an appeal; each comment says who acts next."""

    RECEIVED = "received"  # the subject proves who they are; then the registry admits it within the hour
    INADMISSIBLE = "inadmissible"  # nobody; the subject may appeal again at any time
    AWAITING_REPORTER = "awaiting_reporter"  # the member answers, given all the material
    AWAITING_SUBJECT = "awaiting_subject"  # the subject answers the one question
    IN_REVIEW = "in_review"  # a reviewer who never touched the case drafts the decision
    PENDING_APPROVAL = "pending_approval"  # another person approves the draft or returns it
    DECIDED = "decided"  # the registry tells everyone; who lost may ask for second instance
    SECOND_INSTANCE = "second_instance"  # a panel of three votes
    CLOSED_EXTERNAL = "closed_external"  # another person applies what a court, regulator or mediator decided
    WITHDRAWN_BY_SUBJECT = "withdrawn_by_subject"  # nobody


class AppealStep(StrEnum):
    """What can happen to an appeal; `appeals.ALLOWED` says by whom."""

    PROVE = "prove"
    LAPSE = "lapse"
    ADMIT = "admit"
    ANSWER = "answer"
    MISS_ANSWER = "miss_answer"
    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    ASK = "ask"
    REPLY = "reply"
    MISS_REPLY = "miss_reply"
    ADD_EVIDENCE = "add_evidence"
    ADMIT_ARTEFACT = "admit_artefact"
    DRAFT = "draft"
    APPROVE = "approve"
    RETURN = "return"
    MISS_DECISION = "miss_decision"
    TELL = "tell"
    MISS_TELLING = "miss_telling"
    ASK_SECOND = "ask_second"
    SEAT = "seat"
    VOTE = "vote"
    MISS_SECOND = "miss_second"
    DROP_SECOND = "drop_second"
    RECORD_EXTERNAL = "record_external"
    APPLY_EXTERNAL = "apply_external"
    MISS_EXTERNAL = "miss_external"
    WITHDRAW = "withdraw"
    CLOSE = "close"


class Party(StrEnum):
    """In which capacity somebody acts; the staff roles have the words of `staff.Role`."""

    SUBJECT = "subject"  # or an agent or guardian
    MEMBER = "member"  # that filed the report
    REGISTRY = "registry"  # the program, at the request of nobody in particular
    CLOCK = "clock"
    AUDITOR = "auditor"
    OFFICER = "officer"
    OPERATOR = "operator"
    PANEL = "panel"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"


class Ground(StrEnum):
    """Why the subject appeals."""

    NOT_ME = "G01"
    SOMEONE_ELSE = "G02"
    ACCOUNT_HIJACKED = "G03"
    MINOR = "G04"
    DAMAGE_REAL = "G05"
    NOT_AI = "G06"
    CARRIER_OR_BATCH = "G07"
    WRONG_FACTS = "G08"
    DUPLICATE = "G09"
    NO_NOTICE = "G10"
    NO_LEGAL_BASIS = "G11"
    EXPIRED = "G12"
    SETTLED = "G13"
    DISPROPORTIONATE = "G14"
    RETALIATION = "G15"
    AUTOMATION_ALONE = "G16"
    DECIDED_ELSEWHERE = "G17"


class ReporterAnswer(StrEnum):
    """What the member that filed the report says to an appeal."""

    ACCURATE = "accurate"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    MISROUTED = "misrouted"
    SUBJECT_IS_VICTIM = "subject_is_victim"


class Result(StrEnum):
    """How an appeal ended for the record."""

    UPHELD = "upheld"
    AMENDED = "amended"
    INCONCLUSIVE = "inconclusive"  # both accounts kept, weight 0, deleted after 90 days
    OVERTURNED = "overturned"
    WITHDRAWN = "withdrawn"  # the member took the record back, or did not answer in time; nobody decided
    ENDED = "ended"  # the record expired or was sealed meanwhile; nobody decided


class Seat(StrEnum):
    """Whose view a member of the panel brings."""

    CONSUMER = "consumer"
    MERCHANT = "merchant"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step; `staff_id` names a person of the registry's staff."""

    parties: frozenset[Party]
    staff_id: UUID | None = None

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """Return the actor that a signed-in member of staff is; a member's people are none of these parties."""
        return cls(frozenset(Party(role) for role in staff.roles - OF_MEMBERS), staff.staff_id)


SUBJECT, MEMBER, REGISTRY, CLOCK = (
    Actor(frozenset({party})) for party in (Party.SUBJECT, Party.MEMBER, Party.REGISTRY, Party.CLOCK)
)


@dataclass(frozen=True, slots=True)
class Assignee:
    """Whom a supervisor gives the case to."""

    staff_id: UUID


@dataclass(frozen=True, slots=True)
class Evidence:
    """The digest of all evidence of the case as it is from now on (`appeal_digests.py`)."""

    digest: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision to be approved.

    Args:
        result: one of the four that a person can decide.
        reasons: in whole sentences; stored sealed and printed in the letter.
        evidence: digest of the evidence that its maker saw; any other voids the draft.
        act_denied: the act did not happen, which silences the whole event.
        findings: what the member itself is recorded for (MI-01 false report, MI-04 no notice).
        automation: automated systems whose hints were looked at, by name.
        correction: what the record says from now on, if it is amended.
    """

    result: Result
    reasons: str = field(repr=False)
    evidence: str
    act_denied: bool = False
    findings: frozenset[MemberIntegrity] = frozenset()
    automation: tuple[str, ...] = ()
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Which draft somebody has read and approves, by its digest: another may have taken its place meanwhile."""

    draft: str


@dataclass(frozen=True, slots=True)
class Seating:
    """One person in one seat; `ties` are the groups the person declares an interest in."""

    seat: Seat
    staff_id: UUID
    ties: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Vote:
    """What one seat decides, on this evidence."""

    result: Result
    reasons: str = field(repr=False)
    evidence: str
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a court, regulator or mediator decided about the record."""

    result: Result
    correction: Correction | None = None


Said = ReporterAnswer | Assignee | Evidence | Draft | Approval | Seating | Vote | Ruling | None


@dataclass(frozen=True, slots=True)
class SecondInstance:
    """A panel at work; `votes` by the person who gave them, `agreed` what a majority corrects once it has amended."""

    asked_at: datetime
    asked_by: Party
    seats: tuple[Seating, ...] = ()
    votes: tuple[tuple[UUID, Vote], ...] = ()
    agreed: Correction | None = None


@dataclass(frozen=True, slots=True)
class External:
    """A decision from outside: entered by one person, applied by another."""

    result: Result
    recorded_at: datetime
    recorded_by: UUID
    applied_at: datetime | None = None
    correction: Correction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An appeal as it stands.

    Args:
        state: now.
        report_state: of the record, as read with the case.
        severity: of the record; decides how many must approve.
        stated: what the record says about how grave the act was, as read with the case.
        group_id: the group that filed the record.
        received_at: when it was lodged.
        involved: staff who took part in the matter before or beside this appeal.
        other_open: another appeal about the record is admitted and undecided, as read with the case.
        flag_only: the record keeps its weight meanwhile: it was upheld before, and no new artefact is admitted.
        evidence: digest of all evidence.
        proved_at: T0, when the subject proved control of a token of the record.
        admitted_at: when the record was marked as disputed and the member asked.
        asked_at: when the one question was put to the subject.
        holder: who works on it.
        reviewers: who ever held it; none of them approves.
        draft: the decision to be approved.
        approved_by: who approved this draft.
        approvers: who ever approved or returned a draft; none of them reviews.
        result: the latest decision.
        decided_at: when it was taken.
        told_at: when everyone was told of it.
        second: second instance, once it was asked for.
        external: a decision from outside.
        breaches: clocks that have run out and leave the state as it is.
    """

    state: AppealState
    report_state: ReportState
    severity: Severity
    stated: Gravity
    group_id: UUID
    received_at: datetime
    involved: frozenset[UUID] = frozenset()
    other_open: bool = False
    flag_only: bool = False
    evidence: str = ""
    proved_at: datetime | None = None
    admitted_at: datetime | None = None
    asked_at: datetime | None = None
    holder: UUID | None = None
    reviewers: frozenset[UUID] = frozenset()
    draft: Draft | None = None
    approved_by: tuple[UUID, ...] = ()
    approvers: frozenset[UUID] = frozenset()
    result: Result | None = None
    decided_at: datetime | None = None
    told_at: datetime | None = None
    second: SecondInstance | None = None
    external: External | None = None
    breaches: frozenset[AppealStep] = frozenset()
