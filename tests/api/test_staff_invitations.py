"""Invitations and recovery over the API: what its callers get, and that no link or countersign is kept anywhere."""

from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest

from registry.clock import real_time
from registry.domain.recoveries import RECOVERY_LIFE
from registry.domain.staff import Role
from tests.running import Running
from tests.staffing import hire, invite, make_staff, session_of

pytestmark = pytest.mark.anyio
PASSWORD = "a quiet long sentence"


def secret_of(link: str) -> str:
    return link.rpartition("/")[2]


async def taken_up(api: Running, link: str, **changes: str) -> httpx.Response:
    """Open a link and take it up as its owner does."""
    secret = {"secret": secret_of(link)}
    shown = (await api.client.post("/v1/staff/invitations:show", json=secret)).json()
    totp = pyotp.parse_uri(shown["otpauth"])
    assert isinstance(totp, pyotp.TOTP)
    chosen = {"password": PASSWORD, "code": totp.at(real_time())} | changes
    return await api.client.post("/v1/staff/invitations:accept", json=secret | chosen)


async def test_a_link_is_shown_taken_up_and_over(api: Running) -> None:
    boss = await make_staff(api, Role.SUPERVISOR)
    wish = {"name": "lin.wei", "roles": ["officer", "reviewer"]}
    made = await api.client.post("/v1/staff/invitations", headers=boss, json=wish)
    assert made.status_code == 201, made.text
    assert made.json()["account"]["roles"] == ["officer", "reviewer"]
    again = await api.client.post(f"/v1/staff/{made.json()['account']['staff_id']}:invite", headers=boss)
    assert (await taken(api, made.json()["link"])) == "invitation_unknown"
    link = again.json()["link"]
    opened = await taken_up(api, link)
    assert opened.status_code == 201, opened.text
    mine = {"Authorization": f"Bearer {opened.json()['bearer']}"}
    assert (await api.client.get("/v1/staff/me", headers=mine)).json()["name"] == "lin.wei"
    assert await taken(api, link) == "invitation_unknown"
    late = await api.client.post(f"/v1/staff/{made.json()['account']['staff_id']}:invite", headers=boss)
    assert (late.status_code, late.json()["code"]) == (409, "staff_enrolled")
    async with api.owner.read() as session:
        rows = await session.connection()
        dump = [(await rows.exec_driver_sql(f"SELECT * FROM {one}")).all() for one in ("invitation", "audit.entry")]  # noqa: S608 - our own names
    assert secret_of(link) not in f"{dump}{api.log.getvalue()}"


