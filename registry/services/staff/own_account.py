"""What everybody does with their own account besides signing in: look at it, end sessions, choose an app afresh."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act
from registry.domain.recoveries import RECOVERY_LIFE
from registry.domain.staff import SESSION_ABSOLUTE, SESSION_IDLE, Staff, check_fresh
from registry.errors import Denied
from registry.services.staff.desk import Desk
from registry.services.staff.sessions import Recognised
from registry.store import factors, recoveries, sessions
from registry.store import staff as store
from registry.store.database import ReadSession, WriteSession
from registry.store.factors import Identity, Passkey
from registry.store.recoveries import Recovery
from registry.store.sessions import Seen
from registry.store.staff import Account, Credential


@dataclass(frozen=True, slots=True)
class Overview:
    """One's own account: what it signs in with, where it is signed in, and whether somebody wants it recovered."""

    account: Account
    has_password: bool
    passkeys: list[Passkey]
    identity: Identity | None
    sessions: list[Seen]
    recovery: Recovery | None


async def look(session: ReadSession, staff: Staff, *, now: datetime) -> Overview:
    """Look at one's own account."""
    mine = staff.staff_id
    asked = await recoveries.find_asked(session, staff_id=mine)
    return Overview(
        account=await store.get(session, staff_id=mine),
        has_password=await store.find_credential(session, staff_id=mine) is not None,
        passkeys=await factors.list_passkeys(session, staff_id=mine),
        identity=await factors.find_identity(session, staff_id=mine),
        sessions=await sessions.list_alive(
            session, staff_id=mine, opened_since=now - SESSION_ABSOLUTE, used_since=now - SESSION_IDLE
        ),
        recovery=asked if asked and now < asked.asked_at + RECOVERY_LIFE else None,
    )


async def end_one(
    session: WriteSession, staff: Staff, session_id: UUID, *, act: Act, now: datetime, desk: Desk
) -> None:
    """End one of one's own sessions."""
    if await sessions.end_own(session, staff_id=staff.staff_id, session_id=session_id, now=now):
        await desk.record(session, "staff.end_session", "done", act=act, content={"session": str(session_id)})


async def choose(
    session: WriteSession, who: Recognised, chosen: Credential, code: str, *, act: Act, now: datetime, desk: Desk
) -> None:
    """Choose a password and an authenticator app afresh; a code shows that the app has the secret.

    Errors: Denied `sign_in_not_fresh`, `code_wrong`.
    """
    check_fresh(who.opened_at, now=now)
    staff = who.staff
    step = desk.totp_step(staff.staff_id, chosen.sealed_totp, code, now=now)
    if step is None:
        raise Denied("code_wrong")
    fresh = Credential(staff.staff_id, chosen.password_hash, chosen.sealed_totp, step)
    await store.put_credential(session, fresh, now=now)
    ended = await sessions.end_all(session, staff_id=staff.staff_id, now=now, but=staff.session_id)
    await desk.record(session, "staff.choose_password", "done", act=act, content={"sessions_ended": ended})
