"""Accounts over the API: who may do what to whom, and that every attempt leaves its entry."""

from uuid import uuid4

import httpx
import pytest

from registry.domain.staff import Role
from tests.running import Running
from tests.staffing import Colleague, hire, session_of

pytestmark = pytest.mark.anyio


class Boss:
    """Somebody in charge, signed in."""

    def __init__(self, me: Colleague, headers: dict[str, str]) -> None:
        self.me = me
        self.headers = headers

    async def do(self, step: str, to: Colleague, role: Role | None = None) -> httpx.Response:
        body = None if role is None else {"role": role}
        return await self.me.api.client.post(f"/v1/staff/{to.staff_id}:{step}", headers=self.headers, json=body)


@pytest.fixture
async def supervisor(api: Running) -> Boss:
    me = await hire(api, Role.SUPERVISOR, name="supervisor")
    return Boss(me, await session_of(me))


@pytest.fixture
async def operator(api: Running) -> Boss:
    me = await hire(api, Role.OPERATOR, name="operator")
    return Boss(me, await session_of(me))


async def entries(api: Running, kind: int) -> int:
    async with api.owner.read() as session:
        found = await (await session.connection()).exec_driver_sql(
            "SELECT count(*) FROM audit.entry WHERE type = $1 AND action NOT IN ('staff.add')", (kind,)
        )
        return int(found.scalar_one())


async def test_a_role_is_given_and_taken_away(api: Running, supervisor: Boss) -> None:
    lin = await hire(api, Role.OFFICER, name="lin.wei")
    assert (await supervisor.do("grant", lin, Role.REVIEWER)).json()["roles"] == ["officer", "reviewer"]
    assert (await supervisor.do("revoke", lin, Role.OFFICER)).json()["roles"] == ["reviewer"]
    listed = (await api.client.get("/v1/staff", headers=supervisor.headers)).json()["staff"]
    assert {one["name"]: one["roles"] for one in listed} == {"lin.wei": ["reviewer"], "supervisor": ["supervisor"]}
    assert await entries(api, 4) == 2