async def taken(api: Running, link: str) -> str:
    answer = await api.client.post("/v1/staff/invitations:show", json={"secret": secret_of(link)})
    return str(answer.json().get("code", "open"))


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"roles": ["auditor"]}, 403, "role_not_yours_to_grant"),
        ({"roles": ["officer", "panel"]}, 409, "roles_incompatible"),
        ({"roles": ["officer"], "member_id": "01937d5e-8c00-7a10-8000-0000000000d1"}, 409, "roles_incompatible"),
        ({"roles": ["officer"], "name": "boss"}, 409, "staff_exists"),
        ({"roles": []}, 422, "request_invalid"),
    ],
)
async def test_nobody_is_invited_to_what_the_inviter_may_not_give(
    api: Running, wish: dict[str, Any], status: int, code: str
) -> None:
    boss = await session_of(await hire(api, Role.SUPERVISOR, name="boss"))
    answer = await api.client.post("/v1/staff/invitations", headers=boss, json={"name": "lin.wei"} | wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_invitation_lapses_and_ends_with_a_suspension(api: Running) -> None:
    late, gone = await invite(api, Role.AUDITOR), await invite(api, Role.AUDITOR)
    operator = await make_staff(api, Role.OPERATOR)
    assert await taken(api, late.link) == await taken(api, gone.link) == "open"
    async with api.owner.write() as session:
        moved = f"UPDATE invitation SET expires_at = now() WHERE staff_id = '{late.account.id}'"  # noqa: S608 - our own id
        await (await session.connection()).exec_driver_sql(moved)
    await api.client.post(f"/v1/staff/{gone.account.id}:suspend", headers=operator)
    assert await taken(api, late.link) == await taken(api, gone.link) == "invitation_unknown"


async def test_a_recovery_is_asked_for_listed_approved_and_needs_both_halves(api: Running) -> None:
    lin = await hire(api, Role.AUDITOR, name="lin.wei")
    first, second = await make_staff(api, Role.OPERATOR), await make_staff(api, Role.SUPERVISOR)
    asked = (await api.client.post(f"/v1/staff/{lin.staff_id}:recover", headers=first)).json()
    (waiting,) = (await api.client.get("/v1/staff/recoveries", headers=second)).json()["recoveries"]
    assert (waiting["recovery_id"], waiting["staff_id"]) == (asked["recovery_id"], str(lin.staff_id))
    approve = f"/v1/staff/recoveries/{asked['recovery_id']}:approve"
    assert (await api.client.post(approve, headers=first)).json()["code"] == "same_person"
    link = (await api.client.post(approve, headers=second)).json()["link"]
    assert (await api.client.post(approve, headers=second)).json()["code"] == "recovery_step_refused"
    assert (await lin.sign_in()).status_code == 401
    # Or whoever asked would hold both halves.
    another = await api.client.post(f"/v1/staff/{lin.staff_id}:invite", headers=first)
    assert (another.status_code, another.json()["code"]) == (409, "recovery_step_refused")
    alone = await taken_up(api, link)
    assert (alone.status_code, alone.json()["code"]) == (403, "invitation_refused")
    assert (await taken_up(api, link, countersign=asked["countersign"])).status_code == 201
    lin.password = PASSWORD
    assert asked["countersign"] not in api.log.getvalue()


async def test_a_recovery_is_stopped_or_lapses_and_can_be_asked_for_again(api: Running) -> None:
    lin = await hire(api, Role.OFFICER)
    boss, operator = await make_staff(api, Role.SUPERVISOR), await make_staff(api, Role.OPERATOR)
    ask = f"/v1/staff/{lin.staff_id}:recover"
    assert (await api.client.post(ask, headers=operator)).json()["code"] == "role_not_yours_to_grant"
    first = (await api.client.post(ask, headers=boss)).json()["recovery_id"]
    assert (await api.client.post(ask, headers=boss)).json()["code"] == "recovery_open"
    stop = f"/v1/staff/recoveries/{first}:refuse"
    assert (await api.client.post(stop, headers=await make_staff(api, Role.PANEL))).status_code == 403
    assert (await api.client.post(stop, headers=await session_of(lin))).status_code == 204
    second = (await api.client.post(ask, headers=boss)).json()["recovery_id"]
    async with api.owner.write() as session:
        seconds = (RECOVERY_LIFE + timedelta(seconds=1)).total_seconds()
        moved = f"UPDATE recovery SET asked_at = asked_at - interval '{seconds} s' WHERE state = 'asked'"  # noqa: S608 - our own
        await (await session.connection()).exec_driver_sql(moved)
    late = await api.client.post(f"/v1/staff/recoveries/{second}:approve", headers=operator)
    assert (late.status_code, late.json()["code"]) == (409, "recovery_step_refused")
    assert (await api.client.get("/v1/staff/recoveries", headers=operator)).json() == {"recoveries": []}
    assert (await api.client.post(ask, headers=boss)).status_code == 201


async def test_an_operator_chooses_nobody_of_a_member_that_has_somebody_in_charge(api: Running) -> None:
    alpha, boss = await api.admit("Alpha"), await make_staff(api, Role.OPERATOR)
    me = {"name": "sock.puppet", "roles": ["member"], "member_id": str(alpha.member.id)}
    waiting = await invite(api, Role.MEMBER, member_id=alpha.member.id)
    bo = await hire(api, Role.MEMBER, name="bo", member_id=alpha.member.id)
    await hire(api, Role.MEMBER_ADMIN, name="ana", member_id=alpha.member.id)
    answers = [
        await api.client.post("/v1/staff/invitations", headers=boss, json=me),
        await api.client.post(f"/v1/staff/{waiting.account.id}:invite", headers=boss),
        await api.client.post(f"/v1/staff/{bo.staff_id}:grant", headers=boss, json={"role": "member_admin"}),
        await api.client.post(f"/v1/staff/{bo.staff_id}:revoke", headers=boss, json={"role": "member"}),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "role_not_yours_to_grant")}
    assert (await api.client.post(f"/v1/staff/{bo.staff_id}:suspend", headers=boss)).status_code == 200


async def test_no_operator_makes_the_second_one_whom_some_steps_need(api: Running) -> None:
    boss, other = await make_staff(api, Role.OPERATOR), await hire(api)
    waiting = await invite(api, Role.OPERATOR)
    answers = [
        await api.client.post("/v1/staff/invitations", headers=boss, json={"name": "sock", "roles": ["operator"]}),
        await api.client.post(f"/v1/staff/{waiting.account.id}:invite", headers=boss),
        await api.client.post(f"/v1/staff/{other.staff_id}:grant", headers=boss, json={"role": "operator"}),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "role_not_yours_to_grant")}
    assert (await api.client.post(f"/v1/staff/{waiting.account.id}:suspend", headers=boss)).status_code == 200
