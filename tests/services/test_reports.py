"""Filing, below HTTP: how many statements it takes, what a dump of the database shows, and what a race may not do."""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event

from registry.api.filing_models import read
from registry.domain.access import Caller, Scope
from registry.domain.events import Act
from registry.domain.filings import Filing, Money
from registry.domain.ids import ReportState, Severity
from registry.policies import load
from registry.services import members, reports
from registry.services.members import Application
from registry.services.reports import Desk, Filed, Refused, ReportKeys, statements
from registry.services.trail import Trail, TrailKeys
from registry.store import audit
from registry.store import reports as store
from registry.store.database import Database
from registry_formats import jwk, jws
from registry_formats.errors import FormatError
from tests.databases import ScratchDatabase
from tests.filings import NOW, artefact, filing, reviewer, token, two_reviewers
from tests.recorded import PEPPER, fetch
from tests.reporting import STATEMENT, payload

pytestmark = pytest.mark.anyio

ACT = Act(NOW, "request", operator="tests")


@dataclass(frozen=True, slots=True)
class Member:
    """A member that signs."""

    caller: Caller
    key: Ed25519PrivateKey

    def sign(self, report: Filing) -> str:
        kid = jwk.export(self.key.public_key())["kid"]
        return jws.sign(payload(report), key=self.key, kid=kid, typ=STATEMENT)


@dataclass(frozen=True, slots=True)
class Office:
    """The use cases with everything they need."""

    database: ScratchDatabase
    store: Database
    desk: Desk

    async def admit(self, name: str) -> Member:
        key = Ed25519PrivateKey.generate()
        owner = Database(self.database.url(), pool_size=1)
        async with owner.write() as session:
            wish = Application(name, f"{name} group", jwk.export(key.public_key()))
            member = await members.add(session, wish, act=ACT, trail=self.desk.trail)
        await owner.close()
        caller = Caller(member.id, member.group_id, frozenset({Scope.REPORTS_WRITE}), "cn", "key")
        return Member(caller, key)

    async def submit(self, member: Member, **changes: Any) -> Filed | Refused:  # noqa: ANN401 - fields of a filing
        async with self.store.write() as session:
            act = ACT._replace(caller=member.caller)
            return await reports.submit(
                session, member.sign(filing(**changes)), caller=member.caller, act=act, desk=self.desk
            )

    async def filed(self, member: Member, **changes: Any) -> Filed:  # noqa: ANN401 - fields of a filing
        done = await self.submit(member, **changes)
        assert isinstance(done, Filed), done
        return done

    async def set_state(self, report_id: UUID, state: ReportState) -> None:
        connection = await asyncpg.connect(self.database.dsn())
        try:
            await connection.execute("UPDATE report SET state = $2 WHERE id = $1", report_id, state.value)
        finally:
            await connection.close()


@pytest.fixture
async def office(database: ScratchDatabase) -> AsyncIterator[Office]:
    store = Database(database.url("registry_api"), pool_size=4)
    async with store.write() as session:
        writer = await audit.open_writer(session, process="tests", started_at=NOW)
    desk = Desk(
        policies=load(),
        trail=Trail(TrailKeys(b"k" * 32, b"t" * 32), writer_id=writer, entropy=secrets.token_bytes),
        entropy=secrets.token_bytes,
        keys=ReportKeys.derive(b"k" * 32),
        read=read,
        signing_time=lambda: NOW,
        peppers={1: PEPPER},
    )
    yield Office(database, store, desk)
    await store.close()


