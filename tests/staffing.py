"""Members of staff, for tests of what staff may do: accounts with a session, and people who sign in themselves."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from uuid import UUID

import httpx
import pyotp
from argon2 import PasswordHasher

from registry import keys
from registry.clock import real_time
from registry.domain.staff import OF_MEMBERS, Role
from registry.keys import KeyName
from registry.services import staff
from registry.services.staff import Desk, Invitation, Newcomer, Passwords, StaffKeys
from registry.services.staff.sign_in import hash_of
from registry.store import invitations, sessions
from registry.store import staff as store
from registry.store.staff import Credential
from tests.running import ISSUER, Running


@cache
def cheap_passwords() -> Passwords:
    """Hash in a millisecond: what is tested is elsewhere."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def desk_of(api: Running, passwords: Passwords | None = None) -> Desk:
    """Work on the staff of this API as its operator does."""
    held = keys.load(api.settings.keys_path, [KeyName.RECORDS], peppers=False)
    derived = StaffKeys.derive(held[KeyName.RECORDS])
    return Desk(
        api.settings.realm,
        api.trail,
        secrets.token_bytes,
        derived,
        passwords or cheap_passwords(),
        api.settings.public_url,
    )


@dataclass(slots=True)
class Colleague:
    """A member of staff with what they sign in with."""

    api: Running
    staff_id: UUID
    name: str
    password: str
    totp: pyotp.TOTP
    steps: int = 0

    def code(self) -> str:
        """Return a code that was not used yet: of this step, then of the next one, and no more within a test."""
        self.steps += 1
        return self.totp.at(real_time() + timedelta(seconds=30 * (self.steps - 1)))

    async def sign_in(self, *, from_address: str = "192.0.2.1", **changes: str) -> httpx.Response:
        """Sign in, with what is right unless something else is given; a refusal uses no code up."""
        body = {"name": self.name, "password": self.password} | changes
        if "code" not in changes:
            body["code"] = self.code()
        usual = self.api.client._transport
        assert isinstance(usual, httpx.ASGITransport)
        transport = httpx.ASGITransport(usual.app, client=(from_address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            answer = await client.post("/v1/staff/sessions", json=body)
        if "code" not in changes and answer.status_code != HTTPStatus.CREATED:
            self.steps -= 1
        return answer


async def invite(api: Running, *roles: Role, name: str = "", member_id: UUID | None = None) -> Invitation:
    """Invite somebody who has not come yet."""
    async with api.owner.write() as session:
        chosen = name or f"staff-{secrets.token_hex(4)}"
        who = Newcomer(chosen, frozenset(roles), member_id)
        return await staff.invite(session, who, act=api.act(), now=real_time(), desk=desk_of(api))


async def hire(
    api: Running, *roles: Role, name: str = "", passwords: Passwords | None = None, member_id: UUID | None = None
) -> Colleague:
    """Add an account with a password of its own and the secret of codes; with `member_id`, of a member's person."""
    account = (await invite(api, *roles, name=name, member_id=member_id)).account
    desk, password = desk_of(api, passwords), secrets.token_urlsafe(18)
    sealed, hashed = desk.new_totp(account.id), await desk.passwords.hash(password)
    async with api.owner.write() as session:
        await store.put_credential(session, Credential(account.id, hashed, sealed, 0), now=real_time())
        await invitations.close_all(session, staff_id=account.id, now=real_time())
    totp = pyotp.parse_uri(desk.otpauth(account.id, sealed, account.name))
    assert isinstance(totp, pyotp.TOTP)
    return Colleague(api, account.id, account.name, password, totp)


async def session_of(colleague: Colleague) -> dict[str, str]:
    """Open a session without the door; return the headers of a signed-in request."""
    bearer = secrets.token_urlsafe(32)
    async with colleague.api.owner.write() as session:
        await sessions.insert_session(
            session,
            session_id=desk_of(colleague.api).new_id(real_time()),
            staff_id=colleague.staff_id,
            bearer_hash=hash_of(bearer),
            now=real_time(),
        )
    return {"Authorization": f"Bearer {bearer}"}


async def make_staff(api: Running, *roles: Role, member_id: UUID | None = None) -> dict[str, str]:
    """Hire somebody with these roles; return the headers of their requests. Who works for no known member gets one."""
    if member_id is None and OF_MEMBERS.intersection(roles):
        member_id = (await api.admit(f"Member {secrets.token_hex(4)}")).member.id
    return await session_of(await hire(api, *roles, member_id=member_id))
