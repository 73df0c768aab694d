"""What the database itself demands of an erasure, whoever asks: approval by two, an entry of its own, and no more."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.domain.events import AuditEvent
from registry.services import audit
from registry.store import erasures as store
from registry.store import upkeep
from registry.store.database import WriteSession
from registry.store.erasures import Erasure, Gone, Work
from registry_formats.leaf import LeafType
from tests.databases import ScratchDatabase
from tests.erasing import OTHER, PERSON, TAG, Office, office
from tests.logbook import NOW, act, superuser
from tests.openings import rows
from tests.questions import PHONE, incident, member, serve

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database: ScratchDatabase) -> AsyncIterator[Office]:
    async with office(database) as one:
        yield one


async def tombstone(session: WriteSession, desk: Office, type_: LeafType = LeafType.ERASURE) -> UUID:
    event = AuditEvent(type_, "erasure.carried_out", "approved")
    return (await audit.record(session, event, act=act(), trail=desk.worker_trail)).id


async def erase(session: WriteSession, one: Erasure, entries: Sequence[UUID], by: UUID) -> None:
    await store.erase(session, Work(one, TAG, None), Gone(entries), tombstone=by, looked_up_to=None, now=NOW)


async def intact(desk: Office) -> bool:
    found = await rows(desk.scratch, "SELECT id FROM audit.key WHERE wrapped IS NULL OR destroyed_at IS NOT NULL")
    return not found and await rows(desk.scratch, "SELECT * FROM audit.erased") == []


async def test_what_nobody_approved_is_not_destroyed(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    one = await desk.propose(entry.id)
    with pytest.raises(Exception, match="is not approved"):
        async with desk.worker.write() as session:
            await erase(session, one, [entry.id], await tombstone(session, desk))
    assert await intact(desk)


async def test_an_erasure_needs_an_entry_of_its_own_type_in_its_own_transaction(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    one = await desk.approved(entry.id)
    async with desk.worker.write() as session:
        earlier = await tombstone(session, desk)
    for foreign in (earlier, uuid4(), entry.id):
        with pytest.raises(Exception, match="needs an entry of its own"):
            async with desk.worker.write() as session:
                await erase(session, one, [entry.id], foreign)
    with pytest.raises(Exception, match="needs an entry of its own"):
        async with desk.worker.write() as session:
            await erase(session, one, [entry.id], await tombstone(session, desk, LeafType.ADMIN))
    assert await intact(desk)


async def test_only_entries_that_bear_the_tag_are_destroyed(desk: Office) -> None:
    (entry,), (other,) = await desk.look(PERSON), await desk.look(OTHER)
    one = await desk.approved(entry.id)
    for wanted in (other.id, uuid4()):
        with pytest.raises(Exception, match="does not concern"):
            async with desk.worker.write() as session:
                await erase(session, one, [entry.id, wanted], await tombstone(session, desk))
    assert await intact(desk)


async def test_two_people_are_demanded_by_the_table_itself(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    one = await desk.propose(entry.id)
    async with superuser(desk.scratch) as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "UPDATE erasure SET state = 'approved', decided_by = proposed_by WHERE id = $1", one.id
            )


@pytest.mark.parametrize(
    "change",
    [
        "tag = sha256('another')",
        "legal_basis = 'unlawful'",
        "proposed_by = decided_by",
        "entry_id = gen_random_uuid()",
        "decided_by = NULL",
    ],
)
async def test_what_was_approved_cannot_be_changed_into_something_else(desk: Office, change: str) -> None:
    (entry,) = await desk.look(PERSON)
    await desk.approved(entry.id)
    connection = await asyncpg.connect(desk.scratch.dsn())
    try:
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.CheckViolationError)):
            await connection.execute(f"UPDATE erasure SET {change}")  # noqa: S608 - our own words
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("DELETE FROM erasure")
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["registry_api", "registry_auditor"])
@pytest.mark.parametrize("call", ["audit.erase(NULL, NULL, NULL, NULL, NULL)", "audit.to_erase(NULL, 1)"])
async def test_only_the_worker_may_call_what_destroys(database: ScratchDatabase, role: str, call: str) -> None:
    connection = await asyncpg.connect(database.dsn(role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SELECT {call}")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.key SET wrapped = NULL, destroyed_at = now()",
        "UPDATE audit.key SET wrapped = 'other'",
        "DELETE FROM audit.key",
        "DELETE FROM audit.entry_tag",
        "UPDATE audit.entry_tag SET entry_id = gen_random_uuid()",
        "DELETE FROM audit.erased",
        "DELETE FROM audit.writer_key",
        "UPDATE audit.writer_key SET writer_id = writer_id + 1000",
        "TRUNCATE audit.writer_key",
        "TRUNCATE erasure",
    ],
)
async def test_not_even_the_owner_destroys_beside_an_erasure(desk: Office, statement: str) -> None:
    (entry,), _ = await desk.look(PERSON), await desk.look(OTHER)
    await desk.approved(entry.id)
    await desk.finish()
    before = await rows(desk.scratch, "SELECT * FROM audit.key ORDER BY id")
    connection = await asyncpg.connect(desk.scratch.dsn())
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()
    assert await rows(desk.scratch, "SELECT * FROM audit.key ORDER BY id") == before


async def test_a_destroyed_key_is_not_put_back_nor_destroyed_again(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    await desk.approved(entry.id)
    await desk.finish()
    connection = await asyncpg.connect(desk.scratch.dsn())
    try:
        for change in ("wrapped = 'key'", "destroyed_at = NULL", "destroyed_at = now()"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(f"UPDATE audit.key SET {change} WHERE id = $1", entry.id)  # noqa: S608
    finally:
        await connection.close()


async def test_hashes_and_served_contacts_go_with_an_expired_record_and_not_before(desk: Office) -> None:
    author = await member(desk.scratch, "Alpha")
    report = await incident(desk.scratch, author.member_id)
    await serve(desk.scratch, report, PHONE, days_ago=40)
    connection = await asyncpg.connect(desk.scratch.dsn())
    try:
        await connection.execute(
            "INSERT INTO report_revision VALUES ($1, 1, 'filed', NULL, '', NULL, $2)", report.id, NOW
        )
        await connection.execute(
            "INSERT INTO evidence_artefact VALUES ($1, 1, 'photo', 'E2', $2, $3)",
            *(report.id, bytes(32), NOW.date() + timedelta(days=1)),
        )
        with pytest.raises(Exception, match="append-only"):
            async with desk.worker.write() as session:
                await upkeep.forget(session, report.id)
        assert len(await rows(desk.scratch, "SELECT 1 FROM report_identity")) == 2
        await connection.execute("UPDATE report SET state = 'expired' WHERE id = $1", report.id)
        async with desk.worker.write() as session:
            await upkeep.forget(session, report.id)
        tables = ("report_identity", "notice", "evidence_artefact")
        left = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    finally:
        await connection.close()
    assert left == [0, 0, 0]
