"""An export holds what was asked for, proves it, says what is gone, and leaves its trace before and after."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from registry.api.export_stream import Office
from registry.domain.audit_filters import Because
from registry.domain.events import AuditEvent
from registry.domain.ids import Purpose
from registry.errors import Denied, NotFound, Unavailable
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.export_rows import Row
from registry_formats.exports import MANIFEST, SEAL, ExportFormat
from registry_formats.leaf import Group, LeafType
from registry_formats.openings import GroupState
from tests.databases import ScratchDatabase
from tests.exporting import Unpacked, asked, at_work, begin, export, office, settle
from tests.logbook import EVENT, NOW, act, new_trail, opened, superuser, write
from tests.openings import rows as fetch

pytestmark = pytest.mark.anyio
QUERY = AuditEvent(LeafType.QUERY, "score.query", "answered", purpose="Q1", legal_basis="open_claim", content={"n": 1})
TAG = b"\x09" * 32


@pytest.fixture
async def worker(database: ScratchDatabase) -> AsyncIterator[Database]:
    async with opened(database, "registry_worker") as signed_in:
        yield signed_in


@pytest.fixture
async def made(database: ScratchDatabase) -> AsyncIterator[Office]:
    async with office(database) as here, at_work(database):
        yield here


@pytest.fixture
async def trail(worker: Database) -> Trail:
    return await new_trail(worker)


async def record(worker: Database, trail: Trail, *events: AuditEvent, **changes: Any) -> list[UUID]:  # noqa: ANN401 - the fields of Act
    async with worker.write() as session:
        entries = await audit.record_all(session, [(event, act(**changes)) for event in events], trail=trail)
    return [entry.id for entry in entries]


def ids(rows: list[Row]) -> list[UUID]:
    return [row.entry_id for row in rows]


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_a_whole_export_proves_itself_in_every_format(
    made: Office, worker: Database, trail: Trail, file_format: ExportFormat
) -> None:
    written = [entry.id for entry in await write(worker, trail, 300)]
    await settle(worker)

    unpacked = Unpacked.read(await export(made, asked(file_format)))

    assert unpacked.verify().kind is LeafType.EXPORT
    assert sorted(ids(unpacked.rows)) == sorted(written)
    assert unpacked.manifest.rows == 300
    assert unpacked.manifest.requester == "auditor-1"
    assert (unpacked.manifest.purpose, unpacked.manifest.reason) == ("Q5", "yearly audit")


async def test_rows_open_what_was_asked_answered_and_about_whom_but_not_who_acted(
    made: Office, worker: Database, trail: Trail
) -> None:
    await record(worker, trail, AuditEvent(LeafType.QUERY, "score.query", "answered", tags=(TAG,), content={"n": 7}))
    await settle(worker)

    (row,) = Unpacked.read(await export(made)).rows

    assert set(row.groups) == {Group.ORG, Group.SUBJECT, Group.CONTENT}
    assert row.detail(Group.CONTENT) == {"n": 7}
    assert row.detail(Group.SUBJECT) == {"tags": [TAG.hex()]}
    assert (row.detail(Group.ORG) or {})["action"] == "score.query"
    assert row.staff_tag is not None


async def test_rows_fill_several_files_and_the_tree_several_levels(
    made: Office, worker: Database, trail: Trail
) -> None:
    await write(worker, trail, 700)
    await settle(worker)

    unpacked = Unpacked.read(await export(replace(made, rows_per_file=300)))

    unpacked.verify()
    assert [file.rows for file in unpacked.manifest.files] == [300, 300, 100]


async def test_rows_that_hold_much_fill_a_file_sooner(made: Office, worker: Database, trail: Trail) -> None:
    await write(worker, trail, 5)
    await settle(worker)

    unpacked = Unpacked.read(await export(replace(made, bytes_per_file=1)))

    unpacked.verify()
    assert [file.rows for file in unpacked.manifest.files] == [1, 1, 1, 1, 1]


async def test_a_filter_gives_what_it_says_and_each_row_is_proved(made: Office, worker: Database, trail: Trail) -> None:
    await write(worker, trail, 300)
    wanted = await record(worker, trail, QUERY, QUERY)
    later = await record(worker, trail, QUERY, now=NOW + timedelta(hours=1))
    await settle(worker)

    for filter_, expected in (
        ({"type": LeafType.QUERY}, [*wanted, *later]),
        ({"purpose": Purpose.OPEN_CLAIM, "until": NOW + timedelta(minutes=1)}, wanted),
        ({"since": NOW + timedelta(hours=1), "until": NOW + timedelta(hours=2)}, later),
        ({"action": "score.query", "outcome": "refused"}, []),
    ):
        unpacked = Unpacked.read(await export(made, asked(**filter_)))
        unpacked.verify()
        assert sorted(ids(unpacked.rows)) == sorted(expected)
        assert unpacked.manifest.shards[0].size >= 303


async def test_an_entry_written_during_the_export_is_outside_its_range(
    made: Office, worker: Database, trail: Trail
) -> None:
    await write(worker, trail, 10)
    await settle(worker)

    exporter = await begin(made)
    pieces = exporter.stream()
    first = await anext(pieces)
    await write(worker, trail, 5)
    await settle(worker)
    unpacked = Unpacked.read(first + b"".join([piece async for piece in pieces]))

    unpacked.verify()
    assert (unpacked.manifest.rows, unpacked.manifest.shards[0].size) == (10, 10)


async def test_the_log_knows_of_an_export_before_its_first_byte_and_of_its_end_after_its_last_row(
    made: Office, database: ScratchDatabase, worker: Database, trail: Trail
) -> None:
    await write(worker, trail, 3)
    await settle(worker)
    actions = "SELECT action FROM audit.entry WHERE type = 5 ORDER BY writer_seq"

    exporter = await begin(made, asked(subjects=(TAG,)))
    before = [row["action"] for row in await fetch(database, actions)]
    tar = b"".join([piece async for piece in exporter.stream()])

    assert before == ["audit.export"]
    assert [row["action"] for row in await fetch(database, actions)] == ["audit.export", "audit.export_closed"]
    # Who looked at a person finds the export about that person.
    (tagged,) = await fetch(database, "SELECT entry_id, tag FROM audit.entry_tag")
    assert (tagged["entry_id"], tagged["tag"]) == (exporter.id, TAG)
    await settle(worker)
    closing = Unpacked.read(tar).verify()
    assert datetime.fromtimestamp(closing.t_ms / 1000, UTC) == NOW + timedelta(seconds=5)
    later = Unpacked.read(await export(made, asked(type=LeafType.EXPORT)))
    later.verify()
    assert closing.entry_id in ids(later.rows)


async def test_a_stream_that_broke_off_has_no_seal_and_leaves_no_entry_of_its_end(
    made: Office, database: ScratchDatabase, worker: Database, trail: Trail
) -> None:
    await write(worker, trail, 300)
    await settle(worker)

    pieces = (await begin(made)).stream()
    got = b"".join([await anext(pieces) for _ in range(3)])
    await pieces.aclose()  # type: ignore[attr-defined] # an async generator is what it is

    assert SEAL.encode() not in got
    assert MANIFEST.encode() not in got
    rows = await fetch(database, "SELECT action FROM audit.entry WHERE type = 5")
    assert [row["action"] for row in rows] == ["audit.export"]


async def test_what_was_erased_is_named_with_the_erasure_that_says_so_and_its_proof(
    made: Office, database: ScratchDatabase, worker: Database, trail: Trail
) -> None:
    gone, kept = await record(worker, trail, EVENT, EVENT)
    (tombstone,) = await record(worker, trail, AuditEvent(LeafType.ERASURE, "erasure.carry_out", "erased"))
    await settle(worker)
    async with superuser(database) as connection:
        await connection.execute("INSERT INTO audit.erased VALUES ($1, $2)", gone, tombstone)
        await connection.execute("UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1", gone)

    unpacked = Unpacked.read(await export(made))

    unpacked.verify()
    found = {row.entry_id: {group: cell.state for group, cell in row.groups.items()} for row in unpacked.rows}
    shredded = {Group.SUBJECT: GroupState.SHREDDED, Group.CONTENT: GroupState.SHREDDED}
    assert found[gone] == {Group.ORG: GroupState.OK} | shredded
    assert set(found[kept].values()) == {GroupState.OK}
    assert unpacked.manifest.erasures == {tombstone: 2}
    assert unpacked.manifest.states[Group.CONTENT] == {GroupState.OK: 2, GroupState.SHREDDED: 1}
    assert unpacked.erasures() == [tombstone]


async def test_a_detail_that_is_gone_without_an_erasure_is_called_missing(
    made: Office, database: ScratchDatabase, worker: Database, trail: Trail
) -> None:
    await write(worker, trail)
    await settle(worker)
    async with superuser(database) as connection:
        await connection.execute("UPDATE audit.entry SET sealed_content = 'forged'")
        await connection.execute("UPDATE audit.key SET wrapped = NULL WHERE month IS NOT NULL")

    (row,) = Unpacked.read(await export(made)).rows

    assert row.groups[Group.ORG].state is GroupState.MISSING
    assert row.groups[Group.SUBJECT].state is GroupState.OK
    assert row.groups[Group.CONTENT].state is GroupState.MISSING


async def test_an_entry_taken_out_of_the_log_shows_as_a_row_too_few(
    made: Office, database: ScratchDatabase, worker: Database, trail: Trail
) -> None:
    entries = await write(worker, trail, 5)
    await settle(worker)
    async with superuser(database) as connection:
        await connection.execute("DELETE FROM audit.entry WHERE id = $1", entries[2].id)

    (shard,) = Unpacked.read(await export(made)).manifest.shards

    assert (shard.rows, shard.size) == (4, 5)


async def test_an_export_that_no_checkpoint_comes_to_cover_ends_without_a_seal(
    database: ScratchDatabase, worker: Database, trail: Trail
) -> None:
    await write(worker, trail)
    await settle(worker)

    async with office(database) as idle:
        pieces = (await begin(replace(idle, patience=0.3))).stream()
        got = b"".join([await anext(pieces) for _ in range(4)])
        with pytest.raises(Unavailable, match="checkpoint_behind"):
            await anext(pieces)

    assert MANIFEST.encode() in got
    assert SEAL.encode() not in got


async def test_no_export_without_a_purpose_of_auditors_and_none_before_the_first_checkpoint(made: Office) -> None:
    with pytest.raises(Denied, match="purpose_not_allowed"):
        await begin(made, asked(because=Because(Purpose.OPEN_CLAIM, "curiosity")))
    with pytest.raises(NotFound, match="checkpoint_missing"):
        await begin(made)
