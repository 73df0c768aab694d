"""What protects a person goes over from one epoch of tokens into the next, with a proof and without being asked for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from registry import keys
from registry_formats import base64url, cfr1
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.reporting import Desk, Town, town
from tests.subjecting import Person, knock, proof

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    keys.generate(tmp_path / "keys", [keys.pepper_name(2)])
    async with town(database, tmp_path) as found:
        yield found


async def enters(place: Town, *kinds: str, epochs: tuple[int, ...]) -> Person:
    """Prove contacts, whose tokens the relay makes in the epochs that are live then."""
    proofs = [
        proof(place.relay, kind, tokens=tuple(cfr1.parse(token(kind, epoch=epoch)) for epoch in epochs))
        for kind in kinds
    ]
    answer = await knock(place, *proofs)
    assert answer.status_code == 201, answer.text
    return Person(place, {"Authorization": f"Bearer {answer.json()['bearer']}"}, answer.json())


async def told(desk: Desk, claim: int, kind: str, epoch: int) -> list[str]:
    """Ask about somebody by a token of one epoch."""
    asked: dict[str, Any] = {
        "purpose": "Q1",
        "claim_ref": base64url.encode(claim.to_bytes(32, "big")),
        "identifiers": [{"kind": kind, "tokens": [token(kind, epoch=epoch)]}],
    }
    headers = await desk.platform.headers()
    answer = await desk.api.client.post("/v1/scores:query", json=asked, headers=headers)
    found: list[str] = answer.json()["protective"]
    return found


async def warnings(who: Person) -> list[tuple[str, int]]:
    found = (await who.file())["warnings"]
    assert found == (await who.get("freeze")).json()["warnings"]
    return [(one["warning_id"], one["until_epoch"]) for one in found]


async def test_a_freeze_goes_over_with_the_next_proof_and_is_lifted_in_the_new_epoch(place: Town) -> None:
    beta = await place.desk("Beta")
    who = await enters(place, "phone", "email", epochs=(1,))
    placed = (await who.post("freeze", {})).json()
    freeze = placed["warning_id"]
    assert (placed["until_epoch"], await warnings(who)) == (1, [(freeze, 1)])
    assert await told(beta, 1, "phone", 2) == []
    # The number alone may be another's by now, and carries nothing.
    assert await warnings(await enters(place, "phone", epochs=(1, 2))) == [(freeze, 1)]
    assert await warnings(await enters(place, "email", epochs=(1, 2))) == [(freeze, 2)]
    assert await told(beta, 2, "phone", 2) == []
    again = await enters(place, "phone", "email", epochs=(1, 2))
    assert await warnings(again) == [(freeze, 2)]
    assert [await told(beta, 3 + epoch, "phone", epoch) for epoch in (1, 2)] == [["PV-03"], ["PV-03"]]
    rows = await place.rows("SELECT outcome FROM audit.entry WHERE action = 'subject.protective' AND type = 4")
    assert sorted(row["outcome"] for row in rows) == ["carried", "carried", "placed"]
    # The first epoch has ended: what it protected there nobody has to prove.
    later = await enters(place, "phone", "email", epochs=(2,))
    lifted = (await later.post(f"freeze/{freeze}:lift")).json()
    assert (lifted["lifted_at"] is not None, lifted["until_epoch"]) == (True, None)
    assert await told(beta, 6, "phone", 2) == []


async def test_a_freeze_of_a_number_alone_goes_over_with_the_number(place: Town) -> None:
    who = await enters(place, "phone", epochs=(1,))
    freeze = (await who.post("freeze", {})).json()["warning_id"]
    assert await warnings(await enters(place, "phone", epochs=(1, 2))) == [(freeze, 2)]
    widened = await enters(place, "email", epochs=(1, 2))
    assert await warnings(widened) == []
