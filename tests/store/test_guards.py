"""Who may do what to history: grants for the roles, triggers for everybody."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.databases import ScratchDatabase
from tests.logbook import new_trail, opened, seal, sign, write
from tests.questions import NOW, PHONE, Window, incident, member, query, serve

pytestmark = pytest.mark.anyio

ROLES = ("registry_api", "registry_worker", "registry_auditor")
HISTORY = (
    *("report_revision", "evidence_artefact", "notice", "disclosure", "recall", "claim"),
    *("outcome", "recall_acknowledgement", "recall_lift", "recall_step"),
    *("audit.writer", "audit.writer_end", "audit.entry", "audit.entry_tag", "audit.batch_item", "audit.key"),
    "audit.erased",
    *("audit.shard", "audit.leaf", "audit.tile", "audit.checkpoint", "audit.cosignature"),
    *("audit.saved_search", "audit.sample", "audit.sample_item", "audit.finding", "audit.sign_off"),
    *("appeal_step", "appeal_message", "appeal_evidence", "appeal_letter", "appeal_reminder", "appeal_skip"),
    *("integrity_finding", "overlap_alarm", "readjudication_week"),
    *("subject_statement", "protective_record", "protective_check", "protective_lift"),
)
_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace IN ('public'::regnamespace, 'audit'::regnamespace)
"""
# All that may ever be changed or taken away, and by whom.
CHANGES = {
    ("registry_api", "UPDATE"): {"filing_day", "idempotency", "import_job", "import_line", "quota_use"},
    ("registry_api", "DELETE"): {
        "credential",
        "member_staff_tag",
        "passkey",
        "protective_token",
        "report_identity",
        "staff_identity",
        "subject_draft",
        "subject_session",
    },
    ("registry_worker", "UPDATE"): {"audit.state", "audit.writer_progress", "group_reliability", "transparency"},
    ("registry_worker", "DELETE"): {
        *("assertion_seen", "audit.outbox", "idempotency", "quota_use", "report_event", "report_identity"),
        *("appeal_upload_chunk", "audit.export_chunk"),
        *("evidence_artefact", "notice"),  # not before their record has expired, says a trigger
        *("session_", "sign_in_attempt", "webhook_attempt", "webhook_delivery", "webhook_message"),
        *("subject_answer", "subject_draft", "subject_link", "subject_session"),
    },
}
# Sealed columns and wrapped keys: what each role reads of them.
WEBHOOK_SECRETS = {"webhook_endpoint.sealed_previous", "webhook_endpoint.sealed_secret"}
SEALED_APPEALS = {"appeal.sealed_reasons", "appeal.wrapped_key"}
SEALED = {
    "registry_api": {
        *("appeal_upload.wrapped_key", "appeal_upload_chunk.sealed_bytes"),
        *("audit.export_chunk.sealed_bytes", "audit.export_job.wrapped_key"),
        *("appeal_letter.sealed_letter", "appeal_message.sealed_jws", "appeal_message.sealed_text", *SEALED_APPEALS),
        *("credential.sealed_totp", "invitation.sealed_totp", "report.wrapped_key", "report_revision.sealed_jws"),
        *("subject_draft.sealed_draft", "subject_session.sealed_proof", "subject_statement.sealed_text"),
        *WEBHOOK_SECRETS,
    },
    "registry_worker": {
        *("audit.export_job.wrapped_key", "report.wrapped_key", "report_revision.sealed_jws"),
        *SEALED_APPEALS,
        *WEBHOOK_SECRETS,
    },
    "registry_auditor": {
        *("audit.batch_item.sealed_content", "audit.entry.sealed_content", "audit.entry.sealed_org"),
        *("audit.entry.sealed_staff", "audit.entry.sealed_subject", "audit.key.wrapped"),
        "audit.writer_key.wrapped",
    },
}


@pytest.fixture
async def owner(database: ScratchDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.dsn())
    yield connection
    await connection.close()


