"""The chain of each recall, as the person sees it and checks it without the registry."""

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry_formats import looks
from registry_formats.errors import FormatError
from registry_formats.looks import Checked
from registry_formats.notes import VerifierKey
from tests.databases import ScratchDatabase
from tests.logbook import key_for, opened, seal, sign
from tests.reporting import Desk, Town, town
from tests.running import log_seed
from tests.subjecting import Person, identifiers, person, served

pytestmark = pytest.mark.anyio
CONTACTS = ("phone", "email", "national_id")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def restricted(place: Town) -> tuple[Desk, Desk, str, str]:
    """Let a member act on a record that another member filed."""
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    answer = await beta.query("phone", "email")
    told = {"claim_ref": answer["claim_ref"], "query_id": answer["query_id"], "action": "A3"}
    done = await beta.post("/v1/outcomes", told | {"taken_at": place.clock().isoformat()})
    return alpha, beta, report_id, str(done.json()["outcome_id"])


async def mine(who: Person, query: str = "") -> dict[str, Any]:
    answer = await who.get(f"recalls{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def check(place: Town, answer: dict[str, Any], seed: bytes | None = None) -> Checked:
    def keys_of(origin: str) -> list[VerifierKey]:
        return [key_for(origin, seed or log_seed(place.api)).vkey]

    return looks.check_recalls(answer, keys_of)


async def sealed(place: Town) -> None:
    async with opened(place.database, "registry_worker") as worker:
        await seal(worker)
        await sign(worker, seed=log_seed(place.api))


async def test_the_person_follows_a_recall_from_telling_to_lifting_and_proves_each_step(place: Town) -> None:
    alpha, beta, report_id, outcome_id = await restricted(place)
    who = await person(place, "phone", "email")
    assert (await mine(who))["recalls"] == []
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    place.clock.now += timedelta(hours=80)
    await place.work()
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    (before,) = (await mine(who))["recalls"]
    assert (before["member"], before["change"], before["done"]) == ("Beta", "removed", False)
    assert [step["what"] for step in before["steps"]] == ["told", "lift_demanded", "alert", "suspend"]
    await beta.post(f"/v1/recalls/{recall['recall_id']}:acknowledge", {})
    assert (await mine(who))["recalls"][0]["done"] is False
    await beta.post(f"/v1/outcomes/{outcome_id}:lift", {"lifted_at": place.clock().isoformat()})
    assert check(place, await mine(who)).proved == ()
    await sealed(place)
    told = await mine(who)
    (chain,) = told["recalls"]
    assert (chain["recall_id"], chain["report_id"], chain["done"]) == (recall["recall_id"], report_id, True)
    steps = {step["what"]: step for step in chain["steps"]}
    assert list(steps) == ["told", "lift_demanded", "alert", "suspend", "acknowledged", "lifted"]
    assert steps["lifted"]["restriction"]["outcome_id"] == outcome_id
    assert steps["alert"]["due_at"] == chain["acknowledge_by"]
    checked = check(place, told)
    assert (len(checked.proved), checked.unproved) == (5, ())  # told and what it demanded are one entry
    with pytest.raises(FormatError):
        check(place, told, seed=bytes(32))
    for forged in forgeries(told):
        with pytest.raises(FormatError):
            check(place, forged)


def forgeries(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Change one thing that matters in each."""
    silent, other, moved = deepcopy(told), deepcopy(told), deepcopy(told)
    silent["recalls"][0]["steps"][0]["entry_id"] = None
    other["entries"][0]["content"]["detail"]["reason"] = "court_order"
    moved["entries"][0]["leaf"] = moved["entries"][1]["leaf"]
    return [silent, other, moved]


async def test_an_action_recorded_after_the_recall_is_in_the_chain_as_well(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report_id = await alpha.filed(identifiers=identifiers(*CONTACTS))
    await served(place, report_id)
    answer = await beta.query("phone", "email")
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    told = {"claim_ref": answer["claim_ref"], "query_id": answer["query_id"], "action": "A3"}
    await beta.post("/v1/outcomes", told | {"taken_at": place.clock().isoformat()})
    await sealed(place)
    found = await mine(await person(place, "phone", "email"))
    assert [step["what"] for step in found["recalls"][0]["steps"]] == ["told", "lift_demanded"]
    assert len(check(place, found).proved) == 2


async def test_recalls_come_page_by_page_and_only_of_records_one_may_read(place: Town) -> None:
    alpha, _, report_id, _ = await restricted(place)
    gamma = await place.desk("Gamma")
    await gamma.query("phone", "email", claim=2)
    await alpha.post(f"/v1/reports/{report_id}:withdraw", {"reason": "mistake"})
    who = await person(place, "phone", "email")
    first = await mine(who, "?limit=1")
    rest = await mine(who, f"?limit=1&cursor={first['next_cursor']}")
    assert {one["recalls"][0]["member"] for one in (first, rest)} == {"Beta", "Gamma"}
    assert (await mine(await person(place, "email", number=9)))["recalls"] == []
    refused = await (await person(place, "phone")).get("recalls")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_contact_needed")


async def test_looks_are_checked_the_same_way(place: Town) -> None:
    await restricted(place)
    await sealed(place)
    told = (await (await person(place, "phone", "email")).get("looks")).json()
    seed = log_seed(place.api)
    checked = looks.check_looks(told, lambda origin: [key_for(origin, seed).vkey])
    assert len(checked.proved) == 1
    told["looks"][-1]["content"]["detail"]["answer"]["band"] = "none"
    with pytest.raises(FormatError, match="commitment_mismatch"):
        looks.check_looks(told, lambda origin: [key_for(origin, seed).vkey])
