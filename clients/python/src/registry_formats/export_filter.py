"""What an export was asked for: which entries, as its manifest states it and its verifier holds the rows against it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from registry_formats.errors import FormatError
from registry_formats.export_rows import Row, parse_id
from registry_formats.leaf import Group, LeafType

_MALFORMED = "export_manifest_malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFilter:
    """Say which entries were asked for: those for which everything said here holds.

    Args:
        since_ms: of this Unix millisecond and later.
        until_ms: before this Unix millisecond.
        member: who acted.
        staff: the tag of the client key or member of staff who acted, in hex.
        subjects: tags of persons, in hex; an entry about any of them is meant.
        type: a leaf type, in small letters.
        action: `noun.verb`.
        purpose: `Q1` … `Q6`.
        outcome: one word.
    """

    since_ms: int | None = None
    until_ms: int | None = None
    member: UUID | None = None
    staff: str | None = None
    subjects: tuple[str, ...] = ()
    type: str | None = None
    action: str | None = None
    purpose: str | None = None
    outcome: str | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether everything was asked for: then the rows must rebuild the tree."""
        return self == ExportFilter()

    def admits(self, row: Row) -> bool:
        """Tell whether a row is what was asked for, as far as it opens."""
        if row.t_ms < (self.since_ms or 0) or (self.until_ms is not None and row.t_ms >= self.until_ms):
            return False
        tag = row.staff_tag.hex() if row.staff_tag is not None else None
        if self.type not in {None, row.type} or self.staff not in {None, tag}:
            return False
        return self._admits_org(row.detail(Group.ORG)) and self._admits_subject(row)

    def _admits_org(self, org: dict[str, Any] | None) -> bool:
        wanted = {
            "member": self.member and str(self.member),
            "action": self.action,
            "purpose": self.purpose,
            "outcome": self.outcome,
        }
        return org is None or all(org.get(name) == value for name, value in wanted.items() if value is not None)

    def _admits_subject(self, row: Row) -> bool:
        subject = row.detail(Group.SUBJECT)
        # A batch has no subject of its own; its claims do, and stand for it.
        if not self.subjects or subject is None or row.leaf[1] == LeafType.BATCH:
            return True
        return not set(self.subjects).isdisjoint(subject.get("tags", ()))


def filter_json(asked: ExportFilter) -> dict[str, Any]:
    """Write what was asked for; what was not is left out."""
    said = {field.name: getattr(asked, field.name) for field in fields(asked)}
    said |= {"member": asked.member and str(asked.member), "subjects": list(asked.subjects) or None}
    return {name: value for name, value in said.items() if value is not None}


def read_filter(said: dict[str, Any]) -> ExportFilter:
    """Read it; FormatError, KeyError or TypeError for anything but what `filter_json` writes."""
    read: dict[str, Callable[[Any], Any]] = dict.fromkeys((field.name for field in fields(ExportFilter)), _text)
    read |= {"since_ms": _count, "until_ms": _count, "member": parse_id}
    read |= {"subjects": lambda tags: tuple(map(_text, tags))}
    return ExportFilter(**{name: read[name](value) for name, value in said.items()})


def _count(value: Any) -> int:  # noqa: ANN401 - any JSON value
    if type(value) is not int or value < 0:
        raise FormatError(_MALFORMED)
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise FormatError(_MALFORMED)
    return value
