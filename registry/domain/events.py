"""What happened, as the audit log wants to hear it: one value for every look and every change."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from registry.domain.access import Caller
from registry_formats.leaf import JsonValue, LeafType

# Named tuples: thousands of each are made in a second.
_EMPTY: Mapping[str, JsonValue] = {}


class Act(NamedTuple):
    """Who acts, when, and under which request: what every use case needs in order to leave its trace.

    `caller` is None where the registry itself acts (the worker) or an operator does, who is then named by `operator`.
    """

    now: datetime
    request_id: str
    caller: Caller | None = None
    operator: str = ""
    address: str = ""


class AuditEvent(NamedTuple):
    """One entry to be.

    Args:
        type: the leaf's type.
        action: `noun.verb`, the use case.
        outcome: one word: `answered`, `filed`, `refused`, …
        purpose: `Q1`…`Q6` for a look at a person's record.
        legal_basis: why the member may do this.
        claim: the claim reference, in text form.
        subject: the stored tokens concerned; they enter as blind tags only.
        tags: persons concerned of whom only the blind tags are known: what an auditor looks at.
        content: what was answered or changed; canonical JSON, no floats.
    """

    type: LeafType
    action: str
    outcome: str
    purpose: str = ""
    legal_basis: str = ""
    claim: str | None = None
    subject: tuple[bytes, ...] = ()
    tags: tuple[bytes, ...] = ()
    content: Mapping[str, JsonValue] = _EMPTY


class Entry(NamedTuple):
    """One entry as written: its identity, its leaf, and what opens as much of it as the caller may open.

    Args:
        counter: this member's own count of entries by this writer; part of the org group.
    """

    leaf: bytes
    counter: int
    org_salt: bytes
    content_salt: bytes

    @property
    def id(self) -> UUID:
        """The entry's id, as its leaf has it."""
        return UUID(bytes=self.leaf[4:20])


def timestamp(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, to the millisecond."""
    # All clocks here are in UTC, so the 23 characters before the offset say it all.
    return at.isoformat(timespec="milliseconds")[:23] + "Z"
