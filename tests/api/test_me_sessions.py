"""Proof of control: what opens a session, what does not, and that nothing of it is left afterwards."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.clock import real_time
from registry.domain.access import MemberKind
from registry.domain.subjects import SESSION_USES
from registry.services import members
from tests.databases import ScratchDatabase
from tests.reporting import Town, town
from tests.subjecting import identifiers, ids, knock, person, proof, served

pytestmark = pytest.mark.anyio
REFUSED = (401, "contact_proof_refused")


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def test_only_a_fresh_proof_by_a_relay_for_this_sitting_opens_a_session_and_only_once(place: Town) -> None:
    relay, other = place.relay, await place.api.admit("Mall")
    second = await place.api.admit("Second relay", kind=MemberKind.RELAY)
    now = int(real_time().timestamp())
    for wrong in (
        proof(relay, "phone", audience="http://elsewhere.test/me/proof"),
        proof(relay, "phone", nonce="A" * 43),
        proof(relay, "phone", issued_at=now - 600),
        proof(relay, "phone", issued_at=now + 120),
        # A stranger's key, another relay's key, another relay's name, a member that is no relay.
        proof(relay, "phone", key=Ed25519PrivateKey.generate()),
        proof(relay, "phone", key=second.key, kid=second.kid),
        proof(relay, "phone", relay_id=second.member.id),
        proof(other, "phone"),
        {"assertion": "a.b.c", "secret": "A" * 43},
    ):
        answer = await knock(place, wrong)
        assert (answer.status_code, answer.json()["code"]) == REFUSED
    good = proof(relay, "phone")
    first, again = await knock(place, good), await knock(place, good)
    assert first.status_code == 201
    assert first.json()["kinds"] == ["phone"]
    assert first.headers["cache-control"] == "no-store"
    assert (again.status_code, again.json()["code"]) == (401, "contact_proof_used")
    denied = [row["outcome"] for row in await place.rows("SELECT outcome FROM audit.entry WHERE type = 9")]
    assert denied == ["denied"] * 10


async def test_a_suspended_relay_and_an_ended_key_prove_nothing(place: Town) -> None:
    second = await place.api.admit("Second relay", kind=MemberKind.RELAY)
    async with place.api.owner.write() as session:
        await members.suspend(session, second.member.id, act=place.api.act(), trail=place.api.trail)
    await place.execute(
        "UPDATE member_key SET valid_to = $1 WHERE member_id = $2",
        real_time() - timedelta(seconds=1),
        place.relay.member.id,
    )
    for relay in (second, place.relay):
        answer = await knock(place, proof(relay, "phone"))
        assert (answer.status_code, answer.json()["code"]) == REFUSED


async def test_a_further_proof_widens_the_file_to_whatever_either_touches(place: Town) -> None:
    alpha = await place.desk("Alpha")
    one = await alpha.filed(reference="RMA-1", identifiers=identifiers("phone", "national_id"))
    other = await alpha.filed(
        reference="RMA-2", claim_ref="A" * 43, identifiers=identifiers("email", "payment", number=2)
    )
    who = await person(place, "phone")
    assert {str(one) for one in ids(await who.file())} == {one}
    wider = await who.post("sessions:widen", proof(place.relay, "email", 2))
    assert wider.json()["kinds"] == ["email", "phone"]
    assert {str(found) for found in ids(await who.file())} == {one, other}
    assert (await who.get("sessions/current")).json()["session_id"] == who.session["session_id"]


async def test_a_session_is_deleted_when_one_leaves_and_holds_nothing_in_the_clear(place: Town) -> None:
    alpha = await place.desk("Alpha")
    await served(place, await alpha.filed())
    who = await person(place, "phone")
    stored = {row["stored"] for row in await place.rows("SELECT stored FROM report_identity")}
    (kept,) = await place.rows("SELECT * FROM subject_session")
    assert not any(one in kept["sealed_proof"] or one.hex().encode() in kept["sealed_proof"] for one in stored)
    assert who.session["bearer"].encode() not in kept["bearer_hash"]
    assert (await who.leave()).status_code == 204
    assert await place.rows("SELECT * FROM subject_session") == []
    answer = await who.get("file")
    assert (answer.status_code, answer.json()["code"]) == (401, "subject_session_invalid")


async def test_a_session_ends_by_itself_and_by_overuse(place: Town) -> None:
    who, other = await person(place, "phone"), await person(place, "email")
    await place.execute(
        "UPDATE subject_session SET expires_at = $1 WHERE id = $2",
        real_time(),
        who.session["session_id"],
    )
    await place.execute("UPDATE subject_session SET used = $1", SESSION_USES)
    ended, worn = await who.get("file"), await other.get("file")
    assert (ended.status_code, ended.json()["code"]) == (401, "subject_session_expired")
    assert (worn.status_code, worn.json()["code"]) == (429, "subject_session_limited")
    assert int(worn.headers["retry-after"]) > 0


async def test_who_acts_for_another_says_on_what_basis_and_each_entry_repeats_it(place: Town) -> None:
    wrong = await knock(place, proof(place.relay, "phone"), capacity="agent")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "mandate_refused")
    swapped = await knock(place, proof(place.relay, "phone"), capacity="guardian", mandate="lawyer")
    assert swapped.json()["code"] == "mandate_refused"
    agent = await person(place, "phone", capacity="agent", mandate="lawyer", reference="case-2026-14")
    assert agent.session["capacity"] == "agent"


async def test_who_keeps_failing_is_slowed_down(place: Town) -> None:
    for _ in range(30):
        answer = await place.api.client.post("/v1/me/sessions:link", json={"secret": "A" * 43})
        assert (answer.status_code, answer.json()["code"]) == (401, "subject_link_refused")
    answer = await place.api.client.post("/v1/me/sessions:link", json={"secret": "A" * 43})
    assert (answer.status_code, answer.json()["code"]) == (429, "sign_in_limited")
