"""Sessions of staff: recognised by their bearer, ended by leaving, by silence, and by a changed password."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from registry.domain.events import Act
from registry.domain.staff import SESSION_ABSOLUTE, Staff, lives
from registry.errors import Denied, Unauthenticated
from registry.services.staff.desk import Desk
from registry.services.staff.sign_in import Attempt, hash_of
from registry.store import sessions
from registry.store import staff as store
from registry.store.database import WriteSession

# The idle limit is exact to this much, and a busy session writes no more often.
_TOUCH_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who a bearer belongs to, and when their session was opened."""

    staff: Staff
    name: str
    opened_at: datetime

    @property
    def expires_at(self) -> datetime:
        """Return when the session ends, whatever happens in it."""
        return self.opened_at + SESSION_ABSOLUTE


async def recognise(session: WriteSession, bearer: str, *, now: datetime) -> Recognised:
    """Return whose session this is. Unauthenticated `staff_session_invalid`, `staff_session_expired`."""
    found = await sessions.find(session, bearer_hash=hash_of(bearer))
    if found is None:
        raise Unauthenticated("staff_session_invalid")
    if not lives(found.created_at, found.used_at, now=now):
        raise Unauthenticated("staff_session_expired")
    if now - found.used_at >= _TOUCH_EVERY:
        await sessions.touch(session, session_id=found.id, now=now)
    staff = Staff(found.staff_id, found.roles, found.id, found.member_id)
    return Recognised(staff, found.name, found.created_at)


async def leave(session: WriteSession, staff: Staff, *, act: Act, now: datetime, desk: Desk) -> None:
    """End the session one is in."""
    await sessions.end(session, session_id=staff.session_id, now=now)
    await desk.record(session, "staff.sign_out", "done", act=act, content={"session": str(staff.session_id)})


async def change_password(
    session: WriteSession, staff: Staff, made: Attempt, fresh_hash: str, *, act: Act, now: datetime, desk: Desk
) -> None:
    """Replace one's own password, after an attempt whose present one fitted, and end every other session.

    Errors: Denied `password_wrong`, if it was changed meanwhile.
    """
    credential = await store.lock_credential(session, staff_id=staff.staff_id)
    if credential is None or credential.password_hash != made.password_hash:
        raise Denied("password_wrong")
    await store.save_credential(session, replace(credential, password_hash=fresh_hash), now=now)
    await sessions.attempt_succeeded(session, attempt_id=made.id)
    ended = await sessions.end_all(session, staff_id=staff.staff_id, now=now, but=staff.session_id)
    await desk.record(session, "staff.change_password", "done", act=act, content={"sessions_ended": ended})
