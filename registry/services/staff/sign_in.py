"""Sign staff in by name, password and a code (RFC 6238), in two transactions with the hashing between them.

The first one counts the attempt before it is judged, so that many at once are no way round the limits; the second one
judges it. An unknown name, a wrong password, a wrong or used code and a suspended account all take the same way and
look alike from outside. Time here is always the real one, save in the trace.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from registry.domain import sign_in_limits as limits
from registry.domain.events import Act
from registry.domain.staff import SESSION_ABSOLUTE, Role
from registry.services.staff.desk import Desk
from registry.services.staff.passwords import Match
from registry.store import sessions
from registry.store import staff as store
from registry.store.database import WriteSession
from registry.store.staff import ACTIVE, Account, Credential
from registry_formats.leaf import JsonValue

NOBODY = UUID(int=0)
_ACTION = "staff.sign_in"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted; `wait` seconds if it may not be judged, and a hash to check the password against."""

    id: UUID
    staff_id: UUID
    password_hash: str | None = field(repr=False)
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as its owner receives it, once."""

    session_id: UUID
    bearer: str = field(repr=False)
    name: str
    roles: frozenset[Role]
    expires_at: datetime


async def attempt(session: WriteSession, name: str, action: str, *, act: Act, now: datetime, desk: Desk) -> Attempt:
    """Count an attempt and find what it has to be checked against; one that has to wait is recorded and not counted."""
    account, address = desk.blind("account", name), desk.blind("address", act.address)
    known = await store.find_named(session, name=name)
    credential = await store.find_credential(session, staff_id=known.id if known else NOBODY)
    made = Attempt(
        id=desk.new_id(now),
        staff_id=credential.staff_id if credential else NOBODY,
        password_hash=credential.password_hash if credential else None,
    )
    failures = await sessions.failures(
        session, account=account, address=address, since=now - limits.WINDOW, familiar_since=now - limits.FAMILIAR
    )
    if wait := limits.wait(failures, now=now):
        await desk.record(session, action, "limited", act=act_as(act, made.staff_id), content={})
        return replace(made, wait=wait)
    await sessions.insert_attempt(session, attempt_id=made.id, account=account, address=address, now=now)
    return made


async def open_session(
    session: WriteSession, made: Attempt, match: Match, code: str, *, act: Act, now: datetime, desk: Desk
) -> Opened | None:
    """Judge an attempt and open a session; None if it is refused, of which the trace is left all the same."""
    credential = await store.lock_credential(session, staff_id=made.staff_id)
    step = _step(credential, code, now=now, desk=desk)
    account = await store.get(session, staff_id=credential.staff_id) if credential else None
    if account is None or credential is None or not _fits(account, credential, made, match, step):
        await refuse(session, "password", act=act, desk=desk, staff_id=made.staff_id)
        return None
    proved = replace(credential, totp_step=step or 0, password_hash=match.fresh_hash or credential.password_hash)
    await store.save_credential(session, proved, now=now)
    await sessions.attempt_succeeded(session, attempt_id=made.id)
    return await let_in(session, account, "password", act=act, now=now, desk=desk)


async def refuse(session: WriteSession, way: str, *, act: Act, desk: Desk, staff_id: UUID = NOBODY) -> None:
    """Leave the trace of somebody who was not let in."""
    await desk.record(session, _ACTION, "refused", act=act_as(act, staff_id), content={"by": way})


async def let_in(session: WriteSession, account: Account, way: str, *, act: Act, now: datetime, desk: Desk) -> Opened:
    """Open a session for whoever has proved to own an account in this way."""
    session_id, bearer = desk.new_id(now), desk.new_secret()
    await sessions.insert_session(
        session, session_id=session_id, staff_id=account.id, bearer_hash=hash_of(bearer), now=now
    )
    content: dict[str, JsonValue] = {"by": way, "session": str(session_id)}
    await desk.record(session, _ACTION, "signed_in", act=act_as(act, account.id), content=content)
    return Opened(session_id, bearer, account.name, account.roles, now + SESSION_ABSOLUTE)


def hash_of(bearer: str) -> bytes:
    """Return what the store keeps of a bearer, or of another secret that it never tells again."""
    return sha256(bearer.encode("utf-8", "surrogatepass")).digest()


def act_as(act: Act, staff_id: UUID) -> Act:
    """Name who acts, as soon as that is known."""
    return act._replace(operator="" if staff_id == NOBODY else str(staff_id))


def _step(credential: Credential | None, code: str, *, now: datetime, desk: Desk) -> int | None:
    """Find the time step of a code; nobody's credential costs as much as anybody's."""
    sealed = credential.sealed_totp if credential else desk.new_totp(NOBODY)
    return desk.totp_step(credential.staff_id if credential else NOBODY, sealed, code, now=now)


def _fits(account: Account, credential: Credential, made: Attempt, match: Match, step: int | None) -> bool:
    return (
        match.fits
        and account.status == ACTIVE
        # It was changed while the old one was being checked.
        and credential.password_hash == made.password_hash
        and step is not None
        # A code works once, whoever saw it being typed (RFC 6238 section 5.2).
        and step > credential.totp_step
    )