async def test_accounts_are_listed_by_name_in_pages(api: Running, supervisor: Boss) -> None:
    for name in ("zhao.yi", "bo.chen", "lin.wei", "aya.ito"):
        await hire(api, Role.OFFICER, name=name)
    place = {"limit": 2}
    pages = list[list[str]]()
    while place:
        page = (await api.client.get("/v1/staff", params=place, headers=supervisor.headers)).json()
        pages.append([one["name"] for one in page["staff"]])
        place = {"limit": 2, "cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert pages == [["aya.ito", "bo.chen"], ["lin.wei", "supervisor"], ["zhao.yi"]]


# A zero byte, no text, é, a line's end, no base64.
@pytest.mark.parametrize("cursor", ["AA", "_w", "w6k", "YQph", "AAAAA"])
async def test_a_place_that_no_page_gave_is_refused(api: Running, supervisor: Boss, cursor: str) -> None:
    refused = await api.client.get("/v1/staff", params={"cursor": cursor}, headers=supervisor.headers)
    assert refused.status_code == 422
    assert refused.json()["code"] == "request_invalid"
    assert cursor not in refused.json()["detail"]


@pytest.mark.parametrize(
    ("held", "role", "status", "code"),
    [
        (Role.OFFICER, Role.OPERATOR, 403, "role_not_yours_to_grant"),
        (Role.OFFICER, Role.SUPERVISOR, 403, "role_not_yours_to_grant"),
        (Role.OFFICER, Role.AUDITOR, 403, "role_not_yours_to_grant"),
        (Role.OFFICER, Role.PANEL, 409, "roles_incompatible"),
        (Role.AUDITOR, Role.OFFICER, 409, "roles_incompatible"),
        (Role.OPERATOR, Role.OFFICER, 409, "roles_incompatible"),
        (Role.OFFICER, Role.OFFICER, 409, "role_held"),
    ],
)
async def test_what_a_supervisor_may_not_give_is_refused_and_denials_are_recorded(
    api: Running, supervisor: Boss, held: Role, role: Role, status: int, code: str
) -> None:
    refused = await supervisor.do("grant", await hire(api, held), role)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await entries(api, 9) == (1 if status == 403 else 0)
    assert await entries(api, 4) == 0


@pytest.mark.parametrize("step", ["suspend", "resume", "end-sessions"])
async def test_who_cannot_give_every_role_of_an_account_does_nothing_to_it(
    api: Running, supervisor: Boss, operator: Boss, step: str
) -> None:
    auditor, officer = await hire(api, Role.AUDITOR), await hire(api, Role.OFFICER)
    assert (await supervisor.do(step, auditor)).json()["code"] == "role_not_yours_to_grant"
    assert (await operator.do(step, officer)).json()["code"] == "role_not_yours_to_grant"
    assert await entries(api, 9) == 2


@pytest.mark.parametrize("step", ["suspend", "resume", "end-sessions"])
async def test_nobody_does_anything_to_their_own_account(api: Running, operator: Boss, step: str) -> None:
    refused = await operator.do(step, operator.me)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_account")
    assert (await operator.do("grant", operator.me, Role.OPERATOR)).json()["code"] == "own_account"
    assert await entries(api, 9) == 2


async def test_a_suspended_account_is_out_at_once_and_comes_back_by_resuming(api: Running, operator: Boss) -> None:
    auditor = await hire(api, Role.AUDITOR)
    headers = await session_of(auditor)
    assert (await operator.do("suspend", auditor)).json()["status"] == "suspended"
    assert (await api.client.get("/v1/staff/me", headers=headers)).status_code == 401
    assert (await operator.do("suspend", auditor)).json()["code"] == "staff_suspended"
    assert (await operator.do("resume", auditor)).json()["status"] == "active"
    assert (await operator.do("resume", auditor)).json()["code"] == "staff_active"
    # Its sessions ended with the suspension and stay so.
    assert (await api.client.get("/v1/staff/me", headers=headers)).status_code == 401
    assert (await auditor.sign_in()).status_code == 201


async def test_sessions_of_somebody_else_are_ended(api: Running, operator: Boss) -> None:
    auditor = await hire(api, Role.AUDITOR)
    headers = [await session_of(auditor), await session_of(auditor)]
    assert (await operator.do("end-sessions", auditor)).json() == {"sessions_ended": 2}
    for one in headers:
        assert (await api.client.get("/v1/staff/me", headers=one)).status_code == 401


async def test_an_account_that_does_not_exist_is_not_found(api: Running, operator: Boss) -> None:
    answer = await api.client.post(f"/v1/staff/{uuid4()}:suspend", headers=operator.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "staff_unknown")


async def test_a_members_administrator_sees_and_moves_the_members_own_people_only(api: Running) -> None:
    alpha, beta = await api.admit("Alpha"), await api.admit("Beta")
    me = await hire(api, Role.MEMBER, Role.MEMBER_ADMIN, name="ana", member_id=alpha.member.id)
    boss = Boss(me, await session_of(me))
    bo = await hire(api, Role.MEMBER, name="bo", member_id=alpha.member.id)
    others = [await hire(api, Role.MEMBER, name="cy", member_id=beta.member.id), await hire(api, Role.OFFICER)]
    listed = (await api.client.get("/v1/staff", headers=boss.headers)).json()["staff"]
    assert [(one["name"], one["member_id"]) for one in listed] == [(n, str(alpha.member.id)) for n in ("ana", "bo")]
    assert (await boss.do("grant", bo, Role.MEMBER_ADMIN)).json()["roles"] == ["member", "member_admin"]
    assert (await boss.do("suspend", bo)).status_code == 200
    for other in others:
        assert (await boss.do("suspend", other)).json()["code"] == "role_not_yours_to_grant"
        assert (await boss.do("grant", other, Role.MEMBER)).json()["code"] == "role_not_yours_to_grant"
    assert await entries(api, 9) == 4


async def test_an_operator_gives_a_members_role_to_nobody_who_works_for_no_member(api: Running, operator: Boss) -> None:
    alpha = await api.admit()
    auditor = await hire(api, Role.AUDITOR)
    person = await hire(api, Role.MEMBER, member_id=alpha.member.id)
    assert (await operator.do("grant", auditor, Role.MEMBER)).json()["code"] == "roles_incompatible"
    assert (await operator.do("grant", person, Role.AUDITOR)).json()["code"] == "roles_incompatible"
    assert (await operator.do("grant", person, Role.MEMBER_ADMIN)).status_code == 200
    mine = (await api.client.get("/v1/staff/me", headers=await session_of(person))).json()
    assert (mine["member_id"], mine["roles"]) == (str(alpha.member.id), ["member", "member_admin"])
