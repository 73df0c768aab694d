"""What auditors' use cases need besides the sessions, and the trace that each of their reads leaves.

Two sessions, because the role that reads the log can write nothing: what is read with the auditor's is recorded with
the API's own, and shown only when that has committed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from registry.crypto.sealed import blind_tag
from registry.domain.audit_filters import Because
from registry.domain.events import Act, AuditEvent
from registry.domain.uuids import uuid7
from registry.masters import Master
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import ReadSession, WriteSession
from registry_formats.leaf import JsonValue, LeafType

LEGAL_BASIS = "audit"


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process audits with.

    Args:
        trail: writes the auditors' own entries.
        master: opens the keys of the log's writers.
        tags: the key of the blind tags, 32 bytes.
        entropy: returns so many random bytes.
        offsets: of each policy pack, how far its clock is ahead of UTC, in minutes.
    """

    trail: Trail
    master: Master
    tags: bytes = field(repr=False)
    entropy: Callable[[int], bytes]
    offsets: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """One request's sight of the log.

    Args:
        reads: reads it, as the auditor.
        begin: begins the API's own transaction, or returns the one that was begun: not before all is read, because a
            lens may take longer than a transaction that writes is let wait.
        act: who reads, when.
        desk: what with.
    """

    reads: ReadSession
    begin: Callable[[], Awaitable[WriteSession]]
    act: Act
    desk: Desk

    @property
    def staff_id(self) -> UUID:
        """The auditor."""
        return UUID(self.act.operator)

    def new_id(self) -> UUID:
        """Make an id of now."""
        return uuid7(int(self.act.now.timestamp() * 1000), self.desk.entropy(10))


async def record_read(
    sight: Sight, action: str, because: Because, content: Mapping[str, JsonValue], tags: Sequence[bytes] = ()
) -> None:
    """Leave the trace of a read: why, what was asked, how much was shown, and about whom as far as tags tell."""
    event = AuditEvent(
        LeafType.QUERY,
        action,
        "answered",
        purpose=because.purpose.value,
        legal_basis=LEGAL_BASIS,
        tags=tuple(tags),
        content={**content, "reason": because.reason},
    )
    await audit.record(await sight.begin(), event, act=sight.act, trail=sight.desk.trail)


async def record_act(sight: Sight, action: str, outcome: str, content: Mapping[str, JsonValue]) -> None:
    """Leave the trace of what an auditor leaves behind."""
    event = AuditEvent(LeafType.ADMIN, action, outcome, legal_basis=LEGAL_BASIS, content=content)
    await audit.record(await sight.begin(), event, act=sight.act, trail=sight.desk.trail)


def tags_of(stored: Sequence[bytes], desk: Desk) -> tuple[bytes, ...]:
    """Blind stored tokens into the tags under which the log finds a person."""
    return tuple(blind_tag(desk.tags, one) for one in dict.fromkeys(stored))
