"""Admission of members over HTTP: one operator proposes, another one decides, and the log has both."""

from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.domain.staff import Role
from registry.store import members
from registry_formats import jwk
from tests.databases import ScratchDatabase
from tests.running import Platform, Running
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
HOME = "/v1/members/admissions"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")
PUBLIC = jwk.export(KEY.public_key())


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def wish(**changes: object) -> dict[str, Any]:
    return {"name": "Gamma", "group": "Gamma group", "claims_per_day": 2000, "jwk": PUBLIC} | changes


async def actions(api: Running) -> list[str]:
    """Return what was done to members, and what was denied, in order."""
    async with api.owner.read() as session:
        rows = await session.connection()
        asked = "SELECT action FROM audit.entry WHERE type IN (4, 9) ORDER BY id"
        found = [row[0] for row in await rows.exec_driver_sql(asked)]
    return [one for one in found if one.startswith(("member.", "access."))]


async def test_a_member_is_let_in_by_two_operators_and_signs_in(api: Running) -> None:
    maker, checker = await make_staff(api, Role.OPERATOR), await make_staff(api, Role.OPERATOR)
    answer = await api.client.post(HOME, json=wish(), headers=maker)
    assert answer.status_code == 201, answer.text
    proposed = answer.json()
    assert (proposed["state"], proposed["key_id"], proposed["member_id"]) == ("proposed", PUBLIC["kid"], None)
    waiting = (await api.client.get(HOME, headers=checker)).json()["admissions"]
    assert [one["admission_id"] for one in waiting] == [proposed["admission_id"]]
    place = f"{HOME}/{proposed['admission_id']}"
    assert code(await api.client.post(f"{place}:approve", headers=maker)) == (403, "same_person")
    done = await api.client.post(f"{place}:approve", headers=checker)
    assert (done.status_code, done.json()["state"]) == (200, "approved"), done.text
    async with api.owner.read() as session:
        found = await members.find_named(session, name="Gamma")
    assert found is not None
    assert str(found.id) == done.json()["member_id"]
    assert (await Platform(found, KEY, api.client).headers())["Authorization"]
    for step in ("approve", "refuse"):
        assert code(await api.client.post(f"{place}:{step}", headers=checker)) == (409, "admission_step_refused")
    assert (await api.client.get(HOME, headers=maker)).json() == {"admissions": []}
    assert await actions(api) == ["member.propose", "access.denied", "member.add"]


async def test_a_proposal_can_be_refused_and_taken_back_and_nothing_else_is_proposed(api: Running) -> None:
    maker, checker = await make_staff(api, Role.OPERATOR), await make_staff(api, Role.OPERATOR)
    for by in (maker, checker):
        made = (await api.client.post(HOME, json=wish(), headers=maker)).json()
        over = await api.client.post(f"{HOME}/{made['admission_id']}:refuse", headers=by)
        assert (over.status_code, over.json()["state"]) == (200, "refused")
    await api.admit("Alpha", key=KEY)
    for wrong, refusal in (
        (wish(), (409, "member_key_exists")),
        (wish(name="Alpha"), (409, "member_exists")),
        (wish(policy="zz"), (404, "policy_unknown")),
        (wish(jwk={"kty": "EC", "crv": "Ed25519", "x": PUBLIC["x"]}), (422, "member_key_refused")),
        (wish(jwk=PUBLIC | {"d": PUBLIC["x"]}), (422, "request_invalid")),
        (wish(name="13800138000"), (422, "raw_identifier_refused")),
        (wish(claims_per_day=0), (422, "request_invalid")),
    ):
        assert code(await api.client.post(HOME, json=wrong, headers=maker)) == refusal, wrong
    nobody = f"{HOME}/01937d5e-8c00-7a10-8000-0000000000a1"
    assert code(await api.client.post(f"{nobody}:approve", headers=checker)) == (404, "admission_unknown")


async def test_of_two_proposals_of_one_name_one_is_admitted(api: Running) -> None:
    maker, checker = await make_staff(api, Role.OPERATOR), await make_staff(api, Role.OPERATOR)
    one = (await api.client.post(HOME, json=wish(), headers=maker)).json()
    two = (await api.client.post(HOME, json=wish(), headers=maker)).json()
    assert (await api.client.post(f"{HOME}/{one['admission_id']}:approve", headers=checker)).status_code == 200
    late = await api.client.post(f"{HOME}/{two['admission_id']}:approve", headers=checker)
    assert code(late) == (409, "member_exists")


async def test_the_database_too_refuses_one_person_and_a_changed_proposal(
    api: Running, database: ScratchDatabase
) -> None:
    maker = await make_staff(api, Role.OPERATOR)
    made = (await api.client.post(HOME, json=wish(), headers=maker)).json()
    member = (await api.admit("Alpha")).member.id
    login = await asyncpg.connect(database.dsn("registry_api"))
    approve = (
        "UPDATE admission SET state = 'approved', decided_by = {}, decided_at = now(), member_id = $1 WHERE id = $2"
    )
    try:
        for by in ("proposed_by", "NULL"):
            with pytest.raises(asyncpg.CheckViolationError):
                await login.execute(approve.format(by), member, made["admission_id"])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute("UPDATE admission SET jwk = '{}'")
    finally:
        await login.close()
