"""What one process writes into the log: sealed under the right keys, committed to, found by tags alone."""

from hashlib import sha256
from itertools import combinations
from uuid import UUID, uuid4

import pytest

from registry.crypto.sealed import blind_tag, detail_context, key_context, unseal, unwrap_key
from registry.domain.access import Caller
from registry.domain.events import AuditEvent
from registry.masters import Secret
from registry.services import audit
from registry.services.trail import Rows, Trail, TrailKeys
from registry.store.database import Database
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, LeafType, check_opening
from tests.databases import ScratchDatabase
from tests.logbook import MASTER, NOW, TAGS, act, check_log, new_trail, write
from tests.openings import kek_of, open_entries, rows

pytestmark = pytest.mark.anyio
PHONE, MAIL = b"\x01" * 32, b"\x02" * 32
LOOK = AuditEvent(
    LeafType.QUERY,
    "score.query",
    "answered",
    purpose="Q1",
    legal_basis="open_claim",
    claim="claim-1",
    subject=(PHONE, MAIL, PHONE),
    content={"score": 470, "band": "guarded", "text": "图", "flags": [True, None]},
)


def caller(member: UUID | None = None, key_id: str = "key-1") -> Caller:
    return Caller(member or uuid4(), uuid4(), frozenset(), "cn", key_id)


async def record(
    database: Database, trail: Trail, who: Caller | None, event: AuditEvent = LOOK, *, operator: str = "tests"
) -> None:
    made = act(caller=who, address="192.0.2.7", request_id="r-1", operator=operator)
    async with database.write() as session:
        await audit.record(session, event, act=made, trail=trail)


async def test_every_group_opens_and_is_what_the_leaf_commits_to(database: ScratchDatabase, api: Database) -> None:
    who = caller()
    await record(api, await new_trail(api), who)
    (entry,) = await open_entries(database)
    for group, opening in entry.groups.items():
        check_opening(entry.leaf, group, opening)
    details = {group: dict(opening.detail) for group, opening in entry.groups.items()}
    assert details == {
        Group.ORG: {
            "action": "score.query",
            "claim": "claim-1",
            "counter": 1,
            "legal_basis": "open_claim",
            "member": str(who.member_id),
            "outcome": "answered",
            "purpose": "Q1",
        },
        Group.STAFF: {"address": "192.0.2.7", "key": "key-1", "operator": "tests", "request": "r-1"},
        Group.SUBJECT: {"tags": [blind_tag(TAGS, one).hex() for one in (PHONE, MAIL)]},
        Group.CONTENT: dict(LOOK.content),
    }
    assert len({opening.salt for opening in entry.groups.values()}) == 4
    assert await check_log(database) == 1


async def test_what_can_be_searched_repeats_the_leaf(database: ScratchDatabase, api: Database) -> None:
    who = caller()
    await record(api, await new_trail(api), who, operator="")
    (entry,) = await open_entries(database)
    row, leaf = entry.row, entry.leaf
    assert (row["id"], row["type"], row["t_ms"]) == (leaf.entry_id, leaf.kind, leaf.t_ms)
    assert (row["writer_id"], row["writer_seq"]) == (leaf.writer_id, leaf.writer_seq)
    assert leaf.t_ms == NOW.timestamp() * 1000
    assert (row["member_id"], row["purpose"], row["outcome"]) == (who.member_id, "Q1", "answered")
    assert row["staff_tag"] == blind_tag(TAGS, sha256(b"key-1").digest())
    # One row for each token, however often it was named; without the tag key nobody can tell whose.
    assert row["tags"] == sorted(blind_tag(TAGS, one) for one in (PHONE, MAIL))
    assert not {PHONE, MAIL} & set(row["tags"])


async def test_a_person_at_work_for_a_member_is_found_before_its_key(database: ScratchDatabase, api: Database) -> None:
    await record(api, await new_trail(api), caller(), operator="person-1")
    (entry,) = await open_entries(database)
    assert entry.row["staff_tag"] == blind_tag(TAGS, sha256(b"person-1").digest())


async def test_nothing_sealed_opens_with_another_key(database: ScratchDatabase, api: Database) -> None:
    trail, other = await new_trail(api), await new_trail(api)
    for one in (trail, trail, other):
        await record(api, one, caller())
    entries = await open_entries(database)
    # Of another secret, of another writer, of another entry, of another group of the same entry.
    with pytest.raises(FormatError):
        await open_entries(database, Secret(b"\x44" * 32))
    for entry, foreign in combinations(entries, 2):
        kek = kek_of(entry.row)
        own = unwrap_key(kek, entry.row["own_key"], key_context(entry.row["id"].bytes))
        with pytest.raises(FormatError):
            unwrap_key(kek, foreign.row["own_key"], key_context(entry.row["id"].bytes))
        with pytest.raises(FormatError):
            unseal(own, foreign.row["sealed_content"], detail_context(foreign.row["id"].bytes, Group.CONTENT))
        with pytest.raises(FormatError):
            unseal(own, entry.row["sealed_content"], detail_context(entry.row["id"].bytes, Group.SUBJECT))
        with pytest.raises(FormatError):
            unseal(own, entry.row["sealed_org"], detail_context(entry.row["id"].bytes, Group.ORG))
    kek = kek_of(entries[0].row)
    with pytest.raises(FormatError):
        unwrap_key(kek, entries[2].row["own_key"], key_context(entries[2].row["id"].bytes))


