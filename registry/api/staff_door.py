"""The staff's door: the steps of signing in and of changing a password that need more than one transaction.

Hashing takes long, so no transaction is open meanwhile; and a refusal is kept, which one transaction could not do.
"""

from typing import TYPE_CHECKING

from pydantic import SecretStr

from registry.api.edge import Edge
from registry.clock import real_time
from registry.domain.events import Act
from registry.domain.staff import check_fresh
from registry.errors import Denied, QuotaExceeded, Unauthenticated
from registry.services import staff as use_cases
from registry.services.staff import Answer, Attempt, Opened, Presented, Trip
from registry.services.staff.passwords import check_choice
from registry.services.staff.sessions import Recognised
from registry.store.factors import Identity
from registry.store.staff import Credential

if TYPE_CHECKING:
    from registry.api.provider import Provider


async def enter(edge: Edge, name: str, password: SecretStr, code: str, *, act: Act) -> Opened:
    """Open a session.

    Errors: QuotaExceeded `sign_in_limited`; Unauthenticated `staff_sign_in_refused`, whatever was wrong.
    """
    attempt = await _count(edge, name, "staff.sign_in", act)
    match = await edge.staff.passwords.check(attempt.password_hash, password.get_secret_value())
    async with edge.database.write() as session:
        opened = await use_cases.open_session(session, attempt, match, code, act=act, now=real_time(), desk=edge.staff)
    if opened is None:
        edge.failures.count(act.address)
        raise Unauthenticated("staff_sign_in_refused")
    return opened


async def change_password(edge: Edge, who: Recognised, present: SecretStr, chosen: SecretStr, *, act: Act) -> None:
    """Replace one's own password; whoever found an open session may guess the present one as slowly as at the door.

    Errors: Denied `password_wrong`; Conflict `password_weak`; QuotaExceeded `sign_in_limited`.
    """
    check_choice(chosen.get_secret_value(), name=who.name)
    attempt = await _count(edge, who.name, "staff.change_password", act)
    match = await edge.staff.passwords.check(attempt.password_hash, present.get_secret_value())
    if not match.fits:
        edge.failures.count(act.address)
        async with edge.database.write() as session:
            await edge.staff.record(session, "staff.change_password", "refused", act=act, content={})
        raise Denied("password_wrong")
    fresh = await edge.staff.passwords.hash(chosen.get_secret_value())
    async with edge.database.write() as session:
        await use_cases.change_password(session, who.staff, attempt, fresh, act=act, now=real_time(), desk=edge.staff)


async def enter_with(edge: Edge, answer: Answer, *, act: Act) -> Opened:
    """Open a session with a passkey. A good one is never made to wait, however often others have failed from there.

    Errors: Unauthenticated `passkey_refused`; QuotaExceeded `sign_in_limited`.
    """
    async with edge.database.write() as session:
        opened = await use_cases.sign_in_with(session, answer, act=act, now=real_time(), desk=edge.staff)
        if opened is None:
            # Raised in here it takes the trace back as well, with which somebody could fill the log.
            edge.failures.check(act.address)
    if opened is None:
        edge.failures.count(act.address)
        raise Unauthenticated("passkey_refused")
    return opened


async def enter_by(edge: Edge, provider: "Provider", code: str, trip: Trip, *, act: Act) -> Opened:
    """Open a session for whoever the provider says has come back.

    Errors: Unauthenticated `provider_refused`; QuotaExceeded `sign_in_limited`; Unavailable `provider_away`.
    """
    edge.failures.check(act.address)
    try:
        subject = await provider.subject(code, trip, now=real_time())
    except Unauthenticated:
        edge.failures.count(act.address)
        async with edge.database.write() as session:
            await use_cases.refuse_sign_in(session, "provider", act=act, desk=edge.staff)
        raise
    now = real_time()
    who = Identity(provider.issuer, subject, now)
    async with edge.database.write() as session:
        opened = await use_cases.sign_in_as(session, who, trip, act=act, now=now, desk=edge.staff)
    if opened is None:
        edge.failures.count(act.address)
        raise Unauthenticated("provider_refused")
    return opened


async def bind(edge: Edge, provider: "Provider", code: str, trip: Trip, who: Recognised, *, act: Act) -> None:
    """Let one's own account be signed in to as whoever the provider says has come back.

    Errors: Denied `sign_in_not_fresh`; Unauthenticated `provider_refused`; Conflict `identity_taken`; Unavailable
    `provider_away`.
    """
    check_fresh(who.opened_at, now=real_time())
    subject = await provider.subject(code, trip, now=real_time())
    identity = Identity(provider.issuer, subject, real_time())
    async with edge.database.write() as session:
        await use_cases.bind(session, who, identity, trip, act=act, now=real_time(), desk=edge.staff)


async def accept_with(edge: Edge, presented: Presented, answer: Answer, name: str, *, act: Act) -> Opened:
    """Take up an invitation with a passkey.

    Errors: NotFound `invitation_unknown`; Denied `passkey_not_added`, `invitation_refused`; QuotaExceeded
    `sign_in_limited`.
    """
    edge.failures.check(act.address)
    async with edge.database.write() as session:
        opened = await use_cases.accept_with(
            session, presented, answer, name, act=act, now=real_time(), desk=edge.staff
        )
    if opened is None:
        edge.failures.count(act.address)
        raise Denied("invitation_refused")
    return opened


async def choose(edge: Edge, who: Recognised, password: SecretStr, sealed_totp: bytes, code: str, *, act: Act) -> None:
    """Choose a password and an authenticator app afresh.

    Errors: Denied `sign_in_not_fresh`, `code_wrong`; Conflict `password_weak`.
    """
    check_fresh(who.opened_at, now=real_time())
    check_choice(password.get_secret_value(), name=who.name)
    hashed = await edge.staff.passwords.hash(password.get_secret_value())
    chosen = Credential(who.staff.staff_id, hashed, sealed_totp, 0)
    async with edge.database.write() as session:
        await use_cases.choose(session, who, chosen, code, act=act, now=real_time(), desk=edge.staff)


async def accept(edge: Edge, presented: Presented, password: SecretStr, code: str, *, act: Act) -> Opened:
    """Take up an invitation with a password of one's own choice.

    Errors: NotFound `invitation_unknown`; Conflict `password_weak`; Denied `invitation_refused`; QuotaExceeded
    `sign_in_limited`.
    """
    edge.failures.check(act.address)
    async with edge.database.read() as reading:
        invited = await use_cases.peek(reading, presented.secret, now=real_time(), desk=edge.staff)
    check_choice(password.get_secret_value(), name=invited.account.name)
    hashed = await edge.staff.passwords.hash(password.get_secret_value())
    async with edge.database.write() as session:
        opened = await use_cases.accept(session, presented, hashed, code, act=act, now=real_time(), desk=edge.staff)
    if opened is None:
        edge.failures.count(act.address)
        raise Denied("invitation_refused")
    return opened


async def _count(edge: Edge, name: str, action: str, act: Act) -> Attempt:
    edge.failures.check(act.address)
    async with edge.database.write() as session:
        attempt = await use_cases.attempt(session, name, action, act=act, now=real_time(), desk=edge.staff)
    if attempt.wait:
        edge.failures.count(act.address)
        raise QuotaExceeded("sign_in_limited", facts={"retry_after": attempt.wait})
    return attempt
