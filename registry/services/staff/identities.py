"""Signing in by a provider (OpenID Connect): a subject there is bound to an account here by its owner, never made one.

What else the provider says, of roles or names, does not matter here. Whether a subject is who it says it is was
checked at the edge.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from registry.domain.events import Act
from registry.domain.staff import check_fresh
from registry.errors import Conflict, Unauthenticated
from registry.services.staff import tickets
from registry.services.staff.desk import Desk
from registry.services.staff.sessions import Recognised
from registry.services.staff.sign_in import Opened, let_in, refuse
from registry.store import factors as store
from registry.store import staff as accounts
from registry.store.database import WriteSession
from registry.store.factors import Identity
from registry.store.staff import ACTIVE

_WAY = "provider"
_PURPOSES = frozenset({"sign-in", "bind"})


@dataclass(frozen=True, slots=True)
class Trip:
    """One way to the provider and back: what is told it, what comes back in its id_token, and what proves us (PKCE).

    Args:
        purpose: `sign-in`, or `bind` for one's own account.
        mark: names the trip, which is made once.
    """

    purpose: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    mark: bytes = field(repr=False)


def set_out(purpose: str, sitting: str, *, now: datetime, desk: Desk) -> Trip:
    """Begin a trip from this browser."""
    return _trip(purpose, tickets.new(now, desk), sitting, desk)


def come_back(state: str, sitting: str, *, now: datetime, desk: Desk) -> Trip:
    """Find the trip that this browser set out on. Unauthenticated `provider_refused` if it did not, or long ago."""
    purpose, _, rest = state.partition(".")
    ticket = rest.partition(".")[0]
    trip = _trip(purpose, ticket, sitting, desk)
    known = purpose in _PURPOSES and hmac.compare_digest(trip.state.encode(), state.encode("utf-8", "surrogatepass"))
    if not sitting or not known or not tickets.is_good(ticket, now=now):
        raise Unauthenticated("provider_refused")
    return trip


def _trip(purpose: str, ticket: str, sitting: str, desk: Desk) -> Trip:
    mark, nonce, verifier = (
        tickets.derive(f"oidc-{what}", ticket, f"{sitting}\0{purpose}", desk) for what in ("state", "nonce", "verifier")
    )
    return Trip(purpose, f"{purpose}.{ticket}.{mark.hex()}", nonce.hex(), verifier.hex(), mark)


async def sign_in_as(
    session: WriteSession, who: Identity, trip: Trip, *, act: Act, now: datetime, desk: Desk
) -> Opened | None:
    """Open a session for whoever is this subject; None, with a trace, if that is nobody here."""
    staff_id = await store.find_identified(session, issuer=who.issuer, subject=who.subject)
    account = await accounts.get(session, staff_id=staff_id) if staff_id else None
    if account is None or account.status != ACTIVE or not await tickets.use_up(session, trip.mark, now=now):
        await refuse(session, _WAY, act=act, desk=desk)
        return None
    return await let_in(session, account, _WAY, act=act, now=now, desk=desk)


async def bind(
    session: WriteSession, who: Recognised, identity: Identity, trip: Trip, *, act: Act, now: datetime, desk: Desk
) -> None:
    """Let one's own account be signed in to as a subject of the provider.

    Errors: Denied `sign_in_not_fresh`; Unauthenticated `provider_refused`; Conflict `identity_taken`, if it is
    somebody else's.
    """
    check_fresh(who.opened_at, now=now)
    if not await tickets.use_up(session, trip.mark, now=now):
        raise Unauthenticated("provider_refused")
    bound = await store.find_identified(session, issuer=identity.issuer, subject=identity.subject)
    if bound not in {None, who.staff.staff_id}:
        raise Conflict("identity_taken")
    await store.put_identity(session, who.staff.staff_id, identity)
    await desk.record(session, "staff.bind_identity", "done", act=act, content={"issuer": identity.issuer})


async def unbind(session: WriteSession, who: Recognised, *, act: Act, now: datetime, desk: Desk) -> None:
    """End that one's own account can be signed in to by the provider. Denied as of `bind`; Conflict `last_way_in`."""
    check_fresh(who.opened_at, now=now)
    await accounts.lock(session, staff_id=who.staff.staff_id)
    if await store.delete_identity(session, staff_id=who.staff.staff_id):
        if not await store.count(session, staff_id=who.staff.staff_id):
            raise Conflict("last_way_in")
        await desk.record(session, "staff.unbind_identity", "done", act=act, content={})
