"""The staff's door: who gets in, every way to be refused, and how a guesser is slowed down."""

import asyncio
from datetime import timedelta

import pytest

from registry.clock import real_time
from registry.domain.sign_in_limits import MOST_BY_PAIR
from registry.domain.staff import SESSION_ABSOLUTE, SESSION_IDLE, Role
from tests.running import Running
from tests.staffing import Colleague, enrol, hire, make_staff, session_of

pytestmark = pytest.mark.anyio

WRONG = "wrong-password-1"


@pytest.fixture
async def lin(api: Running) -> Colleague:
    return await hire(api, Role.OFFICER, name="lin.wei")


async def outcomes(api: Running) -> list[str]:
    """Return the outcomes of what touched sign-in, in order."""
    async with api.owner.read() as session:
        rows = await session.connection()
        found = await rows.exec_driver_sql("SELECT outcome FROM audit.entry WHERE type = 13 ORDER BY id")
        return [row[0] for row in found]


async def age(api: Running, **columns: timedelta) -> None:
    """Move instants of all sessions into the past."""
    moves = ", ".join(f"{name} = {name} - interval '{by.total_seconds()} s'" for name, by in columns.items())
    async with api.owner.write() as session:
        await (await session.connection()).exec_driver_sql(f"UPDATE session_ SET {moves}")


async def test_a_colleague_signs_in_is_recognised_and_leaves(api: Running, lin: Colleague) -> None:
    answer = await lin.sign_in()
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert opened["roles"] == ["officer"]
    assert not opened["password_change_due"]
    headers = {"Authorization": f"Bearer {opened['bearer']}"}
    me = await api.client.get("/v1/staff/me", headers=headers)
    assert me.json()["session_id"] == opened["session_id"]
    assert me.json()["name"] == "lin.wei"
    assert (await api.client.delete("/v1/staff/sessions/current", headers=headers)).status_code == 204
    gone = await api.client.get("/v1/staff/me", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (401, "staff_session_invalid")
    assert await outcomes(api) == ["signed_in", "done"]
