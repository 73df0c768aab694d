"""Passkeys (W3C Web Authentication Level 3): made by their owner, used to sign in, taken away.

A challenge is derived from a ticket with its time, from a secret of the browser it was given to, and from what it is
for; so none has to be kept until it was answered, and then it is kept for as long as the ticket would be good. The
authenticator has to verify its user, by a finger or a code of its own. Time is the real one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from registry.domain.events import Act
from registry.domain.staff import check_fresh
from registry.errors import Conflict, Denied, NotFound
from registry.services.staff import tickets
from registry.services.staff.desk import Desk
from registry.services.staff.invitations import WAY as INVITATION
from registry.services.staff.invitations import Presented, finish, is_countersigned, take
from registry.services.staff.sessions import Recognised
from registry.services.staff.sign_in import Opened, let_in, refuse
from registry.store import factors as store
from registry.store import staff as accounts
from registry.store.database import ReadSession, WriteSession
from registry.store.factors import Passkey
from registry.store.staff import ACTIVE

_REQUIRED = UserVerificationRequirement.REQUIRED
_WAY = "passkey"
# What the library says of an answer that is none, and what escapes it: base64 that is none, JSON that is too deep.
_UNREADABLE = (WebAuthnException, ValueError, RecursionError)
_SIGN_IN, _ADD = "passkey-sign-in", "passkey-add"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser is asked: a ticket to hand back, and the options (JSON) that its API takes."""

    ticket: str
    options: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answers (JSON), with the ticket it was given and its own secret."""

    ticket: str
    sitting: str = field(repr=False)
    credential: str = field(repr=False)


def begin_sign_in(sitting: str, *, now: datetime, desk: Desk) -> Ceremony | None:
    """Ask a browser for any passkey of ours that it has; None where there can be none."""
    if not _has_name(desk):
        return None
    ticket = tickets.new(now, desk)
    options = generate_authentication_options(
        rp_id=_rp_id(desk), challenge=tickets.derive(_SIGN_IN, ticket, sitting, desk), user_verification=_REQUIRED
    )
    return Ceremony(ticket, options_to_json(options))


async def sign_in(session: WriteSession, answer: Answer, *, act: Act, now: datetime, desk: Desk) -> Opened | None:
    """Open a session with a passkey; None if it is refused, of which the trace is left all the same."""
    known, verified = await _verified(session, answer, now=now, desk=desk)
    if known is None or verified is None:
        await refuse(session, _WAY, act=act, desk=desk)
        return None
    account = await accounts.get(session, staff_id=known.staff_id)
    challenge = tickets.derive(_SIGN_IN, answer.ticket, answer.sitting, desk)
    if account.status != ACTIVE or not await tickets.use_up(session, challenge, now=now):
        await refuse(session, _WAY, act=act, desk=desk, staff_id=account.id)
        return None
    await store.passkey_used(session, passkey_id=known.id, sign_count=verified.new_sign_count, now=now)
    return await let_in(session, account, _WAY, act=act, now=now, desk=desk)


async def begin_adding(
    session: ReadSession, staff_id: UUID, name: str, sitting: str, *, now: datetime, desk: Desk
) -> Ceremony | None:
    """Ask a browser for a new passkey of this account; an authenticator that has one already makes no other."""
    if not _has_name(desk):
        return None
    ticket, known = tickets.new(now, desk), await store.list_passkeys(session, staff_id=staff_id)
    options = generate_registration_options(
        rp_id=_rp_id(desk),
        rp_name=desk.realm,
        user_id=staff_id.bytes,
        user_name=name,
        challenge=tickets.derive(_ADD, ticket, f"{sitting}\0{staff_id}", desk),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    return Ceremony(ticket, options_to_json(options))


async def add(
    session: WriteSession, who: Recognised, answer: Answer, name: str, *, act: Act, now: datetime, desk: Desk
) -> None:
    """Add a passkey to one's own account. Denied `sign_in_not_fresh`, `passkey_not_added`."""
    check_fresh(who.opened_at, now=now)
    made = await make(session, who.staff.staff_id, answer, name, now=now, desk=desk)
    await desk.record(session, "staff.add_passkey", "done", act=act, content={"passkey": str(made.id)})