@contextmanager
def counted(store: Database) -> Iterator[list[str]]:
    """Collect the statements that are sent."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement.split(maxsplit=1)[0])

    engine = store._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


async def test_filing_takes_so_many_statements_and_refusing_fewer(office: Office) -> None:
    alpha = await office.admit("Alpha")
    with counted(office.store) as sent:
        await office.filed(alpha)
    assert len(sent) == 13, sent
    with counted(office.store) as sent:
        assert isinstance(await office.submit(alpha, reference="RMA-2", facts=()), Refused)
    assert sent.count("INSERT") == 0
    assert len(sent) == 6, sent


async def test_a_dump_of_the_database_shows_nothing_that_was_said(office: Office) -> None:
    fact = "The seal of the returned parcel was broken and glued again."
    alpha = await office.admit("Alpha")
    report = filing(facts=(fact,))
    await office.filed(alpha, facts=(fact,))
    tables = await fetch(
        office.database.dsn(),
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
        " WHERE table_schema IN ('public', 'audit') AND table_type = 'BASE TABLE'",
    )
    dump = ""
    for table in tables:
        rows = await fetch(office.database.dsn("postgres"), f"SELECT t::text AS row FROM {table['name']} t")  # noqa: S608
        dump += "\n".join(row["row"] for row in rows)
    assert "RMA-2026-000123" in dump  # the dump holds what it should
    said = [fact, alpha.sign(report), token("phone"), token("national_id"), token("event"), "separate_consent"]
    for one in said:
        # As text, as bytes, inside base64url at each of its three offsets, and a token without its prefix.
        raw = one.encode()
        inner = [urlsafe_b64encode(b"x" * lead + raw)[4:-4].decode() for lead in range(3)]
        for shape in (one, raw.hex(), one.removeprefix("cfr1_")[:40], *inner):
            assert shape not in dump, (one[:20], shape[:20])
    for kind in ("phone", "national_id", "event"):
        assert (1).to_bytes(32, "big").hex() not in dump, kind


async def test_what_was_signed_can_be_opened_with_the_key_and_not_without(office: Office) -> None:
    alpha = await office.admit("Alpha")
    done = await office.filed(alpha)
    async with office.store.write() as session:
        (revision,) = await store.revisions(session, done.report.id)
    assert statements.filing_of(done.report, revision, office.desk) == filing()
    other = replace(office.desk, keys=ReportKeys.derive(b"o" * 32))
    with pytest.raises(FormatError, match="sealed_mismatch"):
        statements.filing_of(done.report, revision, other)
    moved = replace(revision, revision=2)
    with pytest.raises(FormatError, match="sealed_mismatch"):
        statements.filing_of(done.report, moved, office.desk)


async def test_two_that_report_one_order_at_once_tell_of_one_event(office: Office) -> None:
    everyone = [await office.admit(f"Member {number}") for number in range(4)]
    done = await asyncio.gather(*(office.filed(member) for member in everyone))
    assert len({one.report.event_id for one in done}) == 1


async def test_another_order_is_another_event(office: Office) -> None:
    alpha = await office.admit("Alpha")
    first = await office.filed(alpha, reference="RMA-1")
    second = await office.filed(alpha, reference="RMA-2", event=replace(filing().event, tokens=(token("event", 2),)))
    assert first.report.event_id != second.report.event_id


async def test_without_an_event_token_the_order_reference_names_the_event_within_the_member(office: Office) -> None:
    alpha, beta = await office.admit("Alpha"), await office.admit("Beta")
    order = replace(filing().event, tokens=(), order_reference="ORDER-7")
    first = await office.filed(alpha, reference="RMA-1", event=order)
    again = await office.filed(alpha, reference="RMA-2", event=order)
    other = await office.filed(beta, event=order)
    assert first.report.event_id == again.report.event_id == first.report.id
    assert other.report.event_id != first.report.event_id


async def test_the_third_active_incident_of_one_person_is_grave(office: Office) -> None:
    alpha = await office.admit("Alpha")
    two = {"investigation": two_reviewers()}
    for number in (1, 2):
        about = replace(filing().event, tokens=(token("event", number),))
        done = await office.filed(alpha, reference=f"RMA-{number}", event=about, **two)
        assert done.report.severity is Severity.S2
        await office.set_state(done.report.id, ReportState.ACTIVE)
    about = replace(filing().event, tokens=(token("event", 3),))
    third = await office.filed(alpha, reference="RMA-3", event=about, **two)
    assert third.report.severity is Severity.S3
    beta = await office.admit("Beta")
    assert (await office.filed(beta, event=about)).report.severity is Severity.S2


async def test_what_was_overturned_comes_back_only_with_something_new(office: Office) -> None:
    alpha = await office.admit("Alpha")
    first = await office.filed(alpha)
    await office.set_state(first.report.id, ReportState.OVERTURNED)
    again = await office.submit(alpha, reference="RMA-2")
    assert isinstance(again, Refused)
    codes = {fault.code for fault in again.error.faults}
    assert codes == {"refiling_needs_new_artefact", "refiling_needs_supervisor", "refiling_needs_fresh_notice"}
    fresh = await office.submit(alpha, reference="RMA-3", evidence=(*filing().evidence, artefact("E6")))
    assert isinstance(fresh, Refused)
    assert "refiling_needs_new_artefact" not in {fault.code for fault in fresh.error.faults}


async def test_severity_ignores_what_is_not_proven_to_be_the_same_person(office: Office) -> None:
    alpha = await office.admit("Alpha")
    two = {"investigation": two_reviewers()}
    for number in (1, 2):
        about = replace(filing().event, tokens=(token("event", number),))
        phone, other = filing().identifiers
        someone = (phone, replace(other, tokens=(token("national_id", number + 10),)))
        done = await office.filed(alpha, reference=f"RMA-{number}", event=about, identifiers=someone, **two)
        await office.set_state(done.report.id, ReportState.ACTIVE)
    third = replace(filing().event, tokens=(token("event", 3),))
    done = await office.filed(alpha, reference="RMA-3", event=third, **two)
    assert done.report.severity is Severity.S2


async def test_the_day_of_the_act_cannot_be_moved_even_by_hand(office: Office) -> None:
    done = await office.filed(await office.admit("Alpha"), amount=Money(1_000, "CNY"))
    connection = await asyncpg.connect(office.database.dsn())
    try:
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await connection.execute(
                "UPDATE report SET act_ended_on = $2 WHERE id = $1", done.report.id, (NOW + timedelta(1)).date()
            )
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await connection.execute("DELETE FROM report_revision WHERE report_id = $1", done.report.id)
    finally:
        await connection.close()


async def test_an_unknown_reviewer_role_is_refused_by_the_members_own_pack(office: Office) -> None:
    alpha = await office.admit("Alpha")
    strange = replace(filing().investigation, reviewers=(reviewer(role="passer_by"),))
    done = await office.submit(alpha, reference=f"RMA-{uuid4().hex[:4]}x", investigation=strange)
    assert isinstance(done, Refused)
    assert ("/investigation/reviewers/0/role", "reviewer_role_unknown") in {
        (fault.pointer, fault.code) for fault in done.error.faults
    }
