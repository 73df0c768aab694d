"""Erasures over HTTP: two supervisors, what each may do, and what an auditor sees."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from registry.crypto.sealed import blind_tag
from registry.domain.events import Entry
from registry.domain.staff import Role
from registry.keys import KeyName, load
from registry.services import audit, erasures
from tests.databases import ScratchDatabase
from tests.erasing import PERSON, look
from tests.openings import rows
from tests.running import Running, running
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
HOME = "/v1/erasures"


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as one:
        yield one


async def entry_about(api: Running, *stored: bytes) -> Entry:
    async with api.owner.write() as session:
        return await audit.record(session, look(*stored), act=api.act(), trail=api.trail)


def wish(api: Running, entry: Entry, stored: bytes = PERSON, **changes: str) -> dict[str, str]:
    tags = load(api.settings.keys_path, [KeyName.TAGS], peppers=False)[KeyName.TAGS]
    tag = blind_tag(tags, stored).hex()
    return {"entry_id": str(entry.id), "tag": tag, "legal_basis": "court_order"} | changes


async def proposed(api: Running, headers: dict[str, str]) -> dict[str, Any]:
    answer = await api.client.post(HOME, json=wish(api, await entry_about(api, PERSON)), headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_one_proposes_another_approves_and_the_worker_destroys(api: Running, database: ScratchDatabase) -> None:
    maker, checker = await make_staff(api, Role.SUPERVISOR), await make_staff(api, Role.SUPERVISOR)
    auditor = await make_staff(api, Role.AUDITOR)
    one = await proposed(api, maker)
    assert (one["state"], one["decided_by"], one["entries"]) == ("proposed", None, 0)
    assert "tag" not in one
    place = f"{HOME}/{one['erasure_id']}"
    approved = (await api.client.post(f"{place}:approve", headers=checker)).json()
    assert (approved["state"], approved["proposed_by"]) == ("approved", one["proposed_by"])
    assert approved["decided_by"] not in {None, one["proposed_by"]}
    async with api.owner.write() as session:
        assert await erasures.carry_on(session, act=api.act(), trail=api.trail)
    shown = (await api.client.get(place, headers=auditor)).json()
    assert (shown["state"], shown["entries"], shown["items"]) == ("approved", 1, 0)
    (key,) = await rows(database, "SELECT id::text, wrapped FROM audit.key WHERE destroyed_at IS NOT NULL")
    assert tuple(key) == (one["entry_id"], None)


@pytest.mark.parametrize("step", ["approve", "refuse"])
async def test_who_proposed_does_not_decide_and_the_attempt_is_recorded(
    api: Running, database: ScratchDatabase, step: str
) -> None:
    maker = await make_staff(api, Role.SUPERVISOR)
    one = await proposed(api, maker)
    answer = await api.client.post(f"{HOME}/{one['erasure_id']}:{step}", headers=maker)
    assert code(answer) == (403, "same_person")
    assert (await api.client.get(f"{HOME}/{one['erasure_id']}", headers=maker)).json()["state"] == "proposed"
    assert len(await rows(database, "SELECT id FROM audit.entry WHERE type = 9")) == 1


async def test_what_was_decided_is_not_decided_again(api: Running) -> None:
    maker, checker = await make_staff(api, Role.SUPERVISOR), await make_staff(api, Role.SUPERVISOR)
    one = await proposed(api, maker)
    place = f"{HOME}/{one['erasure_id']}"
    assert (await api.client.post(f"{place}:refuse", headers=checker)).json()["state"] == "refused"
    again = await api.client.post(f"{place}:approve", headers=checker)
    assert code(again) == (409, "erasure_step_refused")
    assert again.json()["facts"] == {"state": "refused", "step": "approve"}


async def test_a_tag_must_stand_in_the_entry_and_an_identifier_is_no_tag(api: Running) -> None:
    maker, entry = await make_staff(api, Role.SUPERVISOR), await entry_about(api, PERSON)
    for body, expected in (
        (wish(api, entry, tag="00" * 32), (404, "tag_unknown")),
        (wish(api, entry, entry_id=str(uuid4())), (404, "tag_unknown")),
        (wish(api, entry, tag="13800138000"), (422, "raw_identifier_refused")),
        (wish(api, entry, legal_basis="because"), (422, "request_invalid")),
        (wish(api, entry) | {"phone": "1"}, (422, "request_invalid")),
    ):
        assert code(await api.client.post(HOME, json=body, headers=maker)) == expected
    assert code(await api.client.post(f"{HOME}/{uuid4()}:approve", headers=maker)) == (404, "erasure_unknown")


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.SUPERVISOR])
async def test_only_supervisors_propose_and_only_auditors_look_on(api: Running, role: Role) -> None:
    headers = await make_staff(api, role)
    body = wish(api, await entry_about(api, PERSON))
    assert code(await api.client.post(HOME, json=body, headers=headers)) == (403, "role_missing")
    assert code(await api.client.post(f"{HOME}/{uuid4()}:approve", headers=headers)) == (403, "role_missing")
    listed = await api.client.get(HOME, headers=headers)
    assert listed.status_code == (200 if role is Role.AUDITOR else 403)


async def test_erasures_are_listed_page_by_page_and_each_look_is_recorded(
    api: Running, database: ScratchDatabase
) -> None:
    maker, checker = await make_staff(api, Role.SUPERVISOR), await make_staff(api, Role.SUPERVISOR)
    made = [(await proposed(api, maker))["erasure_id"] for _ in range(5)]
    await api.client.post(f"{HOME}/{made[1]}:approve", headers=checker)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await api.client.get(HOME, params={"limit": 2, **cursor}, headers=checker)).json()
        seen += [one["erasure_id"] for one in page["erasures"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]
    approved = (await api.client.get(HOME, params={"state": "approved"}, headers=checker)).json()["erasures"]
    assert [one["erasure_id"] for one in approved] == [made[1]]
    assert len(await rows(database, "SELECT id FROM audit.entry WHERE action = 'erasure.listed'")) == 4
