"""What was decided about a record stands: its member can neither undo it nor keep it from being applied."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from registry.domain.appeal_case import SUBJECT, AppealStep
from registry.domain.events import Act
from registry.domain.filings import Money
from registry.domain.staff import Role
from registry.errors import Conflict
from registry.services.appeals import steps
from tests.databases import ScratchDatabase
from tests.filings import artefact, labelled
from tests.hearing import Hall, hall
from tests.reporting import Desk
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
PROOF = (labelled(), artefact("E4"), artefact("E3"))


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


async def stands(place: Hall) -> tuple[str, int, str]:
    (row,) = await place.town.rows("SELECT confidence, amount_minor, state FROM report")
    return row["confidence"], row["amount_minor"], row["state"]


async def decided(place: Hall, alpha: Desk, report_id: str, **decision: Any) -> str:  # noqa: ANN401 - any field
    appeal_id = await place.lodge(report_id)
    await place.answer(alpha, appeal_id)
    maker, second = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await maker.does(appeal_id, "claim")
    await maker.does(appeal_id, "draft", reasons="One picture proves nothing.", **decision)
    await second.does(appeal_id, "approve")
    return appeal_id


async def test_a_member_does_not_undo_an_amendment_by_saying_again_what_it_said(place: Hall) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    report_id = await place.active(alpha, evidence=PROOF)
    correction = {"confidence": "C", "amount_minor": 50_000}
    await decided(place, alpha, report_id, result="amended", correction=correction)
    assert await stands(place) == ("C", 50_000, "active")
    score = (await beta.query("phone", "national_id"))["score"]
    undone = await alpha.amend(report_id, evidence=PROOF)
    assert (undone.status_code, undone.json()["errors"]) == (
        409,
        [{"pointer": "/amount", "code": "amendment_raises_amount"}],
    )
    assert (await alpha.amend(report_id, evidence=PROOF, amount=Money(50_000, "CNY"))).status_code == 200
    assert await stands(place) == ("C", 50_000, "active")
    assert (await beta.query("phone", "national_id", claim=2))["score"] == score


@pytest.mark.parametrize("amount", [99_999, 100_000])
async def test_a_court_is_obeyed_whatever_the_member_corrects_meanwhile(place: Hall, amount: int) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha, evidence=PROOF)
    appeal_id = await decided(place, alpha, report_id, result="upheld")
    clerk, other = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    ruling = {"confidence": "C", "amount_minor": 100_000}
    await clerk.does(appeal_id, "record-external", result="amended", correction=ruling)
    assert (await alpha.amend(report_id, evidence=PROOF, amount=Money(amount, "CNY"))).status_code == 200
    await other.does(appeal_id, "apply-external")
    assert await stands(place) == ("C", amount, "active")


async def test_a_restriction_that_is_lifted_spares_nobody_the_window(place: Hall) -> None:
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    report_id = await alpha.filed()
    await place.town.serve(report_id)
    appeal_id = await place.lodge(report_id)
    headers = await make_staff(place.town.api, Role.SUPERVISOR)
    order = {"reason": "court_order", "reference": "2026-1"}
    officers = f"/v1/officers/reports/{report_id}"
    assert (await place.town.api.client.post(f"{officers}:restrict", json=order, headers=headers)).is_success
    act = Act(place.town.clock(), "request")
    async with place.town.api.owner.write() as session:
        await steps.step(session, UUID(appeal_id), AppealStep.WITHDRAW, by=SUBJECT, act=act, desk=place.desk)
    lifted = await place.town.api.client.post(f"{officers}:lift", json={"reference": "2026-2"}, headers=headers)
    assert lifted.json()["state"] == "notice_window"
    assert (await beta.query("phone", "national_id"))["score"] == 0
    await place.pass_days(8)
    assert (await stands(place))[2] == "active"
    assert (await beta.query("phone", "national_id", claim=2))["score"] > 0


async def test_a_ruling_that_waits_to_be_applied_keeps_its_mark_on_the_record(place: Hall) -> None:
    alpha = await place.town.desk("Alpha")
    report_id = await place.active(alpha)
    appeal_id = await decided(place, alpha, report_id, result="upheld")
    clerk, other = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await clerk.does(appeal_id, "record-external", result="overturned")
    with pytest.raises(Conflict, match="appeal_open"):
        await place.lodge(report_id)
    (row,) = await place.town.rows("SELECT appeal_open FROM report")
    assert row["appeal_open"]
    await other.does(appeal_id, "apply-external")
    (row,) = await place.town.rows("SELECT appeal_open, state FROM report")
    assert (row["appeal_open"], row["state"]) == (False, "overturned")