async def test_the_key_that_erasure_destroys_is_the_entrys_own_and_opens_no_other_group(
    database: ScratchDatabase, api: Database
) -> None:
    trail, who = await new_trail(api), caller()
    await record(api, trail, who)
    await record(api, trail, who)
    first, second = await open_entries(database)
    kek = kek_of(first.row)
    own = [unwrap_key(kek, one.row["own_key"], key_context(one.row["id"].bytes)) for one in (first, second)]
    month = unwrap_key(kek, first.row["month_key"], key_context(first.row["month_key_id"].bytes))
    assert len({*own, month}) == 3
    assert first.row["month_key_id"] == second.row["month_key_id"]


async def test_each_member_and_month_has_a_key_of_its_own(database: ScratchDatabase, api: Database) -> None:
    trail, alpha, beta = await new_trail(api), caller(), caller()
    for who, now in ((alpha, NOW), (beta, NOW), (None, NOW), (alpha, NOW.replace(month=12)), (alpha, NOW)):
        async with api.write() as session:
            await audit.record(session, LOOK, act=act(now, caller=who), trail=trail)
    found = await rows(database, "SELECT member_id, month FROM audit.key WHERE month IS NOT NULL")
    registry = UUID(int=0)
    expected = [(alpha.member_id, 202611), (beta.member_id, 202611), (registry, 202611), (alpha.member_id, 202612)]
    assert sorted(tuple(row) for row in found) == sorted(expected)
    entries = await open_entries(database)
    assert entries[0].row["month_key_id"] == entries[4].row["month_key_id"]


async def test_the_key_of_a_month_that_was_rolled_back_is_never_used(database: ScratchDatabase, api: Database) -> None:
    trail, who = await new_trail(api), caller()

    async def fail() -> None:
        async with api.write() as session:
            await audit.record(session, LOOK, act=act(caller=who), trail=trail)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    # Two that overlap, neither of which may rely on the other's key before its commit.
    async with api.write() as one, api.write() as two:
        await audit.record(one, LOOK, act=act(caller=who), trail=trail)
        await audit.record(two, LOOK, act=act(caller=who), trail=trail)
    await record(api, trail, who)
    entries = await open_entries(database)
    assert len(entries) == 3
    for entry in entries:
        for group, opening in entry.groups.items():
            check_opening(entry.leaf, group, opening)


async def test_each_member_has_a_count_of_its_own_and_the_writer_one_of_all(
    database: ScratchDatabase, api: Database
) -> None:
    trail, alpha, beta = await new_trail(api), caller(), caller()
    for who in (alpha, alpha, beta, None, alpha):
        await record(api, trail, who)
    entries = await open_entries(database)
    assert [entry.groups[Group.ORG].detail["counter"] for entry in entries] == [1, 2, 1, 1, 3]
    assert [entry.leaf.writer_seq for entry in entries] == [1, 2, 3, 4, 5]
    assert len({entry.leaf.writer_id for entry in entries}) == 1
    other = await new_trail(api)
    await record(api, other, alpha)
    assert (await open_entries(database))[-1].leaf.writer_seq == 1


async def test_many_entries_are_written_as_one_by_one(database: ScratchDatabase, api: Database) -> None:
    trail, many = await new_trail(api), [caller() for _ in range(20)]
    events = [(LOOK._replace(claim=f"claim-{number}"), act(caller=who)) for number, who in enumerate(many)]
    async with api.write() as session:
        written = await audit.record_all(session, events, trail=trail)
    entries = await open_entries(database)
    assert [entry.row["id"] for entry in entries] == [one.id for one in written]
    assert [entry.groups[Group.ORG].detail["claim"] for entry in entries] == [event.claim for event, _ in events]
    assert [entry.groups[Group.ORG].salt for entry in entries] == [one.org_salt for one in written]
    assert [entry.groups[Group.CONTENT].salt for entry in entries] == [one.content_salt for one in written]
    assert await check_log(database) == 20


async def test_nothing_random_is_used_twice(database: ScratchDatabase, api: Database) -> None:
    await write(api, await new_trail(api), 50)
    entries = await open_entries(database)
    salts = [opening.salt for entry in entries for opening in entry.groups.values()]
    sealed = [entry.row[f"sealed_{group}"] for entry in entries for group in Group]
    nonces = [one[:12] for one in sealed] + [entry.row["own_key"][:12] for entry in entries]
    assert len(set(salts)) == len(salts) == 200
    assert len(set(nonces)) == len(nonces) == 250


def test_secrets_do_not_show_themselves() -> None:
    assert "22" not in repr(TrailKeys(b"\x22" * 32, TAGS)) + repr(MASTER)
    assert Rows() == Rows()
