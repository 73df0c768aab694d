"""What auditors ask by and are shown. Members are named; persons and staff are tags, which only the log knows."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from registry.api.strings import Instant, RequestModel, Sha256Hex
from registry.domain.audit_filters import SUBJECTS_MOST, Filter
from registry.domain.ids import Purpose
from registry.store.audit_search import Found
from registry_formats.leaf import LeafType, Opening
from registry_formats.openings import GroupState

TypeName = Literal[
    "query",
    "report",
    "appeal",
    "admin",
    "export",
    "erasure",
    "heartbeat",
    "break_glass",
    "denied",
    "void",
    "batch",
    "recall",
    "auth",
]
ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,30}\.[a-z_]{1,29}$")]
Outcome = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]

ENTRY_ID = "01937d5e-8c00-7a10-8000-0000000000e1"
MEMBER: dict[str, JsonValue] = {"member_id": "01937d5e-8c00-7a10-8000-0000000000a1", "name": "Example Mall"}
WHY: dict[str, JsonValue] = {"purpose": "Q5", "reason": "The yearly round."}
STAFF_TAG = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
SUBJECT_TAG = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
AT = "2026-11-21T09:30:00Z"
CURSOR = "AAYpOm8_QAABk31ejAB6EIAAAAAAALE"


def example(**values: JsonValue) -> ConfigDict:
    """Give a model its example."""
    return ConfigDict(json_schema_extra={"examples": [values]})


def asked(**values: JsonValue) -> ConfigDict:
    """Give a request its example, with the reason that each has."""
    return ConfigDict(json_schema_extra={"examples": [{**WHY, **values}]})


class AuditFilter(RequestModel):
    """Which entries are meant: those for which everything said here holds. Nothing here names a person.

    `subjects` and `staff` are tags, taken from an entry; `case` is a report, and stands for the tags of its subject.
    """

    model_config = example(type="query", outcome="answered", since=AT)

    member: UUID | None = None
    staff: Sha256Hex | None = None
    subjects: Annotated[tuple[Sha256Hex, ...], Field(max_length=SUBJECTS_MOST)] = ()
    case: UUID | None = None
    action: ActionName | None = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    type: TypeName | None = None
    since: Instant | None = None
    until: Instant | None = None

    def filter(self) -> Filter:
        """Return it as the use cases know it."""
        return Filter(
            member=self.member,
            staff=bytes.fromhex(self.staff) if self.staff else None,
            subjects=tuple(bytes.fromhex(tag) for tag in self.subjects),
            case=self.case,
            action=self.action,
            purpose=self.purpose,
            outcome=self.outcome,
            type=LeafType[self.type.upper()] if self.type else None,
            since=self.since,
            until=self.until,
        )


class ShownMember(BaseModel):
    """A member by name."""

    member_id: UUID
    name: str | None


class OpenedGroup(BaseModel):
    """One group of an entry: what became of it, and what opens it where it may be shown.

    `ok`: it is what the leaf commits to. `shredded`: destroyed, and an erasure entry says so. `missing`: gone, and none
    says so. `mismatch`: forged. The last two are alarms.
    """

    state: GroupState
    salt: str | None = None
    detail: dict[str, Any] | None = None


def shown_member(member_id: UUID | None, name: str | None) -> ShownMember | None:
    """Shape a member; None where the registry itself acted."""
    return ShownMember(member_id=member_id, name=name) if member_id else None


def opened(state: GroupState, opening: Opening | None) -> OpenedGroup:
    """Shape a group."""
    if opening is None:
        return OpenedGroup(state=state)
    return OpenedGroup(state=state, salt=base64(opening.salt), detail=plain(opening.detail))


def plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a detail for the answer."""
    return dict(detail)


def base64(raw: bytes) -> str:
    """Write bytes as base64."""
    return b64encode(raw).decode()


def instant(t_ms: int) -> datetime:
    """Read Unix milliseconds."""
    return datetime.fromtimestamp(t_ms / 1000, UTC)


def type_name(number: int) -> TypeName:
    """Name a type of leaf."""
    name: TypeName = next(one for one in get_args(TypeName) if LeafType[one.upper()] == number)
    return name


class EntrySummary(BaseModel):
    """An entry as found, unopened. `index` is its place in the tree; null before it has one."""

    entry_id: UUID
    type: TypeName
    at: datetime
    member: ShownMember | None
    action: str | None
    purpose: str | None
    outcome: str
    staff_tag: str | None
    index: int | None

    @classmethod
    def of(cls, found: Found) -> "EntrySummary":
        """Shape an entry."""
        return cls(
            entry_id=found.id,
            type=type_name(found.type),
            at=instant(found.t_ms),
            member=shown_member(found.member_id, found.member_name),
            action=found.action,
            purpose=found.purpose,
            outcome=found.outcome,
            staff_tag=found.staff_tag.hex() if found.staff_tag else None,
            index=found.idx,
        )


SUMMARY: dict[str, JsonValue] = {
    "entry_id": ENTRY_ID,
    "type": "query",
    "at": AT,
    "member": MEMBER,
    "action": "score.query",
    "purpose": "Q1",
    "outcome": "answered",
    "staff_tag": STAFF_TAG,
    "index": 41,
}
