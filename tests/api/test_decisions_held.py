"""A decision cannot be stolen or put off: approved unread, voided for ever, or made beforehand in another's name."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.domain.staff import Role
from registry.domain.uploads import FILES_MOST
from tests import subjecting
from tests.databases import ScratchDatabase
from tests.hearing import Hall, hall
from tests.subjecting import Person, identifiers

pytestmark = pytest.mark.anyio
REASONS = "The carrier's scan shows the box open before delivery."
PHOTO = {"sha256": "ab" * 32, "kind": "photo", "bytes": 1_000, "media_type": "image/jpeg"}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def test_what_was_not_read_is_not_approved(place: Hall) -> None:
    maker, (bo, cy) = await place.colleague(Role.OFFICER), [await place.colleague(Role.REVIEWER) for _ in range(2)]
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    await place.answer(alpha, appeal_id)
    await maker.does(appeal_id, "claim")
    await maker.does(appeal_id, "draft", result="overturned", reasons=REASONS)
    read = (await bo.case(appeal_id))["draft"]["digest"]
    await cy.does(appeal_id, "return")
    await maker.does(appeal_id, "draft", result="upheld", reasons=REASONS)
    late = await bo.do(appeal_id, "approve", draft_digest=read)
    assert (late.status_code, late.json()["code"]) == (409, "appeal_changed")
    assert (await bo.does(appeal_id, "approve"))["result"] == "upheld"


async def test_nobody_puts_a_decision_off_by_putting_things_forward_for_ever(place: Hall) -> None:
    maker, alpha = await place.colleague(Role.OFFICER), await place.town.desk("Alpha")
    report_id = await place.active(alpha, identifiers=identifiers("phone", "email"))
    who = await subjecting.person(place.town, "phone", "email")
    appeal_id = (await who.post("appeals", {"report_id": report_id, "grounds": ["G05"], "text": "It broke."})).json()[
        "appeal_id"
    ]
    await place.answer(alpha, appeal_id)
    await maker.does(appeal_id, "claim")

    async def forward(*numbers: int) -> httpx.Response:
        things = [PHOTO | {"sha256": f"{number:064x}"} for number in numbers]
        return await who.post(f"appeals/{appeal_id}:add-evidence", {"evidence": things})

    seen = await forward(*range(FILES_MOST))
    digest = (await maker.case(appeal_id))["evidence_digest"]
    await maker.does(appeal_id, "draft", result="upheld", reasons=REASONS, evidence_digest=digest)
    again, more = await forward(0, 1), await forward(FILES_MOST)
    assert (seen.status_code, again.json()["state"]) == (200, "pending_approval")
    assert (more.status_code, more.json()["code"]) == (409, "files_too_many")
    assert (await maker.case(appeal_id))["state"] == "pending_approval"


async def test_what_a_number_alone_contested_in_vain_is_not_held_against_who_shows_more(place: Hall) -> None:
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    alpha = await place.town.desk("Alpha")
    named = (*identifiers("phone"), *identifiers("email", number=2))
    report_id = await place.active(alpha, identifiers=named)
    colluder = await subjecting.person(place.town, "phone")
    victim = await subjecting.person(place.town, "email", number=2)

    async def lodge(who: Person, ground: str) -> dict[str, Any]:
        told: dict[str, Any] = (await who.post("appeals", {"report_id": report_id, "grounds": [ground]})).json()
        return told

    async def uphold(appeal_id: str) -> None:
        await place.answer(alpha, appeal_id)
        await maker.does(appeal_id, "claim")
        await maker.does(appeal_id, "draft", result="upheld", reasons=REASONS)
        await approver.does(appeal_id, "approve")

    await uphold((await lodge(colluder, "G02"))["appeal_id"])
    first = await lodge(victim, "G01")
    assert (first["record_state"], first["flag_only"]) == ("disputed", False)
