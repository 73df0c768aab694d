"""The closure gate over HTTP: opens when everything holds, names each condition that does not, and is proved."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from registry import keys
from registry.domain.events import timestamp
from registry_client.receipts import permits_closure
from registry_formats.cfr1 import stored
from registry_formats.errors import FormatError
from tests.api.asking import MOMENT, Asker, asker, claim, question
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.openings import rows
from tests.questions import NOW, incident
from tests.recorded import token, write_member

pytestmark = pytest.mark.anyio
PATH = "/v1/closures"
BROUGHT = {
    "decision_maker": "staff-17",
    "notice_sent_at": "2026-11-21T08:00:00Z",
    "exit_rights": ["balance", "open_orders", "after_sales", "data_export"],
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A member that asks, and others that have records."""

    alpha: Asker
    others: Sequence[UUID]
    relay: UUID

    async def ask(self, person: str, claim_name: str | None = None, **changes: Any) -> httpx.Response:  # noqa: ANN401 - any field
        """Ask about a person, with all that a member can bring unless something is changed."""
        tokens = (token("phone", person), token("national_id", person))
        return await self.alpha.post(question(claim_name or person, tokens, **(BROUGHT | changes)), PATH)

    async def refusals(self, person: str, **changes: Any) -> set[str]:  # noqa: ANN401 - any field
        """Ask and return the names of what is not met."""
        answer = await self.ask(person, **changes)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["outcome"] == ("closure_refused" if told["refusals"] else "closure_permitted")
        return set(told["refusals"])

    async def records(self, person: str, authors: Sequence[UUID], *, heard: bool = True, **facts: object) -> None:
        """Give a person one strong record from each of these members."""
        phone, pepper = token("phone", person), keys.load(self.alpha.api.settings.keys_path, []).peppers[1]
        for author in authors:
            told = {"confidence": "A", "amount_minor": 400_000} | facts
            tokens = (phone, token("national_id", person))
            made = await incident(self.alpha.database, author, tokens, pepper=pepper, **told)
            if heard:
                async with superuser(self.alpha.database) as connection:
                    await connection.execute(
                        "INSERT INTO notice (id, report_id, relay_id, kind, channel, epoch, stored, served_at)"
                        " VALUES ($1, $2, $3, 'phone', 'file', 1, $4, $5)",
                        *(uuid4(), made.id, self.relay, made.stored(phone), NOW - timedelta(days=40)),
                    )

    @property
    def own(self) -> UUID:
        return self.alpha.platform.member.id


@pytest.fixture
async def gate(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Gate]:
    async with asker(database, tmp_path) as alpha:
        others = [await write_member(database.dsn(), name) for name in ("Beta", "Gamma")]
        yield Gate(alpha, others, await write_member(database.dsn(), "Relay", kind="relay"))


async def test_the_gate_opens_when_all_is_met_and_names_each_condition_that_is_not(gate: Gate) -> None:
    beta, gamma = gate.others
    severe = [gate.own, gate.own, gate.own, beta, beta, beta]
    await gate.records("open", severe)
    assert await gate.refusals("open") == set()
    for left_out, name in (
        ("decision_maker", "closure_decision_maker_missing"),
        ("notice_sent_at", "closure_notice_missing"),
        ("exit_rights", "closure_exit_rights_missing"),
    ):
        assert await gate.refusals("open", **{left_out: None}) == {name}
    assert await gate.refusals("open", notice_sent_at="2026-11-21T12:00:01Z") == {"closure_notice_missing"}
    assert await gate.refusals("open", exit_rights=BROUGHT["exit_rights"][1:]) == {"closure_exit_rights_missing"}

    await gate.records("others", [beta, beta, beta, gamma, gamma, gamma])
    assert await gate.refusals("others") == {"closure_own_finding_missing"}
    assert await gate.refusals("others", own_finding_on="2026-10-22") == set()
    for stale in ("2026-10-21", "2026-11-22"):
        assert await gate.refusals("others", own_finding_on=stale) == {"closure_own_finding_missing"}

    await gate.records("disputed", severe)
    await gate.records("disputed", [gamma], state="disputed")
    assert await gate.refusals("disputed") == {"closure_under_dispute"}
    await gate.records("unheard", severe)
    await gate.records("unheard", [gamma], heard=False)
    assert await gate.refusals("unheard") == {"closure_not_heard"}
    await gate.records("mild", [gate.own, beta])
    assert await gate.refusals("mild") == {"closure_evidence_insufficient"}
    await gate.records("alone", [gate.own] * 6)
    assert await gate.refusals("alone") == {"closure_groups_too_few", "closure_evidence_insufficient"}
    nobody = {"closure_groups_too_few", "closure_evidence_insufficient", "closure_own_finding_missing"}
    assert await gate.refusals("nobody") == nobody | {"closure_not_heard"}


