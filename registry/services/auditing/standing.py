"""How the log stands: how far it is signed and witnessed, which everybody may know, and what a check of it found."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from registry.domain.audit_filters import Because
from registry.services.auditing.desk import Sight, record_read
from registry.store import log_health, log_standing
from registry.store.database import ReadSession
from registry_formats.leaf import JsonValue


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far a tree is signed, and how far witnesses have cosigned it.

    Args:
        lag: for how long the oldest entry has waited that no checkpoint covers.
        cosigned: the size that met the quorum; None while none did.
        witnesses: how many cosigned that size.
        cosigned_at: when the first of them did.
    """

    origin: str
    size: int
    signed_at: datetime
    lag: timedelta
    cosigned: int | None
    witnesses: int
    cosigned_at: datetime | None


async def standing(reads: ReadSession, *, now: datetime) -> Sealed | None:
    """Tell how the newest tree stands; None before its first checkpoint."""
    found = await log_standing.read(reads)
    oldest = await log_health.first_unproved(reads)
    if found is None:
        return None
    lag = max(timedelta(0), now - at_ms(oldest.int >> 80)) if oldest else timedelta(0)
    cosigned_at = None if found.t_s is None else datetime.fromtimestamp(found.t_s, UTC)
    return Sealed(found.origin, found.size, at_ms(found.t_ms), lag, found.cosigned, found.witnesses, cosigned_at)


def at_ms(t_ms: int) -> datetime:
    """Read Unix milliseconds."""
    return datetime.fromtimestamp(t_ms / 1000, UTC)


async def record_check(sight: Sight, *, because: Because, first: int, size: int, faults: int) -> None:
    """Leave the trace of a check of the newest part of the log."""
    content: dict[str, JsonValue] = {"faults": faults, "first": first, "size": size}
    await record_read(sight, "audit.verify", because, content)
