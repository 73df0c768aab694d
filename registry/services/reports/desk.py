"""What the use cases of reports need besides the session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from registry.domain.filings import Filing
from registry.domain.policy import Policy
from registry.errors import Conflict
from registry.services.trail import Trail

LEGAL_BASIS = "own_report"


@dataclass(frozen=True, slots=True)
class ReportKeys:
    """The secrets of reports, 32 bytes each: what wraps their data keys, and what names an order without its event."""

    wrapping: bytes = field(repr=False)
    orders: bytes = field(repr=False)

    @classmethod
    def derive(cls, key_encryption: bytes) -> "ReportKeys":
        """Derive both from the key-encryption key (RFC 5869, expand only: the input is uniform)."""
        infos = (b"registry/report-kek/v1", b"registry/report-order/v1")
        wrapping, orders = (HKDFExpand(SHA256(), 32, info).derive(key_encryption) for info in infos)
        return cls(wrapping, orders)


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process works on reports with.

    Args:
        policies: the packs by name.
        trail: writes the audit entries.
        entropy: returns so many random bytes.
        keys: of the reports.
        peppers: what turns tokens of each live epoch into stored ones.
        read: reads a statement's payload into a filing; Malformed `request_invalid` with places.
        signing_time: real time, in which keys live; a sandbox moves only the time of the rules.
    """

    policies: Mapping[str, Policy]
    trail: Trail
    entropy: Callable[[int], bytes]
    keys: ReportKeys
    read: Callable[[Mapping[str, Any]], Filing]
    signing_time: Callable[[], datetime]
    peppers: Mapping[int, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal that leaves a trace: returned, not raised, so that its audit entry is committed."""

    error: Conflict
