"""Passkeys against an authenticator in software: made, used, refused in every way, taken away."""

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.clock import real_time
from registry.domain.staff import FRESH, Role, Staff
from registry.errors import RegistryError
from registry.services import staff
from registry.services.staff import Answer, Desk, Opened, StaffKeys, tickets
from registry.services.staff.sessions import Recognised
from registry.store import factors
from tests.authenticating import Authenticator
from tests.databases import ScratchDatabase
from tests.running import Running, running
from tests.staffing import Colleague, desk_of, hire

pytestmark = pytest.mark.anyio
SITTING = "the secret of this browser"


@dataclass
class Desktop:
    """Somebody before their own browser, with a passkey."""

    api: Running
    owner: Colleague
    authenticator: Authenticator
    sitting: str = SITTING
    at: datetime = field(default_factory=real_time)

    @property
    def who(self) -> Recognised:
        me = Staff(self.owner.staff_id, frozenset({Role.OFFICER}), self.owner.staff_id)
        return Recognised(me, self.owner.name, self.at)

    async def add(self, name: str = "laptop", *, who: Recognised | None = None, sitting: str = "") -> None:
        desk = desk_of(self.api)
        async with self.api.owner.write() as session:
            asked = await staff.begin_adding(
                session, self.owner.staff_id, self.owner.name, self.sitting, now=self.at, desk=desk
            )
            assert asked is not None
            answer = Answer(asked.ticket, sitting or self.sitting, self.authenticator.make(asked.options))
            await staff.add_passkey(
                session, who or self.who, answer, name, act=self.api.act(), now=real_time(), desk=desk
            )

    def answer(self) -> Answer:
        asked = staff.begin_sign_in(self.sitting, now=self.at, desk=desk_of(self.api))
        assert asked is not None
        return Answer(asked.ticket, self.sitting, self.authenticator.answer(asked.options))

    async def sign_in(self, answer: Answer | None = None) -> Opened | None:
        async with self.api.owner.write() as session:
            return await staff.sign_in_with(
                session, answer or self.answer(), act=self.api.act(), now=real_time(), desk=desk_of(self.api)
            )


@pytest.fixture
async def desktop(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Desktop]:
    async with running(database, tmp_path) as api:
        owner = await hire(api, Role.OFFICER, name="lin.wei")
        yield Desktop(api, owner, Authenticator("http://registry.test", "registry.test"))


async def outcomes(api: Running) -> list[str]:
    async with api.owner.read() as session:
        rows = await session.connection()
        found = await rows.exec_driver_sql(
            "SELECT action || ' ' || outcome FROM audit.entry WHERE type = 13 ORDER BY id"
        )
        return [row[0] for row in found]


async def test_a_passkey_is_added_and_signs_its_owner_in(desktop: Desktop) -> None:
    await desktop.add()
    opened = await desktop.sign_in()
    assert opened is not None
    assert opened.name == "lin.wei"
    headers = {"Authorization": f"Bearer {opened.bearer}"}
    assert (await desktop.api.client.get("/v1/staff/me", headers=headers)).status_code == 200
    assert await outcomes(desktop.api) == ["staff.add_passkey done", "staff.sign_in signed_in"]
    assert desktop.authenticator.user == desktop.owner.staff_id.bytes


def other_page(desktop: Desktop) -> Answer:
    desktop.authenticator.origin = "https://registry.test.example"
    return desktop.answer()


def no_finger(desktop: Desktop) -> Answer:
    desktop.authenticator.verifies = False
    return desktop.answer()


def other_site(desktop: Desktop) -> Answer:
    desktop.authenticator.rp_id = "example"
    return desktop.answer()


def copied(desktop: Desktop) -> Answer:
    desktop.authenticator.count = 0
    return desktop.answer()


def other_user(desktop: Desktop) -> Answer:
    desktop.authenticator.user = bytes(16)
    return desktop.answer()


def other_passkey(desktop: Desktop) -> Answer:
    desktop.authenticator.credential_id = bytes(32)
    return desktop.answer()


def other_key(desktop: Desktop) -> Answer:
    desktop.authenticator.key = Authenticator("", "").key
    return desktop.answer()


def other_browser(desktop: Desktop) -> Answer:
    return replace(desktop.answer(), sitting="another browser")


def too_late(desktop: Desktop) -> Answer:
    desktop.at -= tickets.LIFE
    return desktop.answer()


def ahead(desktop: Desktop) -> Answer:
    desktop.at += timedelta(minutes=1)
    return desktop.answer()


