"""What the use cases of staff need besides the session."""

import hmac
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pyotp
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from registry.crypto.sealed import NONCE_BYTES, seal, unseal
from registry.domain.events import Act, AuditEvent
from registry.domain.uuids import uuid7
from registry.services import audit
from registry.services.staff.passwords import Passwords
from registry.services.trail import Trail
from registry.store.database import WriteSession
from registry_formats.leaf import JsonValue, LeafType

_TOTP_BYTES = 20  # RFC 4226 section 4, R6
_SECRET_BYTES = 32
# One step before and after (RFC 6238 section 5.2): clocks differ, and people type slowly.
_STEPS = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class StaffKeys:
    """The secrets of staff, 32 bytes each: what seals their TOTP secrets, and what blinds attempts to sign in."""

    sealing: bytes = field(repr=False)
    blinding: bytes = field(repr=False)

    @classmethod
    def derive(cls, records: bytes) -> "StaffKeys":
        """Derive both from the key of records (RFC 5869, expand only: the input is uniform)."""
        infos = (b"registry/staff-kek/v1", b"registry/staff-attempt/v1")
        sealing, blinding = (HKDFExpand(SHA256(), 32, info).derive(records) for info in infos)
        return cls(sealing, blinding)


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process works on staff with.

    Args:
        realm: names the registry in an authenticator app.
        entropy: returns so many random bytes.
        public_url: where browsers find the registry; a passkey is bound to it.
    """

    realm: str
    trail: Trail
    entropy: Callable[[int], bytes]
    keys: StaffKeys
    passwords: Passwords
    public_url: str

    def new_id(self, now: datetime) -> UUID:
        """Make an id."""
        return uuid7(int(now.timestamp() * 1000), self.entropy(10))

    def blind(self, kind: str, text: str) -> bytes:
        """Blind what somebody typed or came from; 32 bytes."""
        return hmac.digest(self.keys.blinding, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256")

    def new_secret(self) -> str:
        """Make a secret of 256 bits that may stand in a link."""
        return urlsafe_b64encode(self.entropy(_SECRET_BYTES)).rstrip(b"=").decode()

    def new_totp(self, staff_id: UUID) -> bytes:
        """Make a TOTP secret, sealed for this account."""
        return seal(self.keys.sealing, self.entropy(NONCE_BYTES), self.entropy(_TOTP_BYTES), _totp_context(staff_id))

    def totp_step(self, staff_id: UUID, sealed: bytes, code: str, *, now: datetime) -> int | None:
        """Return the time step that a code belongs to; None if it is none of the present ones (RFC 6238)."""
        totp = pyotp.TOTP(_base32(unseal(self.keys.sealing, sealed, _totp_context(staff_id))))
        present = totp.timecode(now)
        fitting = [
            present + ahead
            for ahead in _STEPS
            if hmac.compare_digest(totp.generate_otp(present + ahead).encode(), code.encode("utf-8", "replace"))
        ]
        return fitting[0] if fitting else None

    def otpauth(self, staff_id: UUID, sealed: bytes, name: str) -> str:
        """Write a sealed TOTP secret as the URI that authenticator apps read."""
        secret = unseal(self.keys.sealing, sealed, _totp_context(staff_id))
        return pyotp.TOTP(_base32(secret), name=name, issuer=self.realm).provisioning_uri()

    async def record_change(
        self, session: WriteSession, action: str, staff_id: UUID, *, act: Act, **content: JsonValue
    ) -> None:
        """Leave a trace of what somebody in charge did to an account."""
        whole: dict[str, JsonValue] = {"staff": str(staff_id), **content}
        await self.record(session, action, "done", act=act, content=whole, type_=LeafType.ADMIN)

    async def record(
        self,
        session: WriteSession,
        action: str,
        outcome: str,
        *,
        act: Act,
        content: dict[str, JsonValue],
        type_: LeafType = LeafType.AUTH,
    ) -> None:
        """Leave a trace."""
        await audit.record(session, AuditEvent(type_, action, outcome, content=content), act=act, trail=self.trail)


def _base32(secret: bytes) -> str:
    return b32encode(secret).decode("ascii")


def _totp_context(staff_id: UUID) -> bytes:
    return b"registry/staff-totp/v1\x00" + staff_id.bytes
