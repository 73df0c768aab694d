"""Every route of the subjects: for whoever has a session and nobody else, and blind to what belongs to other people."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from registry.domain.staff import Role
from registry.domain.subjects import Subject
from tests.databases import ScratchDatabase
from tests.meta.test_routes import GUARDED, ROUTES, guard_of, path_of
from tests.reporting import Town, town
from tests.staffing import make_staff
from tests.subjecting import identifiers, person, proof, served

pytestmark = pytest.mark.anyio
OF_SUBJECTS = [name for name in GUARDED if guard_of(name) is Subject]
LEAVES = "DELETE /v1/me/sessions/current"
SHA256 = "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"
# Good bodies, so that what is refused is refused for whose it is.
BODIES: dict[str, Any] = {
    "add-evidence": {"evidence": [{"sha256": SHA256, "kind": "photo", "bytes": 9, "media_type": "image/jpeg"}]},
    "say": {"text": "Mine."},
    "reply": {"text": "Mine."},
}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


def test_every_route_below_me_is_for_subjects_but_the_two_doors() -> None:
    doors = {"POST /v1/me/sessions", "POST /v1/me/sessions:link"}
    assert {name for name, route in ROUTES.items() if route.path.startswith("/v1/me/")} - doors == set(OF_SUBJECTS)


async def test_no_other_sign_in_opens_a_route_of_the_subjects_nor_the_other_way_round(place: Town) -> None:
    who = await person(place, "phone", "email")
    member = await (await place.desk("Alpha")).platform.headers()
    officer = await make_staff(place.api, Role.OFFICER)
    for name in OF_SUBJECTS:
        for headers in (member, officer):
            answer = await place.api.client.request(*path_of(name), headers=headers, json={})
            assert (answer.status_code, answer.json()["code"]) == (401, "subject_session_invalid"), name
    asked = await place.api.client.get("/v1/whoami", headers=who.headers)
    assert (asked.status_code, asked.json()["code"]) == (401, "access_token_invalid")
    asked = await place.api.client.get("/v1/staff/me", headers=who.headers)
    assert (asked.status_code, asked.json()["code"]) == (401, "staff_session_invalid")


async def test_what_is_somebody_elses_looks_like_what_does_not_exist(place: Town) -> None:
    report_id = await (await place.desk("Alpha")).filed(identifiers=identifiers("phone", "email", "national_id"))
    await served(place, report_id)
    owner = await person(place, "phone", "email")
    warning_id = (await owner.post("freeze", {})).json()["warning_id"]
    lodged = await owner.post("appeals", {"report_id": report_id, "grounds": ["G05"]})
    appeal_id = lodged.json()["appeal_id"]
    await owner.post(f"appeals/{appeal_id}:add-evidence", BODIES["add-evidence"])
    page = (await owner.get(f"appeals/{appeal_id}")).json()
    there = {
        "appeal_id": appeal_id,
        "evidence_id": page["evidence"][0]["evidence_id"],
        "letter_id": page["letters"][0]["letter_id"],
        "warning_id": warning_id,
    }
    stranger = await person(place, "email", number=9)
    tried = 0
    for name in OF_SUBJECTS:
        path = ROUTES[name].path
        if "{" not in path:
            continue
        tried += 1
        body = BODIES.get(path.rpartition(":")[2])
        nowhere: dict[str, str | UUID] = {one: uuid4() for one in there}
        told = [await _ask(stranger.headers, place, name, ids, body) for ids in (there, nowhere)]
        assert told[0] == told[1], name
        assert told[0][0] == 404, name
    assert tried == len([name for name in OF_SUBJECTS if "{" in ROUTES[name].path])
    for report in (report_id, str(uuid4())):
        told_of = [
            await stranger.put("statement", {"text": "Mine.", "report_id": report}),
            await stranger.post("appeals", {"report_id": report, "grounds": ["G05"]}),
        ]
        assert {(one.status_code, one.json()["code"]) for one in told_of} == {(404, "record_unknown")}


async def _ask(
    headers: dict[str, str], place: Town, name: str, ids: dict[str, str | UUID], body: object
) -> tuple[int, dict[str, Any]]:
    method = name.partition(" ")[0]
    path = ROUTES[name].path.format(**{key: str(one) for key, one in ids.items()})
    answer = await place.api.client.request(method, path, headers=headers, json=body)
    found = answer.json()
    return answer.status_code, {key: value for key, value in found.items() if key != "request_id"}


async def test_every_answer_to_a_subject_is_kept_by_nobody(place: Town) -> None:
    who = await person(place, "phone", "email")
    await who.post("sessions:widen", proof(place.relay, "phone", 2))
    for name in OF_SUBJECTS:
        if name.startswith("GET") and "{" not in name:
            answer = await place.api.client.request(*path_of(name), headers=who.headers)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), name
    assert (await place.api.client.request(*path_of(LEAVES), headers=who.headers)).status_code == 204
