"""What the auditors' forms ask for, in the addresses of their pages, so that every search can be linked to."""

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from registry.api.audit.models import ActionName, AuditFilter, Outcome, TypeName
from registry.api.strings import RequestModel, Sha256Hex
from registry.domain.audit_filters import Filter
from registry.domain.ids import Purpose
from registry_formats.leaf import JsonValue

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
# At either end of the calendar a time has no other zone.
_YEARS = range(1970, 3000)


def _moment(text: object) -> datetime:
    try:
        if _TIME.fullmatch(str(text)) and (at := datetime.fromisoformat(str(text))).year in _YEARS:
            return at
    except ValueError:
        pass
    raise PydanticCustomError("time_invalid", "is no time")


LocalTime = Annotated[datetime, BeforeValidator(_moment)]
"""A time as a form gives it, in the registry's zone unless it names one."""

Tags = Annotated[str, StringConstraints(pattern=r"^\s*[0-9a-f]{64}(\s+[0-9a-f]{64}){0,47}\s*$", max_length=4_000)]
"""Tags of one person, with blanks between them."""


class Sought(RequestModel):
    """Which entries are meant, as `AuditFilter`."""

    member: UUID | None = None
    type: TypeName | None = None
    action: ActionName | None = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    since: LocalTime | None = None
    until: LocalTime | None = None
    subjects: Tags | None = None
    staff: Sha256Hex | None = None
    case: UUID | None = None

    def filter(self, zone: timezone) -> Filter:
        """Return it as the use cases know it."""
        wanted = self.model_dump(include=set(AuditFilter.model_fields))
        wanted["subjects"] = tuple((self.subjects or "").split())
        wanted |= {name: in_zone(wanted[name], zone) for name in ("since", "until")}
        return AuditFilter.model_validate(wanted).filter()


def in_zone(at: datetime | None, zone: timezone) -> datetime | None:
    """Read a time that names no zone in this one."""
    return at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at


def typed(document: Mapping[str, JsonValue], zone: timezone) -> dict[str, object]:
    """Write a filter's document as its form shows it: times as the registry's clock says them."""
    return {name: _typed(name, value, zone) for name, value in document.items()}


def _typed(name: str, value: JsonValue, zone: timezone) -> str:
    if name in {"since", "until"}:
        return f"{datetime.fromisoformat(str(value)).astimezone(zone):%Y-%m-%dT%H:%M}"
    return _text(value)


def query(document: Mapping[str, JsonValue], **more: str) -> str:
    """Write a filter's document as the query of an address, its times with their zone."""
    return urlencode({name: _text(value) for name, value in document.items()} | more)


def _text(value: JsonValue) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
