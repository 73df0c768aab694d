"""Records out of use: sealed for good, restricted for a time, ended early; whoever received them hears of it."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from registry.domain.events import Act
from registry.domain.staff import Role
from registry.errors import Conflict
from registry.policies import load
from registry.services import rehabilitation
from registry.services.rehabilitation import Desk as Rehabilitates
from tests.databases import ScratchDatabase
from tests.logbook import opened
from tests.reporting import Desk, Town, town
from tests.staffing import make_staff
from tests.subjecting import identifiers, person

pytestmark = pytest.mark.anyio

ORDER = {"reason": "court_order", "reference": "2026-JING-0105-MINCHU-1"}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as started:
        yield started


async def told(place: Town, **facts: object) -> tuple[str, Desk, Desk]:
    """File a report of Alpha's that is active, and let Beta be told of it."""
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report = await alpha.filed(**facts)
    await place.serve(report)
    await place.pass_days(8)
    assert (await beta.query("phone", "national_id"))["score"] > 0
    return report, alpha, beta


async def take(place: Town, role: Role, path: str, body: Mapping[str, Any]) -> httpx.Response:
    return await place.api.client.post(f"/v1/officers{path}", json=body, headers=await make_staff(place.api, role))


async def recalls(desk: Desk) -> list[tuple[str, str | None]]:
    return [(one["change"], one["reason"]) for one in (await desk.get("/v1/recalls")).json()["recalls"]]


async def test_the_record_of_a_minor_is_sealed_for_good(place: Town) -> None:
    report, alpha, beta = await told(place)
    done = await take(place, Role.OFFICER, f"/reports/{report}:seal", {"shown_by": "identity_document"})
    assert done.json() == {"livemode": False, "report_id": report, "state": "sealed", "state_reason": None}
    assert (await beta.query("phone", "national_id", claim=2))["band"] == "none"
    assert (await recalls(beta), await alpha.state(report)) == ([("removed", "sealed")], "sealed")
    for path, role, body in (("seal", Role.OFFICER, {"shown_by": "guardian"}), ("restrict", Role.SUPERVISOR, ORDER)):
        again = await take(place, role, f"/reports/{report}:{path}", body)
        assert (again.status_code, again.json()["code"]) == (409, "report_step_refused")
    rows = await place.rows("SELECT action, outcome, staff_tag FROM audit.entry WHERE action = 'report.sealed'")
    assert [(row["outcome"], row["staff_tag"] is not None) for row in rows] == [("sealed", True)]
    # It is kept no longer than it would have been.
    await place.pass_days(800)
    assert await alpha.state(report) == "expired"


async def test_a_restricted_record_is_neither_shared_nor_scored_until_it_is_lifted(place: Town) -> None:
    report, alpha, beta = await told(place)
    done = await take(place, Role.SUPERVISOR, f"/reports/{report}:restrict", ORDER)
    assert (done.json()["state"], done.json()["state_reason"]) == ("restricted", "court_order")
    assert (await beta.query("phone", "national_id", claim=2))["band"] == "none"
    lifted = await take(place, Role.SUPERVISOR, f"/reports/{report}:lift", {"reference": "2026-JING-0105-MINCHU-2"})
    assert lifted.json()["state"] == "active"
    assert (await beta.query("phone", "national_id", claim=3))["score"] > 0
    assert await recalls(beta) == [("removed", "court_order"), ("amended", None)]
    again = await take(place, Role.SUPERVISOR, f"/reports/{report}:lift", {"reference": "again"})
    assert (again.status_code, again.json()["code"]) == (409, "report_step_refused")
    missing = await take(place, Role.SUPERVISOR, f"/reports/{uuid4()}:restrict", ORDER)
    assert (missing.status_code, missing.json()["code"]) == (404, "report_unknown")
    assert await alpha.state(report) == "active"


async def apply(place: Town, report: str) -> UUID:
    desk = Rehabilitates(load(), place.api.trail, lambda size: bytes(size - 1) + b"\x01")
    async with place.api.owner.write() as session:
        act = Act(place.clock(), str(uuid4()))
        return (await rehabilitation.apply(session, UUID(report), [], act=act, desk=desk)).id


async def repaid_and_old(place: Town) -> tuple[str, Desk, Desk]:
    report, alpha, beta = await told(place, identifiers=identifiers("phone", "email", "national_id"))
    with pytest.raises(Conflict, match="rehabilitation_not_repaid"):
        await apply(place, report)
    await alpha.post(f"/v1/reports/{report}:mark-repaid", {"repaid_on": "2026-11-22"})
    with pytest.raises(Conflict, match="rehabilitation_too_early"):
        await apply(place, report)
    place.clock.pass_days(400)
    return report, alpha, beta


async def test_who_repaid_and_stayed_clean_is_granted_the_early_end_of_a_record(place: Town) -> None:
    report, alpha, beta = await repaid_and_old(place)
    application = await apply(place, report)
    with pytest.raises(Conflict, match="rehabilitation_open"):
        await apply(place, report)
    officer = await make_staff(place.api, Role.OFFICER)
    (waiting,) = (await place.api.client.get("/v1/officers/rehabilitations", headers=officer)).json()["rehabilitations"]
    assert (waiting["rehabilitation_id"], waiting["granted"]) == (str(application), None)
    refused = await take(
        place, Role.OFFICER, f"/rehabilitations/{application}:refuse", {"obstacle": "rehabilitation_not_repaid"}
    )
    assert (refused.json()["granted"], refused.json()["obstacle"]) == (False, "rehabilitation_not_repaid")
    again = await take(place, Role.OFFICER, f"/rehabilitations/{application}:grant", {})
    assert (again.status_code, again.json()["code"]) == (409, "rehabilitation_decided")
    place.clock.now += timedelta(seconds=1)
    strange = await person(place, "phone", "email", number=9)
    assert (await strange.post("rehabilitations", {"report_id": report})).json()["code"] == "record_unknown"
    own = await person(place, "phone", "email")
    applied = await own.post("rehabilitations", {"report_id": report})
    assert applied.status_code == 201, applied.text
    second = applied.json()["rehabilitation_id"]
    assert (await take(place, Role.OFFICER, f"/rehabilitations/{second}:grant", {})).json()["granted"] is True
    await place.work()
    assert (await alpha.state(report), await recalls(beta)) == ("expired", [("amended", None), ("removed", "expired")])


async def test_an_application_that_nobody_decides_is_granted_by_the_clock(place: Town) -> None:
    report, alpha, _ = await repaid_and_old(place)
    await apply(place, report)
    desk = Rehabilitates(load(), place.api.trail, bytes)
    granted = []
    for days in (0, 21, 0):
        place.clock.pass_days(days)
        act = Act(place.clock(), "worker", operator="worker")
        async with opened(place.database, "registry_worker") as worker, worker.write() as session:
            granted.append(await rehabilitation.grant_overdue(session, act=act, desk=desk))
    await place.work()
    assert (granted, await alpha.state(report)) == ([0, 1, 0], "expired")
