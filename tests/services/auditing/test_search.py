"""Searching the log finds what is asked for and nothing else, page by page, and says so in the log first."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.domain.audit_filters import Because, Facet, Filter
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Purpose
from registry.errors import NotFound
from registry.services import auditing
from registry.services.auditing.search import Wanted
from registry.store.audit_search import COUNTED_MOST, Found
from registry_formats import cfr1
from registry_formats.leaf import Group, LeafType, check_opening, decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.openings import GroupState
from registry_formats.proofs import verify_proof
from tests.auditing import BECAUSE, Bureau, statements, tag
from tests.logbook import NOW, REALM, key_for, superuser, write
from tests.openings import open_entries
from tests.questions import PHONE, member, query
from tests.recorded import PEPPER, write_report

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2.1"


async def mixed(office: Bureau) -> list[UUID]:
    """Write entries that differ in all that can be searched by."""
    alpha, beta = await member(office.scratch, "Alpha"), await member(office.scratch, "Beta")
    beta = replace(beta, key_id="key-2")
    events: list[tuple[AuditEvent, Act]] = []
    for number in range(24):
        asked = AuditEvent(
            LeafType.QUERY if number % 3 else LeafType.DENIED,
            "score.query" if number % 4 else "report.read",
            "answered" if number % 3 else "refused",
            purpose=("Q1", "Q2", "")[number % 3],
            subject=(bytes([number % 5]) * 32,),
        )
        who = (alpha, beta, None)[number % 3]
        now = NOW + timedelta(minutes=number)
        events.append((asked, Act(now, "r", who, operator="" if who else "worker")))
    return await office.write(*events)


async def search(office: Bureau, *, limit: int = 100, before: UUID | None = None, **wanted: Any) -> auditing.Page:  # noqa: ANN401 - of Filter
    async with office.sight(NOW + timedelta(days=1)) as sight:
        return await auditing.search(sight, Wanted(Filter(**wanted), limit, before), because=BECAUSE)


FILTERS: list[tuple[dict[str, Any], Callable[[Found], bool]]] = [
    ({}, lambda _: True),
    ({"action": "report.read"}, lambda one: one.action == "report.read"),
    ({"action": "score.query"}, lambda one: one.action == "score.query"),
    ({"purpose": Purpose.RESTRICTION_REVIEW}, lambda one: one.purpose == "Q2"),
    ({"purpose": Purpose.OPEN_CLAIM}, lambda one: one.purpose == "Q1"),
    ({"outcome": "refused"}, lambda one: one.outcome == "refused"),
    ({"type": LeafType.DENIED}, lambda one: one.type == LeafType.DENIED),
    ({"type": LeafType.QUERY}, lambda one: one.type == LeafType.QUERY),
    ({"since": NOW + timedelta(minutes=7)}, lambda one: one.t_ms >= (NOW.timestamp() + 420) * 1000),
    ({"until": NOW + timedelta(minutes=7)}, lambda one: one.t_ms < (NOW.timestamp() + 420) * 1000),
    (
        {"type": LeafType.QUERY, "outcome": "answered", "action": "report.read"},
        lambda one: (one.type, one.outcome, one.action) == (1, "answered", "report.read"),
    ),
]


@pytest.mark.parametrize("place", range(len(FILTERS)))
async def test_what_is_found_is_all_that_matches_and_nothing_else(office: Bureau, place: int) -> None:
    wanted, matches = FILTERS[place]
    written = await mixed(office)
    everything = (await search(office)).entries
    assert {one.id for one in everything} == set(written)
    found = (await search(office, **wanted)).entries
    expected = [one.id for one in everything if matches(one)]
    assert expected
    # The first search is in the log by now, and may match too.
    assert [one.id for one in found if one.id in written] == expected


async def test_members_staff_and_subjects_are_found_by_id_and_by_tag(office: Bureau) -> None:
    await mixed(office)
    entries = await open_entries(office.scratch)
    for entry in entries:
        row, subject = entry.row, entry.row["tags"][0]
        by_staff = (await search(office, staff=row["staff_tag"])).entries
        assert row["id"] in {one.id for one in by_staff}
        assert {one.staff_tag for one in by_staff} == {row["staff_tag"]}
        about = (await search(office, subjects=(subject,), until=NOW + timedelta(hours=1))).entries
        assert {one.id for one in about} == {one.row["id"] for one in entries if one.row["tags"] == [subject]}
        if row["member_id"]:
            of_member = (await search(office, member=row["member_id"])).entries
            assert {one.member_id for one in of_member} == {row["member_id"]}
            assert {one.member_name for one in of_member} <= {"Alpha", "Beta"}
            assert len(of_member) == 8
    assert entries[0].row["staff_tag"] == tag(sha256(b"key-1").digest())


async def test_pages_follow_each_other_without_gap_or_overlap(office: Bureau) -> None:
    written = await mixed(office)
    until, found, before = NOW + timedelta(hours=1), list[UUID](), None
    while True:
        page = await search(office, limit=7, before=before, until=until)
        found += [one.id for one in page.entries]
        if not page.more:
            break
        before = found[-1]
    assert found == sorted(written, reverse=True)


async def test_facets_count_each_value(office: Bureau) -> None:
    await mixed(office)
    entries = (await search(office)).entries
    until = NOW + timedelta(hours=1)
    async with office.sight() as sight:
        page = await auditing.search(sight, Wanted(Filter(until=until), 1, facets=True), because=BECAUSE)
    assert page.counts is not None
    assert (page.counts.counted, page.counts.complete) == (24, True)
    assert page.counts.by[Facet.ACTION] == Counter(str(one.action) for one in entries)
    assert page.counts.by[Facet.TYPE] == Counter(str(one.type) for one in entries)
    assert page.counts.by[Facet.PURPOSE] == Counter(one.purpose or "" for one in entries)
    assert page.counts.by[Facet.OUTCOME] == Counter(one.outcome for one in entries)
    assert page.counts.by[Facet.MEMBER] == Counter(str(one.member_id or "") for one in entries)


async def test_facets_of_very_many_count_the_newest_and_say_so(office: Bureau) -> None:
    await write(office.writes, office.trail, COUNTED_MOST + 1)
    async with office.sight() as sight:
        page = await auditing.search(sight, Wanted(Filter(), 1, facets=True), because=BECAUSE)
    assert page.counts is not None
    assert (page.counts.counted, page.counts.complete) == (COUNTED_MOST, False)


async def test_each_search_says_in_the_log_why_what_was_asked_and_how_much_was_shown(office: Bureau) -> None:
    await mixed(office)
    subject = tag(b"\x01" * 32)
    shown = await search(office, subjects=(subject,), outcome="answered")
    (trace,) = await office.traces("audit.search")
    assert (trace["purpose"], trace["legal_basis"], trace["reason"]) == ("Q5", "audit", BECAUSE.reason)
    assert trace["filter"] == {"outcome": "answered", "subjects": [subject.hex()]}
    assert trace["shown"] == len(shown.entries) > 0
    # Whom it was about: the person finds the auditor among those who looked.
    assert trace["tags"] == [subject.hex()]


async def test_a_search_costs_the_same_however_much_it_finds(office: Bureau) -> None:
    await mixed(office)
    counts = set()
    for wanted in (Filter(), Filter(outcome="none"), Filter(subjects=(tag(b"\x01" * 32),))):
        with statements(office.reads, office.writes) as sent:
            async with office.sight(NOW + timedelta(days=1)) as sight:
                await auditing.search(sight, Wanted(wanted, 100, facets=True), because=BECAUSE)
        counts.add(len(sent))
    # The page, the facets, the entry about both.
    assert counts == {3}


async def test_a_case_stands_for_its_subject_and_never_shows_an_identifier(office: Bureau) -> None:
    asker = await member(office.scratch, "Alpha")
    report = await write_report(office.scratch.dsn(), asker.member_id, [PHONE], filed_at=NOW)
    answer = await office.window().ask_one(query(asker, "1", [PHONE]))
    found = await search(office, case=report.id)
    assert [one.id for one in found.entries] == [answer.entry.id]
    assert (await office.traces("audit.search"))[0]["filter"] == {"case": str(report.id)}
    with pytest.raises(NotFound, match="case_unknown"):
        await search(office, case=uuid4())
    # What is refused is not answered, and leaves no trace of an answer.
    assert len(await office.traces("audit.search")) == 1


async def test_a_batch_is_found_by_the_person_of_one_claim(office: Bureau) -> None:
    asker = await member(office.scratch, "Alpha")
    batch = await office.window().ask_batch(query(asker, "1", [PHONE]), query(asker, "2"))
    found = await search(office, subjects=(tag(cfr1.stored(PEPPER, PHONE)),), type=LeafType.BATCH)
    assert [one.id for one in found.entries] == [batch.entry.id]


async def opened(office: Bureau, entry_id: UUID, because: Because = BECAUSE) -> auditing.Shown:
    async with office.sight(NOW + timedelta(days=1)) as sight:
        return await auditing.open_one(sight, entry_id, because=because)


async def test_an_opened_entry_shows_org_and_content_as_the_leaf_commits_to_them(office: Bureau) -> None:
    asker = await member(office.scratch, "Alpha")
    answer = await office.window().ask_one(query(asker, "1", [PHONE]))
    before = await opened(office, answer.entry.id)
    assert before.proof is None
    await office.seal()
    shown = await opened(office, answer.entry.id)
    assert set(shown.entry.states.values()) == {GroupState.OK}
    assert shown.entry.openings.keys() == {Group.ORG, Group.CONTENT}
    for group, opening in shown.entry.openings.items():
        check_opening(decode_leaf(answer.entry.leaf), group, opening)
    assert shown.entry.openings[Group.CONTENT].detail["answer"] == answer.fields
    assert shown.entry.sealed.tags == (tag(cfr1.stored(PEPPER, PHONE)),)
    assert shown.proof is not None
    verify_proof(shown.proof, hash_leaf(answer.entry.leaf), ORIGIN, (key_for(ORIGIN).vkey,))
    traces = await office.traces("audit.open")
    assert [one["entry"] for one in traces] == [str(answer.entry.id)] * 2
    assert traces[0]["states"] == dict.fromkeys(["org", "staff", "subject", "content"], "ok")
    assert traces[0]["tags"] == [one.hex() for one in shown.entry.sealed.tags]


async def damage(office: Bureau, entry_id: UUID, how: str) -> None:
    async with superuser(office.scratch) as connection:
        await connection.execute(_DAMAGE[how], entry_id)
        if how == "erased":
            await connection.execute(
                "UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1", entry_id
            )


_DAMAGE = {
    "erased": "INSERT INTO audit.erased VALUES ($1, gen_random_uuid())",
    "key gone": "DELETE FROM audit.key WHERE id = $1",
    "key destroyed unsaid": "UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1",
    "detail changed": "UPDATE audit.entry SET sealed_content = sealed_org WHERE id = $1",
    "detail of another": "UPDATE audit.entry SET sealed_content = set_byte(sealed_content, 20, 0) WHERE id = $1",
    "writer's key gone": "DELETE FROM audit.writer_key WHERE $1::uuid IS NOT NULL",
}
OK, SHREDDED, MISSING, MISMATCH = GroupState


@pytest.mark.parametrize(
    ("how", "org", "subject", "content"),
    [
        ("erased", OK, SHREDDED, SHREDDED),
        ("key gone", OK, MISSING, MISSING),
        ("key destroyed unsaid", OK, MISSING, MISSING),
        ("detail changed", OK, OK, MISMATCH),
        ("detail of another", OK, OK, MISMATCH),
        ("writer's key gone", MISSING, MISSING, MISSING),
    ],
)
async def test_a_group_says_whether_it_was_shredded_lost_or_forged(
    office: Bureau, how: str, org: GroupState, subject: GroupState, content: GroupState
) -> None:
    asker = await member(office.scratch, "Alpha")
    answer = await office.window().ask_one(query(asker, "1", [PHONE]))
    await damage(office, answer.entry.id, how)
    shown = await opened(office, answer.entry.id)
    assert dict(shown.entry.states) == {
        Group.ORG: org,
        Group.STAFF: org,
        Group.SUBJECT: subject,
        Group.CONTENT: content,
    }
    assert shown.entry.openings.keys() == {
        group for group in (Group.ORG, Group.CONTENT) if shown.entry.states[group] is OK
    }


async def test_an_entry_that_is_none_is_not_opened(office: Bureau) -> None:
    with pytest.raises(NotFound, match="entry_unknown"):
        await opened(office, uuid4())


async def test_what_cannot_be_recorded_is_not_shown(office: Bureau) -> None:
    await mixed(office)
    async with superuser(office.scratch) as connection:
        await connection.execute("ALTER TABLE audit.outbox RENAME TO outbox_away")
    try:
        with pytest.raises(Exception, match="outbox"):
            await search(office)
    finally:
        async with superuser(office.scratch) as connection:
            await connection.execute("ALTER TABLE audit.outbox_away RENAME TO outbox")
    assert await office.traces("audit.search") == []


async def test_the_auditors_sight_can_write_nothing(office: Bureau) -> None:
    async with office.sight() as sight:
        with pytest.raises(Exception, match=r"read-only|permission denied"):
            await (await sight.reads.connection()).exec_driver_sql("DELETE FROM audit.outbox")
        await sight.reads.rollback()
    connection = await asyncpg.connect(office.scratch.dsn("registry_auditor"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("INSERT INTO audit.outbox VALUES (gen_random_uuid())")
    await connection.close()
