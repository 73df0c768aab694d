"""What the registry exports is what the verifier accepts, in every format."""

import tarfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from registry.domain.events import AuditEvent
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import Database
from registry_client.verifier.exports import verify_export
from registry_client.verifier.findings import Outcome
from registry_client.verifier.keys import Keys
from registry_formats.exports import ExportFormat
from registry_formats.leaf import LeafType
from registry_formats.notes import VerifierKey
from tests.databases import ScratchDatabase
from tests.exporting import asked, at_work, export, office
from tests.logbook import NOW, REALM, SEED, act, key_for, new_trail, opened, seal, sign, superuser, write

pytestmark = pytest.mark.anyio
KEYS = Keys((VerifierKey(f"{REALM}/audit", key_for("x", SEED).vkey.public_key),))


@pytest.fixture
async def worker(database: ScratchDatabase) -> AsyncIterator[Database]:
    async with opened(database, "registry_worker") as signed_in:
        yield signed_in


@pytest.fixture
async def trail(worker: Database) -> Trail:
    return await new_trail(worker)


async def _settle(worker: Database) -> None:
    while await seal(worker):
        pass
    await sign(worker)


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_a_whole_export_is_accepted(
    database: ScratchDatabase, worker: Database, trail: Trail, tmp_path: Path, file_format: ExportFormat
) -> None:
    await write(worker, trail, 600)
    await _settle(worker)
    async with office(database) as made, at_work(database):
        (tmp_path / "export.tar").write_bytes(await export(made, asked(file_format)))
    report = verify_export(tmp_path / "export.tar", KEYS, tell=lambda _, __: None)
    assert (report.outcome, report.faults, report.facts["rows"]) == (Outcome.GOOD, (), 600)
    assert report.facts["leaves"] == 600


async def test_a_filtered_export_is_accepted_and_one_from_which_an_entry_was_deleted_first_is_not(
    database: ScratchDatabase, worker: Database, trail: Trail, tmp_path: Path
) -> None:
    entries = await write(worker, trail, 300)
    await write(worker, trail, 10, now=NOW + timedelta(hours=1))
    await _settle(worker)
    async with office(database) as made, at_work(database):
        (tmp_path / "some.tar").write_bytes(await export(made, asked(since=NOW + timedelta(minutes=1))))
        async with superuser(database) as connection:
            index = await connection.fetchval("SELECT idx FROM audit.leaf WHERE entry_id = $1", entries[77].id)
            await connection.execute("DELETE FROM audit.entry WHERE id = $1", entries[77].id)
        (tmp_path / "all.tar").write_bytes(await export(made, asked()))
    some = verify_export(tmp_path / "some.tar", KEYS, tell=lambda _, __: None)
    assert (some.outcome, some.faults, some.facts["rows"]) == (Outcome.GOOD, (), 10)
    whole = verify_export(tmp_path / "all.tar", KEYS, tell=lambda _, __: None)
    assert [(fault.finding.value, fault.index) for fault in whole.faults] == [("entry_missing", index)]


async def test_what_was_erased_is_excused_by_the_erasure_in_the_log(
    database: ScratchDatabase, worker: Database, trail: Trail, tmp_path: Path
) -> None:
    event = AuditEvent(LeafType.QUERY, "score.query", "answered", content={"n": 1})
    async with worker.write() as session:
        (gone,) = await audit.record_all(session, [(event, act())], trail=trail)
        content = {"approver": "a", "entries": [str(gone.id)], "erasure": "e", "groups": ["content", "subject"]}
        tombstone = AuditEvent(
            LeafType.ERASURE,
            "erasure.carried_out",
            "approved",
            content=content | {"items": [], "legal_basis": "unlawful", "proposer": "p"},
        )
        (told,) = await audit.record_all(session, [(tombstone, act())], trail=trail)
    await _settle(worker)
    async with superuser(database) as connection:
        await connection.execute("INSERT INTO audit.erased VALUES ($1, $2)", gone.id, told.id)
        await connection.execute("UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1", gone.id)
    async with office(database) as made, at_work(database):
        (tmp_path / "export.tar").write_bytes(await export(made))
    report = verify_export(tmp_path / "export.tar", KEYS, tell=lambda _, __: None)
    assert report.faults == ()


async def test_an_export_over_two_half_years_is_accepted(
    database: ScratchDatabase, worker: Database, trail: Trail, tmp_path: Path
) -> None:
    later = NOW + timedelta(days=60)
    await write(worker, trail, 300)
    await _settle(worker)
    await write(worker, trail, 270, now=later)
    while await seal(worker, now=later, trail=trail):
        pass
    await sign(worker, now=later, trail=trail)
    async with office(database) as made, at_work(database):
        (tmp_path / "export.tar").write_bytes(await export(made))
    report = verify_export(tmp_path / "export.tar", KEYS, tell=lambda _, __: None)
    with tarfile.open(tmp_path / "export.tar") as tar:
        checkpoints = [name for name in tar.getnames() if name.endswith("checkpoint")]
    assert checkpoints == ["log/2026h2.1/checkpoint", "log/2027h1.1/checkpoint"]
    assert report.faults == ()
    assert int(report.facts["rows"]) >= 570
