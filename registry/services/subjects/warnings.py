"""Freezes and the other warnings in favour of a person: placed and lifted by the person, met by members.

What the registry's people do about them is in `protection.py`.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from registry.domain import protective as rules
from registry.domain.access import Caller
from registry.domain.appeal_case import SUBJECT
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Protective
from registry.domain.incidents import QueryToken
from registry.domain.protective import ProtectiveRecord
from registry.domain.subjects import Subject, require_contact
from registry.errors import Denied, NotFound
from registry.services import audit
from registry.services.subjects.desk import Desk
from registry.store import protective as store
from registry.store.database import ReadSession, WriteSession
from registry_formats import base64url
from registry_formats.leaf import LeafType

_ACTION = "subject.protective"


class Warned(NamedTuple):
    """A warning, and the last epoch of tokens in which it protects the contacts proved now; None once it is lifted."""

    record: ProtectiveRecord
    until_epoch: int | None


async def listed(session: WriteSession, subject: Subject, *, act: Act, desk: Desk) -> list[Warned]:
    """Show a person the warnings in their favour. Denied `contact_needed`."""
    require_contact(subject)
    found = await protecting(session, subject)
    content = {"warnings": [str(one.record.id) for one in found]}
    await desk.record(session, subject, AuditEvent(LeafType.QUERY, _ACTION, "answered", content=content), act=act)
    return found


async def protecting(session: ReadSession, subject: Subject) -> list[Warned]:
    """List the warnings in force for the proved contacts; whoever shows them records the look."""
    until = await store.until_epochs(session, subject.stored)
    return [Warned(one, until[one.id]) for one in await store.in_force(session, subject.stored)]


async def carry(
    session: WriteSession, subject: Subject, contacts: Sequence[Sequence[QueryToken]], *, act: Act, desk: Desk
) -> None:
    """Let what protects a contact go over into the epochs that were opened since; its owner has just proved it."""
    if len({one.epoch for one in subject.tokens}) == 1:
        return
    for record in await store.in_force(session, subject.stored):
        more = rules.carried(await store.protected(session, record.id), contacts, subject.tokens)
        if more:
            await store.protect(session, record.id, more)
            await _recorded(session, subject, record, "carried", act, desk)


async def place(session: WriteSession, subject: Subject, kind: Protective, *, act: Act, desk: Desk) -> Warned:
    """Place a warning on every contact proved now; one of the same kind that protects some of them is extended.

    Errors: Denied `contact_needed`.
    """
    require_contact(subject)
    alike = [one for one in await store.in_force(session, subject.stored) if one.kind is kind]
    if alike:
        await store.protect(session, alike[0].id, subject.tokens)
        return await _placed(session, subject, alike[0], "extended", act, desk)
    placed = rules.place(desk.new_id(act.now), kind, by=SUBJECT, now=act.now)
    await store.add(session, placed, subject.tokens)
    return await _placed(session, subject, placed, "placed", act, desk)


async def lift(session: WriteSession, subject: Subject, record_id: UUID, *, act: Act, desk: Desk) -> Warned:
    """Lift one's own freeze; whoever proves only some of the contacts it protects may not.

    What it protects in an epoch of which no proof speaks any more names nobody, and nobody is asked for it.

    Errors: NotFound `protective_unknown`; Denied `contact_needed`, `second_contact_needed`,
    `protective_role_refused`.
    """
    require_contact(subject)
    record = await store.lock(session, record_id)
    live = {one.epoch for one in subject.tokens}
    protected = {stored for stored, epoch in (await store.protected(session, record_id)).items() if epoch in live}
    if record is None or protected.isdisjoint(subject.stored):
        raise NotFound("protective_unknown")
    lifted = rules.lift(record, by=SUBJECT, now=act.now)
    if not protected <= set(subject.stored):
        raise Denied("second_contact_needed")
    await store.lift(session, record_id, by=SUBJECT, now=act.now)
    await _recorded(session, subject, lifted, "lifted", act, desk)
    return Warned(lifted, None)


async def verify(
    session: WriteSession,
    claim_ref: bytes,
    tokens: Sequence[QueryToken],
    *,
    caller: Caller,
    act: Act,
    desk: Desk,
) -> tuple[Protective, ...]:
    """Note that a member verified afresh the identity of whom it asked about for this claim; say what that met.

    Errors: NotFound `claim_unknown` for a claim it never asked about, or asked about with other identifiers.
    """
    if not await store.is_claim(session, caller.member_id, claim_ref, _identifiers(tokens)):
        raise NotFound("claim_unknown")
    stored = [token.stored for token in tokens]
    found = await store.in_force(session, stored)
    for record in found:
        rules.verify(record, caller.member_id, now=act.now)
        await store.verified(session, record.id, member_id=caller.member_id, now=act.now)
    met = rules.binding(found, caller.member_id)
    event = AuditEvent(
        LeafType.ADMIN,
        "identity.verify",
        "recorded",
        claim=base64url.encode(claim_ref),
        subject=tuple(dict.fromkeys(stored)),
        content={"met": [kind.value for kind in met]},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return met


def _identifiers(tokens: Sequence[QueryToken]) -> dict[int, bytes]:
    """Return the digest that a claim is bound to, of each epoch (services/scores/answers.py)."""
    epochs: dict[int, set[bytes]] = {}
    for token in tokens:
        epochs.setdefault(token.epoch, set()).add(token.stored)
    return {epoch: sha256(b"".join(sorted(stored))).digest() for epoch, stored in epochs.items()}


async def _placed(
    session: WriteSession, subject: Subject, record: ProtectiveRecord, outcome: str, act: Act, desk: Desk
) -> Warned:
    await _recorded(session, subject, record, outcome, act, desk)
    return Warned(record, max(one.epoch for one in subject.tokens))


async def _recorded(
    session: WriteSession, subject: Subject, record: ProtectiveRecord, outcome: str, act: Act, desk: Desk
) -> None:
    content = {"kind": record.kind.value, "warning": str(record.id)}
    await desk.record(session, subject, AuditEvent(LeafType.ADMIN, _ACTION, outcome, content=content), act=act)
