"""What the use cases of webhooks need besides the session, and how a message is written and signed."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from standardwebhooks import Webhook

from registry.crypto.sealed import NONCE_BYTES, seal, unseal
from registry.domain.events import Act, AuditEvent, timestamp
from registry.domain.uuids import uuid7
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import WriteSession
from registry.store.webhooks import Message
from registry_formats.canonical import dumps
from registry_formats.leaf import JsonValue, LeafType

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """What seals the secrets of endpoints: 32 bytes."""

    sealing: bytes = field(repr=False)

    @classmethod
    def derive(cls, webhooks: bytes) -> "WebhookKeys":
        """Derive it from the key of webhooks (RFC 5869, expand only: the input is uniform)."""
        return cls(HKDFExpand(SHA256(), 32, b"registry/webhook-kek/v1").derive(webhooks))


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process works on webhooks with.

    Args:
        entropy: returns so many random bytes.
        livemode: said in every message; where it is false, endpoints may be http.
        signing_time: real time, by which receivers judge a signature and in which secrets live.
    """

    trail: Trail
    entropy: Callable[[int], bytes]
    keys: WebhookKeys
    livemode: bool
    signing_time: Callable[[], datetime]

    def new_id(self, now: datetime) -> UUID:
        """Make an id."""
        return uuid7(int(now.timestamp() * 1000), self.entropy(10))

    def new_secret(self, endpoint_id: UUID) -> bytes:
        """Make the secret of an endpoint, sealed."""
        secret = self.entropy(_SECRET_BYTES)
        return seal(self.keys.sealing, self.entropy(NONCE_BYTES), secret, _context(endpoint_id))

    def open(self, endpoint_id: UUID, sealed: bytes) -> bytes:
        """Open the secret of an endpoint."""
        return unseal(self.keys.sealing, sealed, _context(endpoint_id))

    def body(self, message: Message) -> bytes:
        """Write a message: the same bytes in every attempt."""
        whole = {
            "data": dict(message.data),
            "livemode": self.livemode,
            "timestamp": timestamp(message.created_at),
            "type": message.event.value,
        }
        return dumps(whole)

    async def record(
        self, session: WriteSession, action: str, outcome: str, *, act: Act, content: Mapping[str, JsonValue]
    ) -> None:
        """Leave a trace."""
        event = AuditEvent(LeafType.ADMIN, action, outcome, content=content)
        await audit.record(session, event, act=act, trail=self.trail)


def text_of(secret: bytes) -> str:
    """Write a secret as Standard Webhooks does."""
    return "whsec_" + b64encode(secret).decode("ascii")


def headers(message: Message, body: bytes, secrets: list[bytes], *, at: datetime) -> dict[str, str]:
    """Sign a message under each secret that is live, as of a real instant in UTC (Standard Webhooks 1.0.0)."""
    signed = [Webhook(secret).sign(str(message.id), at, body.decode()) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "refund-integrity-registry",
        "webhook-id": str(message.id),
        "webhook-signature": " ".join(signed),
        "webhook-timestamp": str(int(at.timestamp())),
    }


def _context(endpoint_id: UUID) -> bytes:
    return b"registry/webhook-seal/v1\x00" + endpoint_id.bytes
