"""What an auditor may search the log by. Nothing here names a person: subjects are blind tags, taken from an entry."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry.domain.events import timestamp
from registry.domain.ids import Purpose
from registry_formats.leaf import JsonValue, LeafType

SUBJECTS_MOST = 48

# An appeal, a subject's request, the auditor's own sample. Courts and regulators need two people (domain.md 8).
AUDITOR_PURPOSES = (Purpose.APPEAL, Purpose.SUBJECT_ACCESS, Purpose.AUDIT_SAMPLE)


@dataclass(frozen=True, slots=True)
class Because:
    """Why an auditor reads: the purpose, and the reason in a sentence. Both enter the log."""

    purpose: Purpose
    reason: str


class Facet(StrEnum):
    """What matches are counted by."""

    TYPE = "type"
    MEMBER = "member"
    ACTION = "action"
    PURPOSE = "purpose"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries are meant: those for which everything said here holds.

    Args:
        staff: the tag of a client key or a member of staff, 32 bytes.
        subjects: tags of persons, 32 bytes each; an entry about any of them is meant, batches with such a claim too.
        case: a report, for the tags of its identifiers.
        since: the first instant; `until` the first one after.
    """

    member: UUID | None = None
    staff: bytes | None = None
    subjects: tuple[bytes, ...] = ()
    case: UUID | None = None
    action: str | None = None
    purpose: Purpose | None = None
    outcome: str | None = None
    type: LeafType | None = None
    since: datetime | None = None
    until: datetime | None = None

    def document(self) -> dict[str, JsonValue]:
        """Write down what is said, for the log and for who draws the sample again."""
        said: dict[str, JsonValue] = {
            "action": self.action,
            "case": str(self.case) if self.case else None,
            "member": str(self.member) if self.member else None,
            "outcome": self.outcome,
            "purpose": self.purpose.value if self.purpose else None,
            "since": timestamp(self.since) if self.since else None,
            "staff": self.staff.hex() if self.staff else None,
            "subjects": [tag.hex() for tag in self.subjects] or None,
            "type": self.type.name.lower() if self.type else None,
            "until": timestamp(self.until) if self.until else None,
        }
        return {name: value for name, value in said.items() if value is not None}
