"""Officers place warnings in favour of whoever a record is about, and lift them: with reasons, and never alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from registry.domain.staff import Role
from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.staffing import make_staff
from tests.subjecting import identifiers, person, served

pytestmark = pytest.mark.anyio
WHY = "The bank confirms that the card was stolen."


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


class Office:
    """One of the staff, at the warnings of one record."""

    def __init__(self, place: Town, report_id: str, headers: dict[str, str]) -> None:
        self.client, self.report_id, self.headers = place.api.client, report_id, headers

    @property
    def path(self) -> str:
        return f"/v1/officers/reports/{self.report_id}/protective-records"

    async def place(self, kind: str = "PV-02", reason: str = WHY) -> httpx.Response:
        return await self.client.post(self.path, json={"kind": kind, "reason": reason}, headers=self.headers)

    async def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.client.get(self.path, headers=self.headers)).json()["warnings"]
        return found

    async def lift(self, warning_id: str) -> httpx.Response:
        path = f"/v1/protective-records/{warning_id}:lift"
        return await self.client.post(path, json={"reason": "The card is a new one."}, headers=self.headers)


async def test_an_officer_warns_every_member_and_another_one_lifts_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(identifiers=identifiers("phone", "email", "national_id", "address"))
    await served(place, report_id)
    ann, bo = [Office(place, report_id, await make_staff(place.api, Role.OFFICER)) for _ in range(2)]
    placed = await ann.place()
    assert placed.status_code == 201, placed.text
    warning = placed.json()
    assert (warning["kind"], warning["placed_by"], warning["reason"]) == ("PV-02", "officer", WHY)
    assert await bo.listed() == [warning]
    # On each identifier of the record but the household's; placed again it is the same one.
    assert (await beta.query("national_id"))["protective"] == ["PV-02"]
    assert (await beta.query("address", claim=2))["protective"] == []
    assert (await bo.place()).json() == warning
    who = await person(place, "phone", "email")
    assert [one["warning_id"] for one in (await who.get("freeze")).json()["warnings"]] == [warning["warning_id"]]
    own = await ann.lift(warning["warning_id"])
    assert (own.status_code, own.json()["code"]) == (403, "protective_same_person")
    assert (await bo.lift(warning["warning_id"])).json()["lifted_at"] is not None
    assert (await beta.query("national_id", claim=3))["protective"] == []
    assert await ann.listed() == []
    rows = await place.rows(
        "SELECT action, outcome FROM audit.entry WHERE action ~ '^(protective|access)[.]' ORDER BY id"
    )
    assert sorted((row["action"], row["outcome"]) for row in rows) == [
        ("access.denied", "denied"),
        *[("protective.lift", "lifted")],
        *[("protective.list", "answered")] * 2,
        *[("protective.place", "extended"), ("protective.place", "placed")],
    ]


async def test_what_an_officer_may_not_place_is_refused(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers("phone", "national_id"))
    ann = Office(place, report_id, await make_staff(place.api, Role.OFFICER))
    for kind, reason in (("PV-03", WHY), ("PV-02", ""), ("PV-01", "Call 13800138000.")):
        assert (await ann.place(kind, reason)).status_code == 422
    unknown = Office(place, str(uuid4()), ann.headers)
    assert (await unknown.place()).json()["code"] == "report_unknown"
    auditor = Office(place, report_id, await make_staff(place.api, Role.AUDITOR))
    assert (await auditor.place()).json()["code"] == "role_missing"
