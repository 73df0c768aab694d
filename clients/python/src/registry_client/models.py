"""What the registry answers, as values. Enums are open: a word this version does not know is kept, not refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from registry_client.errors import RegistryClientError
from registry_client.receipts import Filed as Kept


class OpenEnum(StrEnum):
    """A vocabulary that may grow: `Band("new")` is a value equal to `"new"`, whose `is_known` is false."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        stranger = str.__new__(cls, value)
        stranger._name_ = stranger._value_ = value
        return stranger

    @property
    def is_known(self) -> bool:
        """Say whether this version of the SDK knows the word."""
        return self._name_ in type(self).__members__


class Purpose(StrEnum):
    """Why a member may ask; any other reason is refused."""

    OPEN_CLAIM = "Q1"
    RESTRICTION_REVIEW = "Q2"
    APPEAL = "Q3"


class Band(OpenEnum):
    """The five answers, weakest first. `NONE` must not be shown as praise."""

    NONE = "none"
    LOW = "low"
    GUARDED = "guarded"
    HIGH = "high"
    SEVERE = "severe"


class Action(OpenEnum):
    """The most a member may do with an answer, mildest first."""

    ASK_EVIDENCE = "A1"
    RETURN_AND_INSPECT = "A2"
    HUMAN_REVIEW = "A3"
    SUSPEND_PRIVILEGES = "A4"
    CLOSE_ACCOUNT = "A5"


class MatchStrength(OpenEnum):
    """How sure it is that the records are about this person."""

    NONE = "none"
    WEAK = "weak"
    PROBABLE = "probable"
    PROVEN = "proven"


class ReportState(OpenEnum):
    """The life of a report."""

    SUBMITTED = "submitted"
    NOTICE_WINDOW = "notice_window"
    ACTIVE = "active"
    DISPUTED = "disputed"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"
    OVERTURNED = "overturned"
    INCONCLUSIVE = "inconclusive"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SEALED = "sealed"


class WithdrawReason(OpenEnum):
    """Why a member takes a report back."""

    MISTAKE = "mistake"
    MISROUTED = "misrouted"
    SUBJECT_IS_VICTIM = "subject_is_victim"
    SETTLED = "settled"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class ScoreAnswer:
    """What is known of a person, for one claim, at one moment; its receipt is already verified.

    Args:
        score: 0 to 1000 points.
        score_without_own: the same without the asking member's own reports.
        groups: how many independent groups of members stand behind it.
        matched: kinds of identifiers that matched, such as `phone`.
        permitted_actions: the most that may be done with it.
        protective: warnings in the person's favour: verify identity afresh before acting.
        receipt: the registry's signed promise that this look is in its log; hand it to `prove` after a minute.
        document: the whole answer as received.
    """

    query_id: UUID
    as_of: datetime
    band: Band
    score: int
    score_without_own: int
    match_strength: MatchStrength
    matched: tuple[str, ...]
    groups: int
    reason_codes: tuple[str, ...]
    mitigating: tuple[str, ...]
    protective: tuple[str, ...]
    permitted_actions: tuple[Action, ...]
    under_dispute: bool
    livemode: bool
    policy_digest: str
    score_version: str
    receipt: Kept = field(repr=False)
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def known(self) -> bool:
        """Always true; `Unknown.known` is false."""
        return True

    @classmethod
    def read(cls, answer: Mapping[str, Any], receipt: Kept) -> "ScoreAnswer":
        """Read an answer whose receipt was accepted. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(
            query_id=UUID(answer["query_id"]),
            as_of=datetime.fromisoformat(answer["as_of"]),
            band=Band(answer["band"]),
            score=_whole(answer["score"]),
            score_without_own=_whole(answer["score_without_own"]),
            match_strength=MatchStrength(answer["match_strength"]),
            matched=_words(answer["matched"]),
            groups=_whole(answer["groups"]),
            reason_codes=_words(answer["reason_codes"]),
            mitigating=_words(answer["mitigating"]),
            protective=_words(answer["protective"]),
            permitted_actions=tuple(Action(word) for word in _words(answer["permitted_actions"])),
            under_dispute=_flag(answer["under_dispute"]),
            livemode=_flag(answer["livemode"]),
            policy_digest=_word(answer["policy"]["digest"]),
            score_version=_word(answer["score_version"]),
            receipt=receipt,
            document=MappingProxyType(dict(answer)),
        )


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, because the registry is out of reach. Treat the claim as if no registry existed.

    It is not `none`: nobody looked. Like an answer it has `permitted_actions`, which are empty.
    """

    error: RegistryClientError
    permitted_actions: tuple[Action, ...] = ()

    @property
    def known(self) -> bool:
        """Always false."""
        return False


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as the registry keeps it.

    Args:
        serve_by: until when the registry's own notice must be served, or the report is withdrawn as unserved.
        replayed: this answer was given before, to the same call.
        document: the whole answer as received.
    """

    report_id: UUID
    state: ReportState
    revision: int
    severity: str | None
    confidence: str | None
    expires_on: date | None
    serve_by: datetime | None
    replayed: bool
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any], *, replayed: bool = False) -> "Filed":
        """Read an answer. Raises KeyError, TypeError or ValueError for another shape."""
        expires_on, serve_by = answer.get("expires_on"), answer.get("serve_by")
        return cls(
            report_id=UUID(answer["report_id"]),
            state=ReportState(answer["state"]),
            revision=_whole(answer["revision"]),
            severity=answer.get("severity"),
            confidence=answer.get("confidence"),
            expires_on=None if expires_on is None else date.fromisoformat(expires_on),
            serve_by=None if serve_by is None else datetime.fromisoformat(serve_by),
            replayed=replayed,
            document=MappingProxyType(dict(answer)),
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What would become of a report if it were filed now; nothing was stored. A refusal is raised instead."""

    severity: str
    confidence: str
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "Checked":
        """Read an answer. Raises KeyError or TypeError for another shape."""
        return cls(_word(answer["severity"]), _word(answer["confidence"]), MappingProxyType(dict(answer)))


@dataclass(frozen=True, slots=True)
class NoticeServed:
    """The relay took over a notice; it has forgotten the contact, and so has this value."""

    notice_id: str
    document: Mapping[str, Any] = field(repr=False, compare=False)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_word(word) for word in value)