@pytest.fixture
async def lived(database: ScratchDatabase, owner: asyncpg.Connection) -> None:
    """Leave a row in every table of history."""
    author, asker = await member(database, "Alpha"), await member(database, "Beta")
    report = await incident(database, author.member_id)
    await serve(database, report, PHONE, days_ago=40)
    async with opened(database, "registry_api") as api, opened(database, "registry_worker") as worker:
        window = Window.open(api.quick, await new_trail(api))
        await window.ask_one(query(asker, "1"))
        await window.ask_batch(query(asker, "2"))
        await write(api, window.desk.trail, 256)
        await seal(worker)
        await sign(worker)
    await owner.execute("INSERT INTO audit.cosignature VALUES (1, 1, 'witness', '', 0, '')")
    await owner.execute("INSERT INTO audit.writer_end VALUES (1, $1, '')", uuid4())
    await owner.execute("INSERT INTO audit.erased VALUES ($1, $1)", uuid4())
    await _audited(owner)
    await _protected(owner, report.id, asker.member_id)
    await _appealed(owner, report.id, author.member_id)
    await owner.execute("INSERT INTO report_revision VALUES ($1, 1, 'filed', NULL, '', NULL, $2)", report.id, NOW)
    await owner.execute(
        "INSERT INTO evidence_artefact VALUES ($1, 1, 'photo', 'E2', $2, $3)", report.id, bytes(32), NOW.date()
    )
    await owner.execute(
        "INSERT INTO recall VALUES ($1, $1, 1, $2, 'amended', NULL, $3)", report.id, asker.member_id, NOW
    )
    await owner.execute(
        "INSERT INTO outcome VALUES ($1, $2, $3, $1, 'A1', $4, NULL, NULL, '{}', $4)",
        *(report.id, asker.member_id, bytes(32), NOW),
    )
    await owner.execute("INSERT INTO recall_lift VALUES ($1, $1)", report.id)
    await owner.execute("INSERT INTO recall_acknowledgement VALUES ($1, $2)", report.id, NOW)
    await owner.execute("INSERT INTO recall_step VALUES ($1, 'alert', $2, $2)", report.id, NOW)
    await owner.execute(
        "INSERT INTO integrity_finding VALUES ($1, $1, 'MI-03', $2, 'appeal', $1, $2)", asker.member_id, NOW
    )
    await owner.execute(
        "INSERT INTO overlap_alarm VALUES ($1, $1, $2, 'phone', 5, 1, $3)", author.member_id, asker.member_id, NOW
    )
    await owner.execute("INSERT INTO readjudication_week VALUES ($1, $2, $3)", NOW.date(), bytes(32), NOW)


async def _appealed(owner: asyncpg.Connection, report: UUID, author: UUID) -> None:
    """Leave what an appeal leaves."""
    await owner.execute(
        "INSERT INTO appeal (id, report_id, member_id, state, grounds, proved_kinds, language, received_at, flag_only, "
        "evidence, turns, changed_at) VALUES ($1, $1, $2, 'decided', '{}', '{}', 'en', $3, false, '', '{}', $3)",
        *(report, author, NOW),
    )
    for table, values in (
        ("appeal_step", "$1, $1, 'lodge', 'subject', NULL, 'received', $2, NULL, NULL"),
        ("appeal_message", "$1, $1, 'subject', NULL, 'appeal', '{registry}', '', NULL, NULL, $2"),
        ("appeal_evidence", "$1, $1, '', 'photo', 1, 'image/png', 'subject', NULL, $2"),
        ("appeal_letter", "$1, $1, 'arrival', 'subject', 'en', 1, '', '', '', $2"),
        ("appeal_reminder", "$1, 'lapse', $2, 24, $2"),
        ("staff", "$1, 'ann', '{}', 'active', $2, NULL, NULL"),
        ("appeal_skip", "$1, $1, $1, 'language', $2"),
    ):
        await owner.execute(f"INSERT INTO {table} VALUES ({values})", report, NOW)  # noqa: S608 - our own words


async def _protected(owner: asyncpg.Connection, report_id: UUID, member_id: UUID) -> None:
    """Leave what a subject leaves."""
    await owner.execute("INSERT INTO subject_statement VALUES ($1, 1, '', $2)", report_id, NOW)
    await owner.execute("INSERT INTO protective_record VALUES ($1, 'PV-03', 'subject', $2)", report_id, NOW)
    await owner.execute("INSERT INTO protective_check VALUES ($1, $2, $3)", report_id, member_id, NOW)
    await owner.execute("INSERT INTO protective_lift VALUES ($1, 'subject', $2)", report_id, NOW)