async def test_an_answer_is_proved_disclosed_and_what_an_outcome_rests_on(gate: Gate) -> None:
    await gate.records("open", [gate.own, gate.own, gate.own, *gate.others, *gate.others])
    permitted, refused = await gate.ask("open"), await gate.ask("open", decision_maker=None)
    for sent, outcome in ((permitted, "closure_permitted"), (refused, "closure_refused")):
        told = sent.json()
        assert (told["outcome"], sent.headers["cache-control"]) == (outcome, "no-store")
        of: dict[str, Any] = {"body": sent.request.content, "purpose": "Q1", "claim": claim("open"), "now_ms": MOMENT}
        gate.alpha.book().accept_closure(told, **of)
        for forged in ({"refusals": ["none"]}, {"valid_until": "2027-11-21T12:00:00.000Z"}):
            with pytest.raises(FormatError):
                gate.alpha.book().accept_closure(told | forged, **of)
        until = NOW + timedelta(days=7) if outcome == "closure_permitted" else None
        assert told["valid_until"] == (until and timestamp(until))
        for days in (7, 8):
            now_ms = int((NOW + timedelta(days=days)).timestamp() * 1000)
            assert permits_closure(told, now_ms=now_ms) is (until is not None and days == 7)
        found = await rows(
            gate.alpha.database,
            f"SELECT DISTINCT permitted FROM disclosure WHERE query_id = '{told['query_id']}'",  # noqa: S608 - ours
        )
        assert [row["permitted"] for row in found] == [5 if outcome == "closure_permitted" else 4]
    for sent, flags in ((permitted, []), (refused, ["beyond_answer"])):
        body = {"claim_ref": claim("open"), "query_id": sent.json()["query_id"], "action": "A5", "taken_at": str(NOW)}
        headers = gate.alpha.headers | {"Idempotency-Key": str(uuid4())}
        done = await gate.alpha.api.client.post("/v1/outcomes", json=body, headers=headers)
        assert (done.status_code, done.json()["flags"]) == (201, flags), done.text
    logged = await rows(gate.alpha.database, "SELECT outcome FROM audit.entry WHERE action = 'closure.ask'")
    assert sorted(row["outcome"] for row in logged) == ["closure_permitted", "closure_refused"]


async def test_a_warning_keeps_the_gate_shut_until_the_identity_is_verified_afresh(gate: Gate) -> None:
    await gate.records("warned", [gate.own, gate.own, gate.own, *gate.others, *gate.others])
    phone, warning = token("phone", "warned"), uuid4()
    async with superuser(gate.alpha.database) as connection:
        await connection.execute(
            "INSERT INTO protective_record (id, kind, placed_by, placed_at) VALUES ($1, 'PV-02', 'officer', $2)",
            *(warning, NOW),
        )
        pepper = keys.load(gate.alpha.api.settings.keys_path, []).peppers[1]
        await connection.execute(
            "INSERT INTO protective_token (record_id, stored, epoch) VALUES ($1, $2, 1)",
            *(warning, stored(pepper, phone)),
        )
    assert await gate.refusals("warned") == {"closure_identity_unverified"}
    asked = question("warned", (phone, token("national_id", "warned")))
    met = await gate.alpha.post({name: asked[name] for name in ("claim_ref", "identifiers")}, "/v1/identity-checks")
    assert met.json()["met"] == ["PV-02"], met.text
    assert await gate.refusals("warned") == set()


async def test_a_claim_about_somebody_else_is_a_conflict(gate: Gate) -> None:
    assert (await gate.ask("one", "claim")).is_success
    other = await gate.ask("two", "claim")
    assert (other.status_code, other.json()["code"]) == (409, "claim_ref_reused")


@pytest.mark.parametrize("decision_maker", ["Zhang San", "张三", "13800138000", ""])
async def test_a_decision_maker_is_a_reference_and_never_a_name(gate: Gate, decision_maker: str) -> None:
    refused = await gate.ask("one", decision_maker=decision_maker)
    assert refused.status_code == 422
    assert not decision_maker or decision_maker not in refused.text
