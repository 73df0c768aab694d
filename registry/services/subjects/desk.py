"""What the use cases of subjects need besides the session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from registry.crypto.sealed import NONCE_BYTES, seal, subject_session_context, unseal
from registry.domain.events import Act, AuditEvent
from registry.domain.filings import Filing
from registry.domain.ids import IdentifierKind, Purpose
from registry.domain.incidents import QueryToken
from registry.domain.policy import Policy
from registry.domain.score_model import ScoreModel
from registry.domain.subjects import Acting, Capacity, Mandate, Subject
from registry.domain.uuids import uuid7
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import WriteSession
from registry.store.reports import Report, Revision
from registry_formats import canonical
from registry_formats.leaf import JsonValue

LEGAL_BASIS = "subject_access"


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """The secret of subjects' sessions, 32 bytes."""

    sealing: bytes = field(repr=False)

    @classmethod
    def derive(cls, records: bytes) -> "SubjectKeys":
        """Derive it from the key of records (RFC 5869, expand only: the input is uniform)."""
        return cls(HKDFExpand(SHA256(), 32, b"registry/subject-kek/v1").derive(records))


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process serves subjects with.

    Args:
        audience: for whom the relay's assertions must be made.
        pack: the policy by which a person's own score is explained.
        models: the score model of each pack.
        data_key: opens a report's own key.
        filing: opens what a member filed.
    """

    audience: str
    pack: str
    policies: Mapping[str, Policy]
    models: Mapping[str, ScoreModel]
    trail: Trail
    entropy: Callable[[int], bytes]
    keys: SubjectKeys
    data_key: Callable[[Report], bytes]
    filing: Callable[[Report, Revision], Filing]
    peppers: Mapping[int, bytes] = field(repr=False)

    def new_id(self, now: datetime) -> UUID:
        """Make an id."""
        return uuid7(int(now.timestamp() * 1000), self.entropy(10))

    def sealed(self, subject: Subject) -> bytes:
        """Seal what a session holds."""
        acting = subject.acting
        content: dict[str, JsonValue] = {
            "acting": [acting.capacity.value, acting.mandate.value if acting.mandate else None, acting.reference],
            "issuer": str(subject.issuer) if subject.issuer else None,
            "linked": str(subject.linked) if subject.linked else None,
            "tokens": [[token.kind.value, token.epoch, token.stored.hex()] for token in subject.tokens],
        }
        context = subject_session_context(subject.session_id.bytes)
        return seal(self.keys.sealing, self.entropy(NONCE_BYTES), canonical.dumps(content), context)

    def unsealed(self, session_id: UUID, sealed_proof: bytes) -> Subject:
        """Open what a session holds."""
        text = unseal(self.keys.sealing, sealed_proof, subject_session_context(session_id.bytes))
        content = cast("dict[str, Any]", canonical.loads(text))
        capacity, mandate, reference = content["acting"]
        return Subject(
            session_id,
            tuple(
                QueryToken(IdentifierKind(kind), epoch, bytes.fromhex(one)) for kind, epoch, one in content["tokens"]
            ),
            Acting(Capacity(capacity), Mandate(mandate) if mandate else None, reference),
            UUID(content["linked"]) if content["linked"] else None,
            UUID(content["issuer"]) if content["issuer"] else None,
        )

    async def record(self, session: WriteSession, subject: Subject, event: AuditEvent, *, act: Act) -> None:
        """Leave a trace of what was done as this subject, with the capacity in which it was done."""
        whole = event._replace(
            purpose=Purpose.SUBJECT_ACCESS.value,
            legal_basis=LEGAL_BASIS,
            subject=(*subject.stored, *event.subject),
            content={**event.content, **subject.told()},
        )
        await audit.record(session, whole, act=act, trail=self.trail)
