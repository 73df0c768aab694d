"""A person is erased by two people: exactly what is about them becomes unreadable, and the log stays whole."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.domain.erasures import OPEN_FOR, ErasureState, Step
from registry.errors import Conflict, Denied, NotFound
from registry.services import audit, erasures, log_reads, scores
from registry.services.scores import Desk
from registry.store import erasures as store
from registry_formats import cfr1
from registry_formats.openings import GroupState
from tests.databases import ScratchDatabase
from tests.erasing import OTHER, PERSON, Office, look, office
from tests.logbook import act, check_log, seal, sign, superuser
from tests.openings import rows
from tests.questions import PHONE, STRANGER, incident, member, query, serve
from tests.recorded import PEPPER

pytestmark = pytest.mark.anyio
# As docs/operations.md has it.
DESTROY_AGAIN = """
    UPDATE audit.key SET wrapped = NULL, destroyed_at = now() FROM audit.erased
    WHERE entry_id = key.id AND destroyed_at IS NULL
"""


@pytest.fixture
async def desk(database: ScratchDatabase) -> AsyncIterator[Office]:
    async with office(database) as one:
        yield one


async def shredded(desk: Office) -> set[UUID]:
    found = await desk.verdict()
    assert (found.faults, found.kept) == ([], [])
    return set(found.shredded)


async def count(desk: Office, sql: str) -> int:
    (row,) = await rows(desk.scratch, f"SELECT count(*) AS n FROM {sql}")  # noqa: S608 - our own names
    return int(row["n"])


async def test_what_is_about_the_person_is_destroyed_and_nothing_else(desk: Office) -> None:
    about = [*await desk.look(PERSON, count=3), *await desk.look(PERSON, OTHER)]
    kept = [*await desk.look(OTHER), *await desk.look()]
    one = await desk.approved(about[0].id)
    await desk.finish()
    assert await shredded(desk) == {entry.id for entry in about}
    left = await rows(desk.scratch, "SELECT entry_id FROM audit.entry_tag")
    assert [row["entry_id"] for row in left] == [kept[0].id]
    destroyed = await rows(desk.scratch, "SELECT id, wrapped FROM audit.key WHERE destroyed_at IS NOT NULL")
    assert {row["id"] for row in destroyed} == {entry.id for entry in about}
    assert all(row["wrapped"] is None for row in destroyed)
    (row,) = await rows(desk.scratch, f"SELECT * FROM erasure WHERE id = '{one.id}'")  # noqa: S608 - our own id
    assert (row["state"], row["entries"], row["tag"], row["looked_up_to"]) == ("completed", 4, None, None)


async def test_who_asked_and_why_is_still_told(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    await desk.approved(entry.id)
    await desk.finish()
    states = (await desk.verdict()).states
    assert states[GroupState.SHREDDED] == 2
    assert set(states) == {GroupState.OK, GroupState.SHREDDED}


async def test_root_and_proofs_stay_as_they_were(desk: Office) -> None:
    entries = await desk.look(PERSON, count=5)
    while await seal(desk.worker):
        pass
    size = await sign(desk.worker)
    async with desk.api.read() as session:
        before = await log_reads.prove_inclusion(session, entry_id=entries[2].id), await log_reads.checkpoint(session)
    await desk.approved(entries[0].id)
    await desk.finish()
    async with desk.api.read() as session:
        assert (
            await log_reads.prove_inclusion(session, entry_id=entries[2].id),
            await log_reads.checkpoint(session),
        ) == before
    # Everything signed before and since follows from the entries as they are.
    assert await check_log(desk.scratch) > (size or 0)
    assert await shredded(desk) == {entry.id for entry in entries}


async def test_one_claim_of_a_batch_is_destroyed_and_its_neighbours_stay_provable(desk: Office) -> None:
    asker = await member(desk.scratch, "Alpha")
    async with desk.api.write() as session:
        asked = [query(asker, "1", [PHONE]), query(asker, "2", STRANGER), query(asker, "3", [PHONE])]
        questions = Desk(desk.api_trail, secrets.token_bytes, livemode=False)
        await scores.answer_batch(session, asked, desk=questions)
    items = [row[0] for row in await rows(desk.scratch, "SELECT item_id FROM audit.batch_item ORDER BY position")]
    tag = desk.api_trail.tag(cfr1.stored(PEPPER, PHONE))
    await desk.resolve(await desk.propose(items[0], tag))
    await desk.finish()
    assert await shredded(desk) == {items[0], items[2]}
    async with superuser(desk.scratch) as connection:
        await connection.execute("UPDATE audit.batch_item SET commitment = sha256('') WHERE item_id = $1", items[2])
    batch = (await rows(desk.scratch, "SELECT DISTINCT batch_id FROM audit.batch_item"))[0]["batch_id"]
    assert (await desk.verdict()).faults == [(batch, GroupState.MISMATCH)]


async def test_the_rows_of_the_same_token_outside_the_log_go_too(desk: Office) -> None:
    author = await member(desk.scratch, "Alpha")
    report = await incident(desk.scratch, author.member_id)
    await serve(desk.scratch, report, PHONE, days_ago=40)
    stored = report.stored(PHONE)
    (entry,) = await desk.look(stored)
    one = await desk.resolve(await desk.propose(entry.id, desk.api_trail.tag(stored)))
    await desk.finish()
    left = await rows(desk.scratch, "SELECT stored FROM report_identity")
    assert stored not in {row["stored"] for row in left}
    assert len(left) == 1
    assert await count(desk, "notice") == 0
    async with desk.api.read() as session:
        done = await store.get(session, one.id)
    assert (done.state, done.entries, done.identities) == (ErasureState.COMPLETED, 1, 1)
    assert await shredded(desk) == {entry.id}


async def test_identities_are_looked_through_in_pieces(desk: Office) -> None:
    author = await member(desk.scratch, "Alpha")
    reports = [await incident(desk.scratch, author.member_id) for _ in range(3)]
    reports.append(await incident(desk.scratch, author.member_id, STRANGER))
    stored = max(reports[0].stored(PHONE), *(reports[3].stored(one) for one in STRANGER))
    (entry,) = await desk.look(stored)
    await desk.resolve(await desk.propose(entry.id, desk.api_trail.tag(stored)))
    assert await desk.finish(looked_up=2) >= 4
    assert await count(desk, "report_identity WHERE stored = '\\x" + stored.hex() + "'") == 0


async def test_a_large_erasure_goes_batch_by_batch_and_resumes_after_a_crash(desk: Office) -> None:
    entries = [entry for _ in range(3) for entry in await desk.look(PERSON, count=400)]
    await desk.approved(entries[0].id)
    assert await desk.round() == 1

    async def crash() -> None:
        async with desk.worker.write() as session:
            await erasures.carry_on(session, act=act(), trail=desk.worker_trail)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert await count(desk, "audit.key WHERE destroyed_at IS NOT NULL") == erasures.BATCH
    assert len(await shredded(desk)) == erasures.BATCH
    await desk.finish()
    assert await shredded(desk) == {entry.id for entry in entries}
    assert await count(desk, "audit.entry WHERE type = 6") == 3


async def test_an_entry_written_meanwhile_is_whole_or_destroyed_and_never_half(desk: Office) -> None:
    (first,) = await desk.look(PERSON)
    await desk.approved(first.id)
    async with desk.api.write() as session:
        (late,) = await audit.record_all(session, [(look(PERSON), act())], trail=desk.api_trail)
        # It holds its transaction open while the worker erases what it can see.
        assert await desk.round() == 1
        assert await desk.round() == 1
    assert await shredded(desk) == {first.id}
    await desk.finish()
    assert await shredded(desk) == {first.id, late.id}
    # What is written after the end is a new look, and stays.
    await desk.look(PERSON)
    assert await desk.finish() == 0
    assert await shredded(desk) == {first.id, late.id}


async def test_writers_and_two_workers_at_once_leave_nothing_half_done(desk: Office) -> None:
    (first,) = await desk.look(PERSON, count=1)
    await desk.look(PERSON, count=800)
    await desk.approved(first.id)
    await asyncio.gather(desk.finish(), desk.finish(), *(desk.look(PERSON, OTHER) for _ in range(20)))
    await desk.finish()
    verdict = await desk.verdict()
    assert verdict.faults == []
    assert len(verdict.shredded) >= 801
    tombstones = await rows(desk.scratch, "SELECT count(*) AS n, count(DISTINCT entry_id) AS d FROM audit.erased")
    assert tombstones[0]["n"] == tombstones[0]["d"] == len(verdict.shredded)


async def test_nobody_approves_their_own_proposal(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    one = await desk.propose(entry.id)
    with pytest.raises(Denied, match="same_person"):
        await desk.resolve(one, by=desk.maker)
    assert await desk.finish() == 0
    assert await shredded(desk) == set()


@pytest.mark.parametrize("tag", [b"\x01" * 32, b""])
async def test_a_tag_that_the_entry_does_not_bear_is_refused(desk: Office, tag: bytes) -> None:
    (entry,) = await desk.look(PERSON)
    with pytest.raises(NotFound, match="tag_unknown"):
        await desk.propose(entry.id, tag)
    with pytest.raises(NotFound, match="tag_unknown"):
        await desk.propose(uuid4())


async def test_what_is_refused_or_expired_destroys_nothing_and_forgets_the_tag(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    refused, overdue = await desk.propose(entry.id), await desk.propose(entry.id)
    await desk.resolve(refused, Step.REFUSE)
    assert await desk.lapse(OPEN_FOR - timedelta(seconds=1)) == 0
    assert await desk.lapse(OPEN_FOR) == 1
    assert await desk.lapse(OPEN_FOR) == 0
    for one in (refused, overdue):
        with pytest.raises(Conflict, match="erasure_step_refused"):
            await desk.resolve(one)
    assert await count(desk, "erasure WHERE tag IS NOT NULL") == 0
    assert await desk.finish() == 0
    assert await shredded(desk) == set()


async def test_each_step_leaves_an_entry_that_no_erasure_touches(desk: Office) -> None:
    (entry,) = await desk.look(PERSON)
    await desk.approved(entry.id)
    await desk.finish()
    again = await desk.look(PERSON)
    await desk.approved(again[0].id)
    await desk.finish()
    told = await rows(desk.scratch, "SELECT action FROM audit.entry WHERE action LIKE 'erasure.%' ORDER BY id")
    steps = ["erasure.proposed", "erasure.approved", "erasure.carried_out", "erasure.completed"]
    assert sorted(row["action"] for row in told) == sorted(2 * steps)
    assert await shredded(desk) == {entry.id, again[0].id}


@pytest.mark.parametrize(
    ("crime", "state"),
    [
        ("UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1", GroupState.MISSING),
        ("DELETE FROM audit.key WHERE id = $1", GroupState.MISSING),
        # A row that claims an erasure of which the log knows nothing.
        (
            (
                "WITH forged AS (INSERT INTO audit.erased SELECT $1, id FROM audit.entry WHERE type = 6 LIMIT 1),"
                " gone AS (DELETE FROM audit.entry_tag WHERE entry_id = $1)"
                " UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1"
            ),
            GroupState.MISSING,
        ),
        (
            (
                "UPDATE audit.entry SET sealed_content = set_byte(sealed_content, 20, get_byte(sealed_content, 20) # 1)"
                " WHERE id = $1"
            ),
            GroupState.MISMATCH,
        ),
    ],
    ids=["key emptied", "key deleted", "erasure claimed", "detail forged"],
)
async def test_what_no_erasure_entry_names_is_an_alarm(desk: Office, crime: str, state: GroupState) -> None:
    (erased,), (victim,) = await desk.look(PERSON), await desk.look(OTHER)
    await desk.approved(erased.id)
    await desk.finish()
    async with superuser(desk.scratch) as connection:
        await connection.execute(crime, victim.id)
    verdict = await desk.verdict()
    assert (victim.id, state) in verdict.faults
    assert {id_ for id_, _ in verdict.faults} == {victim.id}
    assert verdict.shredded == [erased.id]


async def test_keys_that_come_back_are_found_and_destroyed_again_by_one_statement(desk: Office) -> None:
    """A backup of the keys that is older than the erasure, put back."""
    (erased,), _ = await desk.look(PERSON), await desk.look(OTHER)
    async with superuser(desk.scratch) as connection:
        await connection.execute("CREATE TEMP TABLE backup AS SELECT * FROM audit.key")
        await desk.approved(erased.id)
        await desk.finish()
        await connection.execute(
            "UPDATE audit.key SET wrapped = backup.wrapped, destroyed_at = NULL FROM backup WHERE backup.id = key.id"
        )
    found = await desk.verdict()
    assert (found.kept, found.shredded) == ([erased.id], [])
    connection = await asyncpg.connect(desk.scratch.dsn())
    try:
        await connection.execute(DESTROY_AGAIN)
    finally:
        await connection.close()
    assert await shredded(desk) == {erased.id}


async def test_a_tombstone_that_is_forged_excuses_nothing(desk: Office) -> None:
    (erased,) = await desk.look(PERSON)
    await desk.approved(erased.id)
    await desk.finish()
    async with superuser(desk.scratch) as connection:
        tombstone = await connection.fetchval(
            "UPDATE audit.entry SET sealed_content = set_byte(sealed_content, 40, get_byte(sealed_content, 40) # 1)"
            " WHERE type = 6 RETURNING id"
        )
    assert set((await desk.verdict()).faults) == {(erased.id, GroupState.MISSING), (tombstone, GroupState.MISMATCH)}