async def accept_with(
    session: WriteSession, presented: Presented, answer: Answer, name: str, *, act: Act, now: datetime, desk: Desk
) -> Opened | None:
    """Take up an invitation with a passkey; None, with a trace, if the countersign does not fit.

    Errors: NotFound `invitation_unknown`; Denied `passkey_not_added`.
    """
    account, found = await take(session, presented.secret, now=now)
    if not is_countersigned(found, presented):
        await refuse(session, INVITATION, act=act, desk=desk, staff_id=account.id)
        return None
    await make(session, account.id, answer, name, now=now, desk=desk)
    return await finish(session, account, act=act, now=now, desk=desk)


async def make(
    session: WriteSession, staff_id: UUID, answer: Answer, name: str, *, now: datetime, desk: Desk
) -> Passkey:
    """Keep a passkey that a browser has made for this account. Denied `passkey_not_added`."""
    challenge = tickets.derive(_ADD, answer.ticket, f"{answer.sitting}\0{staff_id}", desk)
    if not tickets.is_good(answer.ticket, now=now) or not await tickets.use_up(session, challenge, now=now):
        raise Denied("passkey_not_added")
    try:
        verified = verify_registration_response(
            credential=answer.credential,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(desk),
            expected_origin=_origin(desk),
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise Denied("passkey_not_added") from None
    if await store.lock_passkey(session, credential_id=verified.credential_id) is not None:
        raise Denied("passkey_not_added")
    public, count = verified.credential_public_key, verified.sign_count
    made = Passkey(desk.new_id(now), staff_id, verified.credential_id, public, count, name, now, None)
    await store.insert_passkey(session, made)
    return made


async def remove(
    session: WriteSession, who: Recognised, passkey_id: UUID, *, act: Act, now: datetime, desk: Desk
) -> None:
    """Take a passkey from one's own account.

    Errors: Denied `sign_in_not_fresh`; NotFound `passkey_unknown`; Conflict `last_way_in`.
    """
    check_fresh(who.opened_at, now=now)
    await accounts.lock(session, staff_id=who.staff.staff_id)
    if not await store.delete_passkey(session, staff_id=who.staff.staff_id, passkey_id=passkey_id):
        raise NotFound("passkey_unknown")
    if not await store.count(session, staff_id=who.staff.staff_id):
        raise Conflict("last_way_in")
    await desk.record(session, "staff.remove_passkey", "done", act=act, content={"passkey": str(passkey_id)})


async def _verified(
    session: WriteSession, answer: Answer, *, now: datetime, desk: Desk
) -> tuple[Passkey | None, VerifiedAuthentication | None]:
    """Find the passkey that somebody answers with, and check the answer (section 7.2)."""
    if not tickets.is_good(answer.ticket, now=now):
        return None, None
    try:
        given = parse_authentication_credential_json(answer.credential)
        known = await store.lock_passkey(session, credential_id=given.raw_id)
        if known is None or given.response.user_handle != known.staff_id.bytes:
            return known, None
        return known, verify_authentication_response(
            credential=given,
            expected_challenge=tickets.derive(_SIGN_IN, answer.ticket, answer.sitting, desk),
            expected_rp_id=_rp_id(desk),
            expected_origin=_origin(desk),
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None, None


def _has_name(desk: Desk) -> bool:
    """Say whether the registry is reached by a name: browsers bind no passkey to a bare address (section 5.1.2)."""
    try:
        ip_address(_rp_id(desk))
    except ValueError:
        return True
    return False


def _rp_id(desk: Desk) -> str:
    return urlsplit(desk.public_url).hostname or ""


def _origin(desk: Desk) -> str:
    parts = urlsplit(desk.public_url)
    return f"{parts.scheme}://{parts.netloc}"
