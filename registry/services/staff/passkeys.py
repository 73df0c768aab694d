"""Passkeys (W3C Web Authentication Level 3): made by their owner, used to sign in, taken away.

A challenge is derived from a ticket with its time, from a secret of the browser it was given to, and from what it is
for; so none has to be kept until it was answered, and then it is kept for as long as the ticket would be good. The
authenticator has to verify its user, by a finger or a code of its own. Time is the real one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

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

if TYPE_CHECKING:
    from registry.services.staff.authenticators import Authenticators

_WAY = "passkey"
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
    challenge = tickets.derive(_SIGN_IN, ticket, sitting, desk)
    return Ceremony(ticket, _authenticators(desk).ask_any(challenge))


async def sign_in(session: WriteSession, answer: Answer, *, act: Act, now: datetime, desk: Desk) -> Opened | None:
    """Open a session with a passkey; None if it is refused, of which the trace is left all the same."""
    known, sign_count = await _verified(session, answer, now=now, desk=desk)
    if known is None or sign_count is None:
        await refuse(session, _WAY, act=act, desk=desk)
        return None
    account = await accounts.get(session, staff_id=known.staff_id)
    challenge = tickets.derive(_SIGN_IN, answer.ticket, answer.sitting, desk)
    if account.status != ACTIVE or not await tickets.use_up(session, challenge, now=now):
        await refuse(session, _WAY, act=act, desk=desk, staff_id=account.id)
        return None
    await store.passkey_used(session, passkey_id=known.id, sign_count=sign_count, now=now)
    return await let_in(session, account, _WAY, act=act, now=now, desk=desk)


async def begin_adding(
    session: ReadSession, staff_id: UUID, name: str, sitting: str, *, now: datetime, desk: Desk
) -> Ceremony | None:
    """Ask a browser for a new passkey of this account; an authenticator that has one already makes no other."""
    if not _has_name(desk):
        return None
    ticket, known = tickets.new(now, desk), await store.list_passkeys(session, staff_id=staff_id)
    challenge = tickets.derive(_ADD, ticket, f"{sitting}\0{staff_id}", desk)
    has = [one.credential_id for one in known]
    return Ceremony(ticket, _authenticators(desk).ask_new(challenge, staff_id.bytes, name, has))


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
    verified = _authenticators(desk).made(challenge, answer.credential)
    if verified is None or await store.lock_passkey(session, credential_id=verified.credential_id) is not None:
        raise Denied("passkey_not_added")
    made = Passkey(desk.new_id(now), staff_id, *verified, name, now, None)
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
) -> tuple[Passkey | None, int | None]:
    """Find the passkey that somebody answers with, check the answer, and return how often it has signed by now."""
    if not tickets.is_good(answer.ticket, now=now):
        return None, None
    authenticators = _authenticators(desk)
    used = authenticators.read(answer.credential)
    known = await store.lock_passkey(session, credential_id=used.credential_id) if used else None
    if used is None or known is None or used.owner != known.staff_id.bytes:
        return known, None
    challenge = tickets.derive(_SIGN_IN, answer.ticket, answer.sitting, desk)
    return known, authenticators.count(challenge, used, known.public_key, known.sign_count)


def _has_name(desk: Desk) -> bool:
    """Say whether the registry is reached by a name: browsers bind no passkey to a bare address (section 5.1.2)."""
    try:
        ip_address(urlsplit(desk.public_url).hostname or "")
    except ValueError:
        return True
    return False


def _authenticators(desk: Desk) -> "Authenticators":
    # Six megabytes that whoever sees no passkey does without.
    from registry.services.staff.authenticators import Authenticators  # noqa: PLC0415

    parts = urlsplit(desk.public_url)
    return Authenticators(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", desk.realm)
