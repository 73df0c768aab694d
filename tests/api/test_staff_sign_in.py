"""The staff's door: who gets in, every way to be refused, and how a guesser is slowed down."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from registry.clock import real_time
from registry.domain.sign_in_limits import MOST_BY_PAIR, MOST_BY_STRANGERS
from registry.domain.staff import SESSION_ABSOLUTE, SESSION_IDLE, Role
from registry.services import staff
from registry.store import sessions
from tests.running import Running
from tests.staffing import Colleague, desk_of, hire, session_of

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
        await (await session.connection()).exec_driver_sql(f"UPDATE session_ SET {moves}")  # noqa: S608 - our own names


async def test_a_colleague_signs_in_is_recognised_and_leaves(api: Running, lin: Colleague) -> None:
    answer = await lin.sign_in()
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert opened["roles"] == ["officer"]
    headers = {"Authorization": f"Bearer {opened['bearer']}"}
    me = await api.client.get("/v1/staff/me", headers=headers)
    assert me.json()["session_id"] == opened["session_id"]
    assert me.json()["name"] == "lin.wei"
    assert (await api.client.delete("/v1/staff/sessions/current", headers=headers)).status_code == 204
    gone = await api.client.get("/v1/staff/me", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (401, "staff_session_invalid")
    assert await outcomes(api) == ["signed_in", "done"]


@pytest.mark.parametrize("wrong", [{"name": "nobody"}, {"password": WRONG}, {"code": "000000"}])
async def test_whatever_is_wrong_the_answer_is_the_same(api: Running, lin: Colleague, wrong: dict[str, str]) -> None:
    answer = await lin.sign_in(**wrong)
    assert answer.status_code == 401
    assert answer.json()["code"] == "staff_sign_in_refused"
    assert answer.json()["facts"] == {}
    assert await outcomes(api) == ["refused"]


async def test_a_suspended_colleague_learns_no_more_than_a_stranger(api: Running, lin: Colleague) -> None:
    await change(api, lin, staff.suspend)
    assert (await lin.sign_in()).json()["code"] == "staff_sign_in_refused"
    await change(api, lin, staff.resume)
    assert (await lin.sign_in()).status_code == 201


async def test_a_code_works_once(api: Running, lin: Colleague) -> None:
    code = lin.code()
    assert (await lin.sign_in(code=code)).status_code == 201
    assert (await lin.sign_in(code=code)).status_code == 401
    assert await outcomes(api) == ["signed_in", "refused"]


async def test_a_code_works_once_even_when_sent_many_times_at_once(lin: Colleague) -> None:
    code = lin.code()
    answers = await asyncio.gather(*(lin.sign_in(code=code) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401, 401]


async def test_a_code_of_an_earlier_step_does_not_work_after_a_later_one(lin: Colleague) -> None:
    earlier, later = lin.code(), lin.code()
    assert (await lin.sign_in(code=later)).status_code == 201
    assert (await lin.sign_in(code=earlier)).status_code == 401


async def test_a_wrong_password_does_not_use_up_the_code(lin: Colleague) -> None:
    code = lin.code()
    assert (await lin.sign_in(password=WRONG, code=code)).status_code == 401
    assert (await lin.sign_in(code=code)).status_code == 201


async def test_a_new_password_ends_the_other_sessions(api: Running, lin: Colleague) -> None:
    here, elsewhere = await session_of(lin), await session_of(lin)
    chosen = {"password": lin.password, "new_password": "quite another one"}
    assert (await api.client.post("/v1/staff/me:change-password", headers=here, json=chosen)).status_code == 204
    assert (await api.client.get("/v1/staff/me", headers=here)).status_code == 200
    assert (await api.client.get("/v1/staff/me", headers=elsewhere)).status_code == 401


@pytest.mark.parametrize(
    ("present", "chosen", "status", "code"),
    [
        (WRONG, "quite another one", 403, "password_wrong"),
        ("", "short", 409, "password_weak"),
        ("", "lin.wei.lin.wei", 409, "password_weak"),
        ("", "aaaabbbbaaaabbbb", 409, "password_weak"),
        ("", "x" * 129, 409, "password_weak"),
    ],
)
async def test_a_password_is_not_changed_to_anything_by_anybody(
    api: Running, lin: Colleague, present: str, chosen: str, status: int, code: str
) -> None:
    headers, body = await session_of(lin), {"password": present or lin.password, "new_password": chosen}
    answer = await api.client.post("/v1/staff/me:change-password", headers=headers, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await lin.sign_in()).status_code == 201


async def test_a_session_ends_by_silence_and_by_age(api: Running, lin: Colleague) -> None:
    headers = await session_of(lin)
    minute = timedelta(minutes=1)
    await age(api, used_at=SESSION_IDLE - minute, created_at=SESSION_ABSOLUTE - 2 * minute)
    assert (await api.client.get("/v1/staff/me", headers=headers)).status_code == 200
    # The look renewed it: the silence starts anew, the age does not.
    await age(api, used_at=SESSION_IDLE - minute, created_at=minute)
    assert (await api.client.get("/v1/staff/me", headers=headers)).status_code == 200
    await age(api, created_at=minute)
    answer = await api.client.get("/v1/staff/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "staff_session_expired")


async def test_a_password_hashed_under_older_parameters_is_hashed_anew(api: Running, lin: Colleague) -> None:
    async def stored() -> str:
        async with api.owner.read() as session:
            connection = await session.connection()
            return str((await connection.exec_driver_sql("SELECT password_hash FROM credential")).scalar_one())

    assert "$m=8,t=1,p=1$" in await stored()
    assert (await lin.sign_in()).status_code == 201
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in await stored()
    assert (await lin.sign_in()).status_code == 201


async def test_neither_password_bearer_nor_secret_stands_anywhere(api: Running, lin: Colleague) -> None:
    bearer = (await lin.sign_in()).json()["bearer"]
    async with api.owner.read() as session:
        connection = await session.connection()
        tables = ("staff", "credential", "session_", "sign_in_attempt", "audit.entry")
        dump = [(await connection.exec_driver_sql(f"SELECT * FROM {table}")).all() for table in tables]  # noqa: S608
    for secret in (lin.password, bearer, lin.totp.secret, "192.0.2.1"):
        assert secret not in f"{dump}{api.log.getvalue()}"


async def test_a_guesser_has_to_wait_and_a_victim_elsewhere_does_not(api: Running, lin: Colleague) -> None:
    for _ in range(MOST_BY_PAIR):
        assert (await lin.sign_in(password=WRONG, code="000000")).status_code == 401
    limited = await lin.sign_in()
    assert (limited.status_code, limited.json()["code"]) == (429, "sign_in_limited")
    assert 0 < int(limited.headers["retry-after"]) <= 15 * 60
    elsewhere = await lin.sign_in(from_address="198.51.100.7")
    assert elsewhere.status_code == 201, elsewhere.text
    assert await outcomes(api) == ["refused"] * MOST_BY_PAIR + ["limited", "signed_in"]


async def test_whoever_found_an_open_session_guesses_the_password_no_faster(api: Running, lin: Colleague) -> None:
    headers, body = await session_of(lin), {"password": WRONG, "new_password": "quite another one"}
    change = "/v1/staff/me:change-password"
    for _ in range(MOST_BY_PAIR):
        assert (await api.client.post(change, headers=headers, json=body)).status_code == 403
    limited = await api.client.post(change, headers=headers, json=body | {"password": lin.password})
    assert (limited.status_code, limited.json()["code"]) == (429, "sign_in_limited")
    assert await outcomes(api) == ["refused"] * MOST_BY_PAIR + ["limited"]


async def test_many_guesses_at_once_are_no_way_round_the_limit(api: Running, lin: Colleague) -> None:
    tries = [lin.sign_in(password=WRONG, code="000000") for _ in range(MOST_BY_PAIR + 5)]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [401] * MOST_BY_PAIR + [429] * 5


async def test_guesses_from_many_places_do_not_stop_who_comes_from_a_known_one(api: Running, lin: Colleague) -> None:
    assert (await lin.sign_in(from_address="198.51.100.7")).status_code == 201
    async with api.owner.write() as session:
        desk = desk_of(api)
        for number in range(MOST_BY_STRANGERS):
            await sessions.insert_attempt(
                session,
                attempt_id=desk.new_id(real_time()),
                account=desk.blind("account", lin.name),
                address=desk.blind("address", f"203.0.113.{number}"),
                now=real_time(),
            )
    assert (await lin.sign_in(from_address="203.0.113.200")).status_code == 429
    assert (await lin.sign_in(from_address="198.51.100.7")).status_code == 201


async def test_a_suspension_and_a_revoked_role_work_at_once(api: Running) -> None:
    boss = await hire(api, Role.SUPERVISOR)
    headers = await session_of(boss)
    assert (await api.client.get("/v1/staff", headers=headers)).status_code == 200
    async with api.owner.write() as session:
        await staff.revoke(session, boss.staff_id, Role.SUPERVISOR, act=api.act(), desk=desk_of(api))
    assert (await api.client.get("/v1/staff", headers=headers)).status_code == 403
    await change(api, boss, staff.suspend)
    assert (await api.client.get("/v1/staff", headers=headers)).status_code == 401


async def change(api: Running, who: Colleague, step: Callable[..., Awaitable[object]]) -> None:
    async with api.owner.write() as session:
        await step(session, who.staff_id, act=api.act(), desk=desk_of(api))
