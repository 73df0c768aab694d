"""What the registry answers, as values, each with the whole answer beside what was read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from registry_client.errors import RegistryClientError
from registry_client.receipts import Filed as Kept
from registry_client.vocabulary import Action, Band, Change, MatchStrength, ReportState


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
class ItemRefused:
    """One claim of many that was not answered; `code` says why. Like an answer it has `permitted_actions`: none."""

    code: str
    permitted_actions: tuple[Action, ...] = ()

    @property
    def known(self) -> bool:
        """Always false."""
        return False


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
        expires_on = answer.get("expires_on")
        return cls(
            report_id=UUID(answer["report_id"]),
            state=ReportState(answer["state"]),
            revision=_whole(answer["revision"]),
            severity=answer.get("severity"),
            confidence=answer.get("confidence"),
            expires_on=None if expires_on is None else date.fromisoformat(expires_on),
            serve_by=_instant(answer.get("serve_by")),
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
    """The relay told the person. It has forgotten the contact, and so has this value.

    Args:
        repeated: this contact had been told before, at `served_at`.
        document: the whole answer as received.
    """

    report_id: UUID
    kind: str
    served_at: datetime
    repeated: bool
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "NoticeServed":
        """Read an answer. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(
            report_id=UUID(answer["report_id"]),
            kind=_word(answer["kind"]),
            served_at=datetime.fromisoformat(answer["served_at"]),
            repeated=_flag(answer["repeated"]),
            document=MappingProxyType(dict(answer)),
        )


@dataclass(frozen=True, slots=True)
class NoticeStatus:
    """How the registry's notice of a report stands.

    Args:
        serve_by: unserved by then, the report is withdrawn.
        served_at: None until it is served.
        counts_at: from when the report counts, unless it is disputed.
        document: the whole answer as received, with each token that was served.
    """

    report_id: UUID
    state: ReportState
    serve_by: datetime
    served_at: datetime | None
    counts_at: datetime | None
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "NoticeStatus":
        """Read an answer. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(
            report_id=UUID(answer["report_id"]),
            state=ReportState(answer["state"]),
            serve_by=datetime.fromisoformat(answer["serve_by"]),
            served_at=_instant(answer["served_at"]),
            counts_at=_instant(answer["counts_at"]),
            document=MappingProxyType(dict(answer)),
        )


@dataclass(frozen=True, slots=True)
class Recall:
    """A record that this member was told of has changed: act on it wherever the record was used.

    Args:
        acknowledge_by: until when it must be acknowledged; None if it need not be.
        acknowledged_at: None until it was.
        lift: the outcomes that it says must be lifted.
    """

    recall_id: UUID
    report_id: UUID
    revision: int
    change: Change
    reason: str | None
    created_at: datetime
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    lift: tuple[UUID, ...]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "Recall":
        """Read an answer. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(
            recall_id=UUID(answer["recall_id"]),
            report_id=UUID(answer["report_id"]),
            revision=_whole(answer["revision"]),
            change=Change(answer["change"]),
            reason=answer["reason"],
            created_at=datetime.fromisoformat(answer["created_at"]),
            acknowledge_by=_instant(answer["acknowledge_by"]),
            acknowledged_at=_instant(answer["acknowledged_at"]),
            lift=tuple(map(UUID, answer["lift"])),
        )


@dataclass(frozen=True, slots=True)
class Recalls:
    """Recalls, oldest first. `cursor` is where to go on, also when there are none yet."""

    recalls: tuple[Recall, ...]
    cursor: str

    @classmethod
    def read(cls, page: Mapping[str, Any]) -> "Recalls":
        """Read a page. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(tuple(Recall.read(one) for one in page["recalls"]), page["next_cursor"] or "")


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


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
