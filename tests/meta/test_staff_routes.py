"""Each role at each route of the staff: let in, or refused with a trace; by trying."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.api.staff_access import ANY
from registry.domain.staff import Role, Staff
from tests.databases import ScratchDatabase
from tests.meta.test_routes import GUARDED, ROUTES, guard_of, path_of
from tests.running import Running, running
from tests.staffing import make_staff

STAFF = [name for name in GUARDED if guard_of(name) is Staff]


def roles_of(name: str) -> frozenset[Role]:
    """Return the roles that a route lets in."""
    said = set(ROUTES[name].dependant.dependencies[0].own_oauth_scopes or ())
    return frozenset(Role) if said == {ANY} else frozenset(Role(role) for role in said)


@pytest.fixture
async def shared(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


def test_no_route_of_the_staff_is_for_nobody() -> None:
    assert STAFF
    assert all(roles_of(name) for name in STAFF)


def test_an_operator_reaches_no_route_about_records() -> None:
    for name in STAFF:
        if Role.OPERATOR in roles_of(name) and roles_of(name) != frozenset(Role):
            about = ROUTES[name].path.split("/")[2].partition(":")[0]
            assert about in {"members", "staff", "health"}, f"{name}: an operator sees no record"


@pytest.mark.anyio
@pytest.mark.parametrize("role", Role)
async def test_each_role_passes_where_it_may_and_nowhere_else(shared: Running, role: Role) -> None:
    headers, refused = await make_staff(shared, role), 0
    for name in STAFF:
        if name == "DELETE /v1/staff/sessions/current":
            continue
        answer = await shared.client.request(*path_of(name), headers=headers, json={})
        if role in roles_of(name):
            assert answer.status_code not in {401, 500}, (name, answer.text)
            assert answer.json().get("code") != "role_missing", name
        else:
            refused += 1
            assert (answer.status_code, answer.json()["code"]) == (403, "role_missing"), (name, answer.text)
            assert answer.json()["facts"] == {"roles": " ".join(sorted(roles_of(name)))}
    assert await denials(shared) == refused


@pytest.mark.anyio
async def test_a_members_token_opens_no_route_of_the_staff_nor_the_other_way_round(shared: Running) -> None:
    member = await (await shared.admit()).headers()
    for name in STAFF:
        answer = await shared.client.request(*path_of(name), headers=member, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "staff_session_invalid"), name
    answer = await shared.client.get("/v1/whoami", headers=await make_staff(shared, Role.AUDITOR))
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_invalid")


async def denials(api: Running) -> int:
    async with api.owner.read() as session:
        found = await (await session.connection()).exec_driver_sql("SELECT count(*) FROM audit.entry WHERE type = 9")
        return int(found.scalar_one())