async def _audited(owner: asyncpg.Connection) -> None:
    """Leave what an auditor leaves."""
    who = uuid4()
    await owner.execute("INSERT INTO audit.saved_search VALUES ($1, $1, 'mine', '{}', false, $2)", who, NOW)
    await owner.execute(
        "INSERT INTO audit.sample VALUES ($1, $1, 'log', 1, $2, 1, '{}', 'Q5', 'a round', $3)", who, bytes(32), NOW
    )
    await owner.execute("INSERT INTO audit.sample_item VALUES ($1, 0, 0, $1)", who)
    await owner.execute("INSERT INTO audit.finding VALUES ($1, $1, 0, $1, 'in_order', '', $2)", who, NOW)
    await owner.execute("INSERT INTO audit.sign_off VALUES ($1, $1, '', $2)", who, NOW)


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_no_role_rewrites_history(
    database: ScratchDatabase, owner: asyncpg.Connection, role: str, statement: str
) -> None:
    connection = await asyncpg.connect(database.dsn(role))
    try:
        for table in HISTORY:
            column = await _first_column(owner, table)
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
                await connection.execute(statement.format(table, column, column))
    finally:
        await connection.close()


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_not_even_the_owner_rewrites_history(owner: asyncpg.Connection, statement: str) -> None:
    for table in HISTORY:
        column = await _first_column(owner, table)
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await owner.execute(statement.format(table, column, column))


async def _first_column(owner: asyncpg.Connection, table: str) -> str:
    # An identity column cannot be set; the trigger would not be asked.
    name: str = await owner.fetchval(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND attidentity = ''"
        " ORDER BY attnum LIMIT 1",
        table,
    )
    return name


async def _tables(owner: asyncpg.Connection) -> list[str]:
    return [row[0] for row in await owner.fetch(_TABLES)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("privilege", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_what_may_be_changed_is_listed(owner: asyncpg.Connection, role: str, privilege: str) -> None:
    allowed = {
        table
        for table in await _tables(owner)
        if await owner.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, privilege)
    }
    assert allowed == CHANGES.get((role, privilege), set())


@pytest.mark.parametrize("role", ROLES)
async def test_of_a_report_only_what_a_correction_needs_may_be_changed(owner: asyncpg.Connection, role: str) -> None:
    fixed = {"id", "member_id", "group_id", "reference", "severity", "act_ended_on", "filed_at", "policy_digest"}
    columns = {
        row[0]
        for row in await owner.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'report' AND table_schema = 'public'"
        )
    }
    assert fixed < columns
    changeable = {
        column
        for column in columns
        if await owner.fetchval("SELECT has_column_privilege($1, 'report', $2, 'UPDATE')", role, column)
    }
    assert not changeable & fixed
    assert bool(changeable) is (role != "registry_auditor")
    assert ("wrapped_key" in changeable) is (role == "registry_worker")


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reads_no_sealed_column_that_it_does_not_need(owner: asyncpg.Connection, role: str) -> None:
    rows = await owner.fetch(
        "SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE (attname LIKE 'sealed\\_%' OR attname LIKE 'wrapped%') AND relkind IN ('r', 'p') AND NOT relispartition"
        " AND has_column_privilege($1::name, attrelid, attnum, 'SELECT')",
        role,
    )
    assert {row[0] for row in rows} == SEALED[role]


@pytest.mark.parametrize("role", ROLES)
async def test_a_partition_is_reached_through_the_log_only(database: ScratchDatabase, role: str) -> None:
    connection = await asyncpg.connect(database.dsn(role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT 1 FROM audit.entry_other")
    finally:
        await connection.close()


FIXED = {
    "severity": "S4",
    "act_ended_on": NOW.date(),
    "filed_at": NOW - timedelta(days=1),
    "reference": "RMA-other",
}


@pytest.mark.parametrize("column", FIXED)
async def test_what_was_fixed_at_filing_stays(
    database: ScratchDatabase, owner: asyncpg.Connection, column: str
) -> None:
    await incident(database, (await member(database, "Alpha")).member_id)
    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute(f"UPDATE report SET {column} = $1", FIXED[column])  # noqa: S608 - our own names
    await owner.execute("UPDATE report SET state = 'withdrawn', revision = 2")


async def test_another_member_cannot_be_made_the_author(database: ScratchDatabase, owner: asyncpg.Connection) -> None:
    await incident(database, (await member(database, "Alpha")).member_id)
    other = await member(database, "Beta")
    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute("UPDATE report SET member_id = $1, group_id = $2", other.member_id, other.group_id)


async def test_the_api_learns_nothing_from_the_log_but_proofs(database: ScratchDatabase) -> None:
    connection = await asyncpg.connect(database.dsn("registry_api"))
    try:
        for table in ("audit.key", "audit.entry_tag", "audit.batch_item"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"SELECT 1 FROM {table}")  # noqa: S608 - our own names
        await connection.execute("SELECT 1 FROM audit.leaf, audit.tile, audit.checkpoint, audit.state, audit.shard")
    finally:
        await connection.close()
