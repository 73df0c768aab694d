"""A member's own people: kept as tags alone, replaced as a whole, and seen by auditors when they are looked at."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from registry.domain.staff import Role
from tests.api.asking import Asker, asker, question
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.questions import NATIONAL_ID, NOW, PHONE
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alpha(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Asker]:
    async with asker(database, tmp_path) as ready:
        yield ready


async def register(alpha: Asker, *people: dict[str, Any]) -> dict[str, Any]:
    answer = await alpha.api.client.put("/v1/own-people", json={"identifiers": people}, headers=alpha.headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def kept(database: ScratchDatabase) -> list[bytes]:
    async with superuser(database) as connection:
        return [row["tag"] for row in await connection.fetch("SELECT tag FROM member_staff_tag ORDER BY tag")]


def person(*tokens: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - tokens
    return [{"kind": one.kind.value, "tokens": [one.text]} for one in tokens]


async def test_they_are_kept_as_tags_and_replaced_as_a_whole(alpha: Asker, database: ScratchDatabase) -> None:
    told = await register(alpha, *person(PHONE, NATIONAL_ID))
    assert (told["tokens"], told["livemode"]) == (2, False)
    first = await kept(database)
    assert len(first) == 2
    assert not {PHONE.lookup, NATIONAL_ID.lookup} & set(first)
    # Once more changes nothing.
    await register(alpha, *person(NATIONAL_ID, PHONE, PHONE))
    assert await kept(database) == first
    await register(alpha, *person(PHONE))
    assert set(await kept(database)) < set(first)
    await register(alpha)
    assert await kept(database) == []


async def test_an_auditor_sees_looks_at_them_and_at_nobody_else(alpha: Asker) -> None:
    params = {"purpose": "Q5", "reason": "A round.", "from": NOW.isoformat(), "to": "2026-11-22T00:00:00Z"}
    auditor = await make_staff(alpha.api, Role.AUDITOR)
    lens = await alpha.api.client.get("/v1/audit/lenses/own_people", params=params, headers=auditor)
    assert lens.json()["unmeasurable"]
    await register(alpha, *person(PHONE))
    await alpha.post(question("1", [NATIONAL_ID]))
    await alpha.post(question("2", [PHONE]))
    lens = await alpha.api.client.get("/v1/audit/lenses/own_people", params=params, headers=auditor)
    (row,) = lens.json()["rows"]
    assert (row["name"], row["flagged"]) == ("Alpha", True)
    assert row["values"] == {"registered": 1, "looks": 1, "people": 1}


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ({"kind": "email", "tokens": [PHONE.text]}, "token_kind_differs"),
        ({"kind": "phone", "tokens": [PHONE.text, PHONE.text]}, "epoch_repeated"),
    ],
)
async def test_what_is_no_token_of_the_kind_is_refused(alpha: Asker, identifier: dict[str, Any], code: str) -> None:
    body = {"identifiers": [identifier]}
    answer = await alpha.api.client.put("/v1/own-people", json=body, headers=alpha.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code
