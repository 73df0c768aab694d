"""What is changed behind the registry's back is found by whoever rebuilds the log, and named by its place."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from registry.services.log_check import Finding
from tests.databases import ScratchDatabase
from tests.faults.machine import Machine

pytestmark = pytest.mark.anyio

ENTRIES = 7
VICTIM = 3


# What was changed is put back, which takes a fiftieth of the time that making it takes.
_EACH = """
DO $$
DECLARE one record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT relname AS name, oid::regclass AS place FROM pg_class
        WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'audit'::regnamespace
    LOOP
        {}
    END LOOP;
END $$
"""
_KEEP = _EACH.format("EXECUTE format('CREATE TABLE kept.%I AS TABLE %s', one.name, one.place);")
_PUT_BACK = _EACH.format("""
        EXECUTE format('DELETE FROM %s', one.place);
        EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM kept.%I', one.place, one.name);
""")


@pytest.fixture(scope="module")
def made(worker_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A log of a few entries under two checkpoints, in which nothing is wrong."""
    worker_database.clear()
    machine = Machine.furnished(tmp_path_factory.mktemp("machine"), worker_database)
    asyncio.run(_make(machine))
    asyncio.run(machine.execute(f"CREATE SCHEMA kept; {_KEEP}"))
    yield machine
    asyncio.run(machine.execute("DROP SCHEMA kept CASCADE"))


@pytest.fixture
async def sealed(made: Machine) -> Machine:
    """The log as it was made."""
    await made.execute(_PUT_BACK)
    return made


async def _make(machine: Machine) -> None:
    async with machine.client() as client:
        for number in range(ENTRIES):
            await machine.admit(client, f"Member {number}")
            if number in {1, ENTRIES - 1}:
                await machine.seal()
    verdict = await machine.verify()
    assert (verdict.faults, verdict.checkpoints) == ((), 2)
    assert verdict.leaves > VICTIM


async def _found(machine: Machine, sql: str, **given: object) -> set[tuple[Finding, int]]:
    """Rewrite history as somebody who may do anything to the database, then look."""
    victim = await machine.ask("SELECT entry_id FROM audit.leaf WHERE idx = $1", VICTIM)
    for name, value in {**given, "victim": f"'{victim}'", "other": f"'{uuid4()}'"}.items():
        sql = sql.replace(f":{name}", str(value))
    await machine.ask(sql)
    return {(fault.finding, fault.place) for fault in (await machine.verify()).faults}


async def _size(machine: Machine) -> int:
    return int(await machine.ask("SELECT size FROM audit.state"))


@pytest.mark.parametrize("byte", [0, 1, 4, 20, 28, 40, 103, 167])
async def test_a_flipped_bit_of_a_leaf_is_named(sealed: Machine, byte: int) -> None:
    found = await _found(
        sealed,
        "UPDATE audit.entry SET leaf = set_byte(leaf, :byte, get_byte(leaf, :byte) # 1) WHERE id = :victim",
        byte=byte,
    )
    assert (Finding.LEAF_CHANGED, VICTIM) in found
    assert (Finding.ROOT_DIFFERS, await _size(sealed)) in found


async def test_a_changed_hash_of_the_tree_is_named(sealed: Machine) -> None:
    found = await _found(
        sealed, "UPDATE audit.leaf SET hash = set_byte(hash, 9, get_byte(hash, 9) # 1) WHERE entry_id = :victim"
    )
    assert found == {(Finding.LEAF_CHANGED, VICTIM)}


async def test_a_leaf_and_its_hash_changed_together_contradict_what_was_signed(sealed: Machine) -> None:
    found = await _found(
        sealed,
        "WITH forged AS (UPDATE audit.entry SET leaf = set_byte(leaf, 167, get_byte(leaf, 167) # 1)"
        " WHERE id = :victim RETURNING id, leaf)"
        " UPDATE audit.leaf SET hash = sha256('\\x00'::bytea || forged.leaf) FROM forged WHERE entry_id = forged.id",
    )
    assert found == {(Finding.ROOT_DIFFERS, await _size(sealed)), (Finding.DETAIL_CHANGED, -1)}


async def test_a_deleted_entry_is_named(sealed: Machine) -> None:
    found = await _found(sealed, "DELETE FROM audit.entry WHERE id = :victim")
    # And its hour does not add up.
    assert found == {(Finding.ENTRY_MISSING, VICTIM), (Finding.HOUR_UNEVEN, -1)}


