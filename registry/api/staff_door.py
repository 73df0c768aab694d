"""The staff's door: the steps of signing in and of changing a password that need more than one transaction.

Hashing takes long, so no transaction is open meanwhile; and a refusal is kept, which one transaction could not do.
"""

from pydantic import SecretStr

from registry.api.edge import Edge
from registry.clock import real_time
from registry.domain.events import Act
from registry.domain.staff import Staff
from registry.errors import Denied, QuotaExceeded, Unauthenticated
from registry.services import staff as use_cases
from registry.services.staff import Opened
from registry.services.staff.passwords import check_choice
from registry.store import staff as store


async def enter(edge: Edge, name: str, password: SecretStr, code: str, *, act: Act) -> Opened:
    """Open a session.

    Errors: QuotaExceeded `sign_in_limited`; Unauthenticated `staff_sign_in_refused`, whatever was wrong.
    """
    edge.failures.check(act.address)
    async with edge.database.write() as session:
        attempt = await use_cases.attempt(session, name, act=act, now=real_time(), desk=edge.staff)
    if attempt.wait:
        edge.failures.count(act.address)
        raise QuotaExceeded("sign_in_limited", facts={"retry_after": attempt.wait})
    match = await edge.staff.passwords.check(attempt.password_hash, password.get_secret_value())
    async with edge.database.write() as session:
        opened = await use_cases.open_session(session, attempt, match, code, act=act, now=real_time(), desk=edge.staff)
    if opened is None:
        edge.failures.count(act.address)
        raise Unauthenticated("staff_sign_in_refused")
    return opened


async def change_password(edge: Edge, staff: Staff, present: SecretStr, chosen: SecretStr, *, act: Act) -> None:
    """Replace one's own password.

    Errors: Denied `password_wrong`; Conflict `password_weak`; QuotaExceeded `sign_in_limited`.
    """
    edge.failures.check(act.address)
    async with edge.database.read() as reading:
        account = await store.get(reading, staff_id=staff.staff_id)
        credential = await store.find_credential(reading, staff_id=staff.staff_id)
    if credential is None:
        raise Denied("password_wrong")
    check_choice(chosen.get_secret_value(), name=account.name)
    match = await edge.staff.passwords.check(credential.password_hash, present.get_secret_value())
    if not match.fits:
        edge.failures.count(act.address)
        async with edge.database.write() as session:
            await edge.staff.record(session, "staff.change_password", "refused", act=act, content={})
        raise Denied("password_wrong")
    fresh = await edge.staff.passwords.hash(chosen.get_secret_value())
    async with edge.database.write() as session:
        await use_cases.change_password(
            session, staff, credential.password_hash, fresh, act=act, now=real_time(), desk=edge.staff
        )
