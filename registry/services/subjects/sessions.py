"""Sessions of subjects: opened by proofs of control or by a member's link, widened by further proofs, then deleted.

Time here is always the real one, as for everybody who signs in.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from registry.domain.access import MemberKind
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.domain.subjects import SESSION_LIFE, SESSION_USES, Acting, Subject
from registry.errors import NotFound, QuotaExceeded, Unauthenticated
from registry.services.subjects.desk import Desk
from registry.services.subjects.warnings import carry
from registry.store import members, reports
from registry.store import subjects as store
from registry.store.database import WriteSession
from registry.store.members import ACTIVE
from registry.store.subjects import Session
from registry_formats import assertions, cfr1, jws
from registry_formats.assertions import Assertion
from registry_formats.errors import FormatError
from registry_formats.leaf import LeafType

_BEARER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Proof:
    """What the relay handed over, and the secret of the sitting that it was made for."""

    assertion: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as its owner gets it; the bearer exists nowhere else."""

    subject: Subject
    bearer: str = field(repr=False)
    expires_at: datetime


async def open_session(
    session: WriteSession, proofs: Sequence[Proof], acting: Acting, *, act: Act, now: datetime, desk: Desk
) -> Opened:
    """Open a session for whoever controls these contacts.

    Errors: Unauthenticated `contact_proof_refused`, `contact_proof_used`; Conflict `mandate_refused`,
    `contacts_too_many`.
    """
    subject = Subject(desk.new_id(now), acting=acting.checked())
    contacts = [await _proved(session, proof, now=now, desk=desk) for proof in proofs]
    for contact in contacts:
        subject = subject.widened(contact)
    opened = await _open(session, subject, now=now, desk=desk)
    await _record(session, subject, "opened", act=act, desk=desk)
    await carry(session, subject, contacts, act=act, desk=desk)
    return opened


async def widen(
    session: WriteSession, subject: Subject, proof: Proof, *, act: Act, now: datetime, desk: Desk
) -> Subject:
    """Add a contact: the file is from now on what any of the proved contacts touch. Errors as `open_session`."""
    held = await store.lock_session(session, session_id=subject.session_id)
    if held is None:
        raise Unauthenticated("subject_session_invalid")
    added = await _proved(session, proof, now=now, desk=desk)
    wider = desk.unsealed(subject.session_id, held).widened(added)
    await store.widen_session(session, session_id=subject.session_id, sealed_proof=desk.sealed(wider))
    await _record(session, wider, "widened", act=act, desk=desk)
    await carry(session, wider, [added], act=act, desk=desk)
    return wider


async def renew(session: WriteSession, subject: Subject, *, desk: Desk) -> str:
    """Give a session another bearer, once it shows more: whoever knew the old one knows nothing any more."""
    bearer = new_secret(desk)
    await store.renew_session(session, session_id=subject.session_id, bearer_hash=hash_of(bearer))
    return bearer


async def open_by_link(session: WriteSession, secret: str, *, act: Act, now: datetime, desk: Desk) -> Opened:
    """Open a member's link, once: a session that shows that one record, and proves nothing.

    The look names who issued the link. Errors: Unauthenticated `subject_link_refused`.
    """
    link = await store.open_link(session, secret_hash=hash_of(secret), now=now)
    if link is None:
        raise Unauthenticated("subject_link_refused")
    subject = Subject(desk.new_id(now), linked=link.report_id, issuer=link.member_id)
    opened = await _open(session, subject, now=now, desk=desk)
    event = AuditEvent(
        LeafType.QUERY,
        "subject_link.open",
        "opened",
        subject=tuple(await reports.identities(session, link.report_id)),
        content={"link": str(link.id), "report": str(link.report_id)},
    )
    await desk.record(session, subject, event, act=act)
    return opened


async def recognise(session: WriteSession, bearer: str, *, now: datetime, desk: Desk) -> Subject:
    """Return whom a bearer stands for.

    Errors: Unauthenticated `subject_session_invalid`, `subject_session_expired`; QuotaExceeded
    `subject_session_limited`.
    """
    found = await store.use_session(session, bearer_hash=hash_of(bearer))
    if found is None:
        raise Unauthenticated("subject_session_invalid")
    if now >= found.expires_at:
        raise Unauthenticated("subject_session_expired")
    if found.used > SESSION_USES:
        raise QuotaExceeded("subject_session_limited", facts={"retry_after": int(SESSION_LIFE.total_seconds())})
    return desk.unsealed(found.id, found.sealed_proof)


async def leave(session: WriteSession, subject: Subject, *, act: Act, desk: Desk) -> None:
    """End a session: nothing of it is left but its entries in the log."""
    await store.end_session(session, session_id=subject.session_id)
    await _record(session, subject, "ended", act=act, desk=desk)


def hash_of(secret: str) -> bytes:
    """Return what the store keeps of a bearer or a link."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_secret(desk: Desk) -> str:
    """Make a bearer or the secret of a link: 43 characters."""
    return urlsafe_b64encode(desk.entropy(_BEARER_BYTES)).rstrip(b"=").decode("ascii")


async def _open(session: WriteSession, subject: Subject, *, now: datetime, desk: Desk) -> Opened:
    bearer, expires_at = new_secret(desk), now + SESSION_LIFE
    new = Session(subject.session_id, desk.sealed(subject), 0, expires_at)
    await store.open_session(session, new, bearer_hash=hash_of(bearer), now=now)
    return Opened(subject, bearer, expires_at)


async def _proved(session: WriteSession, proof: Proof, *, now: datetime, desk: Desk) -> list[QueryToken]:
    """Take a proof, once, and return what the store keeps of its tokens."""
    assertion = await _verified(session, proof, now=now, desk=desk)
    name = sha256(b"contact-proof\0" + assertion.relay_id.bytes + assertion.assertion_id.bytes).digest()
    until = datetime.fromtimestamp(assertion.expires_at, UTC)
    if not await members.use_assertion(session, jti_hash=name, expires_at=until):
        raise Unauthenticated("contact_proof_used")
    tokens = _stored(assertion, desk.peppers)
    if not tokens:
        raise Unauthenticated("contact_proof_refused")
    return tokens


async def _verified(session: WriteSession, proof: Proof, *, now: datetime, desk: Desk) -> Assertion:
    """Check that an active relay signed this, with a key of its own, for us and for this sitting."""
    try:
        relay = await members.get(session, member_id=UUID(str(jws.payload(proof.assertion).get("iss"))))
        if relay.kind is not MemberKind.RELAY or relay.status != ACTIVE:
            raise Unauthenticated("contact_proof_refused")
        return assertions.verify(
            proof.assertion,
            await members.live_keys(session, member_id=relay.id, now=now),
            audience=desk.audience,
            nonce=assertions.nonce_of(proof.secret),
            now=int(now.timestamp()),
        )
    except (FormatError, NotFound, ValueError):
        # Which of them it was helps only whoever tries.
        raise Unauthenticated("contact_proof_refused") from None


def _stored(assertion: Assertion, peppers: Mapping[int, bytes]) -> list[QueryToken]:
    kind = IdentifierKind(assertion.kind.value)
    return [
        QueryToken(kind, token.epoch, cfr1.stored(peppers[token.epoch], token))
        for token in assertion.tokens
        if token.epoch in peppers
    ]


async def _record(session: WriteSession, subject: Subject, outcome: str, *, act: Act, desk: Desk) -> None:
    content = {"kinds": [kind.value for kind in sorted(subject.kinds)]}
    event = AuditEvent(LeafType.AUTH, "subject.session", outcome, content=content)
    await desk.record(session, subject, event, act=act)