async def test_an_entry_deleted_with_its_leaf_leaves_a_gap(sealed: Machine) -> None:
    size = await _size(sealed)
    found = await _found(
        sealed,
        "WITH gone AS (DELETE FROM audit.entry WHERE id = :victim) DELETE FROM audit.leaf WHERE entry_id = :victim",
    )
    assert (Finding.INDEX_GAP, VICTIM + 1) in found
    assert (Finding.SIZE_DIFFERS, size - 1) in found
    assert (Finding.ROOT_DIFFERS, size) in found


async def test_the_last_entries_cut_off_contradict_size_and_signature(sealed: Machine) -> None:
    size = await _size(sealed)
    found = await _found(
        sealed,
        "WITH cut AS (DELETE FROM audit.leaf WHERE idx > 3 RETURNING entry_id), gone AS (DELETE FROM audit.entry"
        " USING cut WHERE id = entry_id), frontier AS (DELETE FROM audit.checkpoint WHERE size > 4)"
        " SELECT count(*) FROM cut",
    )
    assert (Finding.SIZE_DIFFERS, VICTIM + 1) in found
    assert size > VICTIM + 1


async def test_an_inserted_leaf_is_found(sealed: Machine) -> None:
    size = await _size(sealed)
    found = await _found(
        sealed,
        "INSERT INTO audit.leaf SELECT shard_id, :size, :other, hash FROM audit.leaf WHERE entry_id = :victim",
        size=size,
    )
    assert (Finding.ENTRY_MISSING, size) in found
    assert (Finding.SIZE_DIFFERS, size + 1) in found


@pytest.mark.parametrize(
    "change",
    [
        "type = type + 1",
        "t_ms = t_ms + 1",
        "writer_id = writer_id + 1",
        "writer_seq = writer_seq + 1000",
    ],
)
async def test_a_changed_column_that_repeats_the_leaf_is_named(sealed: Machine, change: str) -> None:
    found = await _found(sealed, "UPDATE audit.entry SET :change WHERE id = :victim", change=change)
    assert (Finding.COLUMN_CHANGED, VICTIM) in found
    # Another writer may have that number already.
    assert {finding for finding, _ in found} <= {Finding.COLUMN_CHANGED, Finding.NUMBER_TWICE}


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'answered'",
        "purpose = 'Q1'",
        "member_id = gen_random_uuid()",
        *(
            f"sealed_{group} = set_byte(sealed_{group}, 40, get_byte(sealed_{group}, 40) # 1)"
            for group in ("org", "staff", "subject", "content")
        ),
        "sealed_content = (SELECT sealed_content FROM audit.entry WHERE id <> :victim LIMIT 1)",
    ],
)
async def test_a_changed_detail_is_named(sealed: Machine, change: str) -> None:
    found = await _found(sealed, "UPDATE audit.entry SET :change WHERE id = :victim", change=change)
    assert found == {(Finding.DETAIL_CHANGED, -1)}


async def test_a_tag_put_in_is_named(sealed: Machine) -> None:
    change = "INSERT INTO audit.entry_tag VALUES (sha256('somebody'), :victim)"
    assert await _found(sealed, change) == {(Finding.DETAIL_CHANGED, -1)}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit.key WHERE id = :victim",
        "UPDATE audit.key SET wrapped = NULL WHERE id = :victim",
        # As an erasure leaves it, but for the entry of the log that would say so.
        "UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = :victim",
    ],
)
async def test_a_key_taken_away_without_an_erasure_is_named(sealed: Machine, change: str) -> None:
    assert await _found(sealed, change) == {(Finding.DETAIL_MISSING, -1)}


@pytest.mark.parametrize("column", ["root", "note"])
async def test_a_changed_checkpoint_is_named(sealed: Machine, column: str) -> None:
    size = await _size(sealed)
    changed = {
        "root": "root = set_byte(root, 0, get_byte(root, 0) # 1)",
        "note": "note = replace(note, chr(10) || chr(10), chr(10) || 'x' || chr(10))",
    }
    found = await _found(
        sealed, "UPDATE audit.checkpoint SET :change WHERE size = :size", change=changed[column], size=size
    )
    assert found == {(Finding.SIGNATURE_INVALID, size)}


async def test_an_entry_that_never_reached_the_tree_is_named(sealed: Machine) -> None:
    """An entry put in beside the outbox, or taken out of it: nobody would ever seal it."""
    found = await _found(
        sealed,
        "WITH stray AS (INSERT INTO audit.entry SELECT (e.copy).* FROM"
        " (SELECT jsonb_populate_record(a, jsonb_build_object('id', :other)) AS copy"
        " FROM audit.entry a WHERE a.id = :victim) e RETURNING id) SELECT count(*) FROM stray",
    )
    assert (Finding.ENTRY_STRAY, -1) in found
