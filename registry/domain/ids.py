"""The closed vocabularies of the domain, one enum each, so that every layer says the same word."""

from enum import StrEnum


class IdentifierKind(StrEnum):
    """A kind of identifier that can name a person; an event token names an order and is not one of them."""

    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national_id"
    PAYMENT = "payment"
    ADDRESS = "address"
    DEVICE = "device"


class Band(StrEnum):
    """The five answers, weakest first."""

    NONE = "none"
    LOW = "low"
    GUARDED = "guarded"
    HIGH = "high"
    SEVERE = "severe"


class Category(StrEnum):
    """What was done; the closed taxonomy of refund fraud, `taxonomy_version` 1."""

    AI_GENERATED = "FR-01"
    AI_EDITED = "FR-02"
    MANUALLY_EDITED = "FR-03"
    RECYCLED_IMAGE = "FR-04"
    STAGED_DAMAGE = "FR-05"
    SWITCHED_ITEM = "FR-06"
    EMPTY_RETURN = "FR-07"
    FALSE_NON_RECEIPT = "FR-08"
    FORGED_WAYBILL = "FR-09"
    FORGED_DOCUMENT = "FR-10"
    DOUBLE_RECOVERY = "FR-11"
    MULTI_ACCOUNT = "FR-12"
    ORGANISER = "FR-13"
    EXTORTION = "FR-14"
    LABEL_REMOVED = "FR-15"  # an aggravation of another category, never a record by itself


class Protective(StrEnum):
    """A warning in favour of the person: verify identity afresh before acting."""

    ACCOUNT_TAKEN_OVER = "PV-01"
    IDENTITY_MISUSED = "PV-02"
    FROZEN_BY_SUBJECT = "PV-03"


class MemberIntegrity(StrEnum):
    """What a member itself can be recorded for."""

    FALSE_REPORT = "MI-01"
    QUERY_WITHOUT_CLAIM = "MI-02"
    LATE_ANSWER = "MI-03"
    NO_NOTICE = "MI-04"


class Severity(StrEnum):
    """How grave, fixed at filing; decides retention."""

    S1 = "S1"  # single, small, repaid or refused before payout: seen by its own member only
    S2 = "S2"  # general
    S3 = "S3"  # large, repeated at one member, or organised
    S4 = "S4"  # a final judgment


class Confidence(StrEnum):
    """Strength of proof."""

    A = "A"  # court or admission
    B = "B"  # three or more evidence classes
    C = "C"  # two evidence classes


class ReportState(StrEnum):
    """The life of a report; each comment says who acts next."""

    SUBMITTED = "submitted"  # the relay serves the registry's notice; unserved after 30 days withdraws it
    NOTICE_WINDOW = "notice_window"  # the subject may answer or appeal; the clock activates at served_at + 7 days
    ACTIVE = "active"  # nobody; the subject may appeal, the member may amend or withdraw, the clock expires it
    DISPUTED = "disputed"  # the reporting member answers, then a reviewer decides; weight 0 meanwhile
    SUSPENDED = "suspended"  # a reviewer decides, late; weight 0 until then
    RESTRICTED = "restricted"  # an officer lifts it when the court order or missing basis is resolved
    OVERTURNED = "overturned"  # members that saw it acknowledge the recall; second instance may set it active again
    INCONCLUSIVE = "inconclusive"  # the clock deletes it after 90 days; weight 0
    WITHDRAWN = "withdrawn"  # members that saw it acknowledge the recall
    EXPIRED = "expired"  # nobody; identity rows are gone, statistics stay
    SEALED = "sealed"  # nobody; the subject was under 18 at the act


class Purpose(StrEnum):
    """Why a query may be made; any other reason is refused."""

    OPEN_CLAIM = "Q1"
    RESTRICTION_REVIEW = "Q2"
    APPEAL = "Q3"
    SUBJECT_ACCESS = "Q4"
    AUDIT_SAMPLE = "Q5"
    COURT_OR_REGULATOR = "Q6"


class Action(StrEnum):
    """The most a member may do with an answer, mildest first."""

    ASK_EVIDENCE = "A1"
    RETURN_AND_INSPECT = "A2"
    HUMAN_REVIEW = "A3"
    SUSPEND_PRIVILEGES = "A4"
    CLOSE_ACCOUNT = "A5"