def made_up(desktop: Desktop) -> Answer:
    return replace(desktop.answer(), ticket="soon")


def gibberish(desktop: Desktop) -> Answer:
    return replace(desktop.answer(), credential="{}")


WRONG = (
    *(other_page, no_finger, other_site, copied, other_user, other_passkey, other_key),
    *(other_browser, too_late, ahead, made_up, gibberish),
)


async def test_whatever_is_wrong_with_an_answer_is_refused_with_a_trace(desktop: Desktop) -> None:
    await desktop.add()
    assert await desktop.sign_in() is not None
    untouched = replace(desktop.authenticator), desktop.at
    for spoil in WRONG:
        answer = spoil(desktop)
        assert await desktop.sign_in(answer) is None, spoil
        desktop.authenticator, desktop.at = replace(untouched[0], count=10), untouched[1]
    assert (await outcomes(desktop.api))[2:] == ["staff.sign_in refused"] * len(WRONG)
    assert await desktop.sign_in() is not None


async def test_an_answer_works_once(desktop: Desktop) -> None:
    await desktop.add()
    answer = desktop.answer()
    assert await desktop.sign_in(answer) is not None
    assert await desktop.sign_in(answer) is None


async def test_a_counter_that_never_moves_is_no_copy(desktop: Desktop) -> None:
    await desktop.add()
    for _ in range(2):
        desktop.authenticator.count = -1
        answer = desktop.answer()
        assert await desktop.sign_in(answer) is not None


@pytest.mark.parametrize(
    ("public_url", "possible"),
    [("http://127.0.0.1:8000", False), ("http://[::1]:80", False), ("http://localhost", True)],
)
async def test_where_the_registry_has_no_name_nobody_is_asked_for_a_passkey(public_url: str, possible: bool) -> None:
    nobody: Any = None
    desk = Desk("realm", nobody, secrets.token_bytes, StaffKeys(bytes(32), bytes(32)), nobody, public_url)
    assert (staff.begin_sign_in(SITTING, now=real_time(), desk=desk) is not None) is possible


async def test_a_suspended_owner_is_not_let_in(desktop: Desktop) -> None:
    await desktop.add()
    async with desktop.api.owner.write() as session:
        await staff.suspend(session, desktop.owner.staff_id, act=desktop.api.act(), desk=desk_of(desktop.api))
    assert await desktop.sign_in() is None


async def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(RegistryError) as refused:
        await attempt()  # type: ignore[misc] # a coroutine function
    return refused.value.code


async def test_a_passkey_is_made_only_by_its_owner_just_signed_in_in_this_browser_once(desktop: Desktop) -> None:
    stale = replace(desktop.who, opened_at=real_time() - FRESH)
    assert await refusal(lambda: desktop.add(who=stale)) == "sign_in_not_fresh"
    assert await refusal(lambda: desktop.add(sitting="another browser")) == "passkey_not_added"
    desktop.authenticator.verifies = False
    assert await refusal(desktop.add) == "passkey_not_added"
    desktop.authenticator.verifies = True
    await desktop.add()
    assert await refusal(desktop.add) == "passkey_not_added"  # the same one again


async def test_a_passkey_is_removed_by_its_owner_unless_nothing_else_is_left(desktop: Desktop) -> None:
    await desktop.add()
    api, desk = desktop.api, desk_of(desktop.api)

    async def remove(who: Recognised) -> None:
        async with api.owner.write() as session:
            (one,) = await factors.list_passkeys(session, staff_id=desktop.owner.staff_id)
            await staff.remove_passkey(session, who, one.id, act=api.act(), now=real_time(), desk=desk)

    stranger = replace(desktop.who, staff=replace(desktop.who.staff, staff_id=(await hire(api)).staff_id))
    assert await refusal(lambda: remove(stranger)) == "passkey_unknown"
    async with api.owner.write() as session:
        await (await session.connection()).exec_driver_sql("DELETE FROM credential")
    assert await refusal(lambda: remove(desktop.who)) == "last_way_in"
    desktop.authenticator = Authenticator("http://registry.test", "registry.test")
    await desktop.add("phone")
    async with api.owner.write() as session:
        first, _ = await factors.list_passkeys(session, staff_id=desktop.owner.staff_id)
        await staff.remove_passkey(session, desktop.who, first.id, act=api.act(), now=real_time(), desk=desk)
    assert await desktop.sign_in() is not None
