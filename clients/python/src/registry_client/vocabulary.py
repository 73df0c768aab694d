"""The words of the registry as enums. They are open: a word this version does not know is kept, not refused."""

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """A vocabulary that may grow: `Band("new")` is a value equal to `"new"`, whose `is_known` is false."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        stranger = str.__new__(cls, value)
        stranger._name_ = stranger._value_ = value
        return stranger

    def __reduce_ex__(self, _: object) -> tuple[type[Self], tuple[str]]:
        """Be pickled by value: before Python 3.11.4 an enum would be by its name, which no stranger has."""
        return type(self), (self._value_,)

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


class Change(OpenEnum):
    """What became of a record that a member was told of; after `removed` it must not be used, nor acted upon."""

    AMENDED = "amended"
    DISPUTED = "disputed"
    REMOVED = "removed"
    SUSPENDED = "suspended"
