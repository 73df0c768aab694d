"""Who looked at a person: every look and no other, with what proves it, and nothing about clerks or other people."""

from datetime import timedelta
from uuid import UUID

import pytest

from registry.domain.audit_filters import Filter
from registry.domain.events import Act, AuditEvent
from registry.errors import Malformed
from registry.services import auditing
from registry.services.auditing.looks import Wanted
from registry_formats import cfr1
from registry_formats.cfr1 import Token
from registry_formats.details import check_batch_item
from registry_formats.leaf import Group, LeafType, check_opening
from registry_formats.merkle import hash_leaf
from registry_formats.openings import GroupState
from registry_formats.proofs import verify_proof
from tests.auditing import BECAUSE, Bureau, statements, tag
from tests.logbook import NOW, REALM, key_for, superuser
from tests.questions import NATIONAL_ID, PHONE, STRANGER, incident, member, query
from tests.recorded import PEPPER, write_report

pytestmark = pytest.mark.anyio
ORIGIN = f"{REALM}/audit/2026h2.1"


def tags(*tokens: Token) -> tuple[bytes, ...]:
    return tuple(tag(cfr1.stored(PEPPER, one)) for one in tokens)


async def look_up(office: Bureau, *subjects: bytes, limit: int = 50, before: UUID | None = None) -> auditing.Looks:
    async with office.sight(NOW + timedelta(days=1)) as sight:
        return await auditing.look_up(sight, Filter(subjects=subjects), Wanted(limit, before), because=BECAUSE)


async def test_every_look_is_listed_with_who_when_why_and_what_was_told(office: Bureau) -> None:
    alpha, beta = await member(office.scratch, "Alpha"), await member(office.scratch, "Beta")
    await incident(office.scratch, alpha.member_id)
    window = office.window()
    first = await window.ask_one(query(alpha, "1", [PHONE]))
    await window.ask_one(query(alpha, "2", STRANGER))
    second = await window.ask_one(query(beta, "3", [PHONE, NATIONAL_ID], now=NOW + timedelta(hours=1)))
    await office.seal()
    found = await look_up(office, *tags(PHONE))
    assert not found.more
    assert [(one.id, one.entry.sealed.member_name) for one in found.looks] == [
        (second.entry.id, "Beta"),
        (first.entry.id, "Alpha"),
    ]
    for look, answer in zip(found.looks, (second, first), strict=True):
        assert look.entry.openings.keys() == {Group.ORG, Group.CONTENT}
        org = look.entry.openings[Group.ORG].detail
        assert (org["purpose"], org["legal_basis"], org["outcome"]) == ("Q1", "open_claim", "answered")
        assert look.entry.openings[Group.CONTENT].detail["answer"] == answer.fields
        assert look.proof is not None
        verify_proof(look.proof, hash_leaf(answer.entry.leaf), ORIGIN, (key_for(ORIGIN).vkey,))
        for group, opening in look.entry.openings.items():
            check_opening(look.entry.leaf, group, opening)


async def test_a_look_at_two_identifiers_of_one_person_is_one_look(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    await office.window().ask_one(query(alpha, "1", [PHONE, NATIONAL_ID]))
    assert len((await look_up(office, *tags(PHONE, NATIONAL_ID))).looks) == 1


async def test_a_claim_of_a_batch_is_a_look_with_a_way_to_the_batchs_root(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    queries = [query(alpha, str(number), STRANGER) for number in range(5)]
    batch = await office.window().ask_batch(*queries[:3], query(alpha, "p", [PHONE]), *queries[3:])
    await office.seal()
    (look,) = (await look_up(office, *tags(PHONE))).looks
    item = look.entry.item
    assert item is not None
    assert item.opening is not None
    assert item.path is not None
    assert (look.id, item.position, item.purpose, item.state) == (item.id, 3, "Q1", GroupState.OK)
    assert look.entry.sealed.id == batch.entry.id
    assert item.opening.detail["answer"] == batch.items[3].fields
    # From the claim to the batch's root, from the batch's content to the leaf, from the leaf to the tree.
    check_batch_item(look.entry.openings[Group.CONTENT].detail, item.position, item.opening, item.path)
    check_opening(look.entry.leaf, Group.CONTENT, look.entry.openings[Group.CONTENT])
    assert look.proof is not None
    verify_proof(look.proof, hash_leaf(batch.entry.leaf), ORIGIN, (key_for(ORIGIN).vkey,))
    # Not a tag of anybody else's claim.
    assert look.entry.sealed.tags == tags(PHONE)


async def test_the_proof_of_a_claim_survives_the_erasure_of_its_neighbour(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    await office.window().ask_batch(query(alpha, "1", [PHONE]), query(alpha, "2", STRANGER))
    async with superuser(office.scratch) as connection:
        neighbour = await connection.fetchval("SELECT item_id FROM audit.batch_item WHERE position = 1")
        await connection.execute("INSERT INTO audit.erased VALUES ($1, gen_random_uuid())", neighbour)
        await connection.execute("UPDATE audit.key SET wrapped = NULL, destroyed_at = now() WHERE id = $1", neighbour)
    (look,) = (await look_up(office, *tags(PHONE))).looks
    (gone,) = (await look_up(office, *tags(STRANGER[0]))).looks
    assert look.entry.item is not None
    assert gone.entry.item is not None
    assert (look.entry.item.state, gone.entry.item.state) == (GroupState.OK, GroupState.SHREDDED)
    assert gone.entry.item.opening is None


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        ("DELETE FROM audit.key WHERE id = (SELECT item_id FROM audit.batch_item WHERE position = 0)", "missing"),
        ("UPDATE audit.batch_item SET sealed_content = set_byte(sealed_content, 20, 0)", "mismatch"),
        ("UPDATE audit.batch_item SET commitment = decode(repeat('00', 32), 'hex') WHERE position = 1", "mismatch"),
    ],
)
async def test_a_claim_that_was_lost_or_forged_says_so(office: Bureau, damage: str, state: str) -> None:
    alpha = await member(office.scratch, "Alpha")
    await office.window().ask_batch(query(alpha, "1", [PHONE]), query(alpha, "2", STRANGER))
    async with superuser(office.scratch) as connection:
        await connection.execute(damage)
    (look,) = (await look_up(office, *tags(PHONE))).looks
    assert look.entry.item is not None
    assert look.entry.item.state == state
    assert look.entry.item.opening is None


async def test_what_shows_nothing_to_anybody_is_no_look(office: Bureau) -> None:
    stored = cfr1.stored(PEPPER, PHONE)
    for type_ in LeafType:
        await office.write((AuditEvent(type_, "score.query", "answered", subject=(stored,)), Act(NOW, "r")))
    found = {one.entry.leaf.kind for one in (await look_up(office, tag(stored))).looks}
    assert found == {LeafType.QUERY, LeafType.EXPORT, LeafType.BREAK_GLASS, LeafType.BATCH}


async def test_pages_of_looks_follow_each_other(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    window = office.window()
    for number in range(5):
        await window.ask_one(query(alpha, str(number), [PHONE], now=NOW + timedelta(minutes=number)))
    everything = [one.id for one in (await look_up(office, *tags(PHONE))).looks]
    # The auditor's own look-ups are looks, too: newest first, so each page begins before the last one's end.
    found, before, more = list[UUID](), everything[0], True
    while more:
        page = await look_up(office, *tags(PHONE), limit=2, before=before)
        found += [one.id for one in page.looks]
        before, more = found[-1], page.more
    assert found == everything[1:]
    assert len(everything) == 5


async def test_an_auditor_who_looks_is_among_those_who_looked(office: Bureau) -> None:
    assert (await look_up(office, *tags(PHONE))).looks == []
    (look,) = (await look_up(office, *tags(PHONE))).looks
    assert look.entry.sealed.member_id is None
    org = look.entry.openings[Group.ORG].detail
    assert (org["action"], org["purpose"], org["legal_basis"]) == ("audit.looks", "Q5", "audit")
    traces = await office.traces("audit.looks")
    assert [one["shown"] for one in traces] == [0, 1]
    assert {tuple(one["tags"]) for one in traces} == {tuple(one.hex() for one in tags(PHONE))}


async def test_a_case_stands_for_all_identifiers_of_its_subject(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    report = await write_report(office.scratch.dsn(), alpha.member_id, [PHONE, NATIONAL_ID], filed_at=NOW)
    await office.window().ask_one(query(alpha, "1", [NATIONAL_ID]))
    async with office.sight() as sight:
        found = await auditing.look_up(sight, Filter(case=report.id), Wanted(10), because=BECAUSE)
    assert len(found.looks) == 1


async def test_a_look_up_of_nobody_is_refused(office: Bureau) -> None:
    with pytest.raises(Malformed, match="subject_missing"):
        await look_up(office)


async def test_looks_leave_their_trace_to_the_use_case_that_shows_them(office: Bureau) -> None:
    """The subject's own page calls `looks` with the tags of the tokens that were proved, and records it itself."""
    alpha = await member(office.scratch, "Alpha")
    answer = await office.window().ask_one(query(alpha, "1", [PHONE]))
    proved = auditing.tags_of([cfr1.stored(PEPPER, PHONE)], office.desk)
    async with office.reads.read() as reads:
        found = await auditing.looks(reads, proved, Wanted(10), desk=office.desk)
    assert [one.id for one in found.looks] == [answer.entry.id]
    assert await office.traces("audit.looks") == []


async def test_a_page_of_looks_costs_the_same_however_long_it_is(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    window, counts = office.window(), list[int]()
    # Makes the key of the registry's month.
    await look_up(office, *tags(PHONE))
    for size in (2, 20):
        await window.ask_batch(*(query(alpha, f"{size} {number}", [PHONE]) for number in range(size)))
        await window.ask(*(query(alpha, f"one {size} {number}", [PHONE]) for number in range(size)))
        await office.seal()
        with statements(office.reads, office.writes) as sent:
            assert len((await look_up(office, *tags(PHONE))).looks) >= 2 * size
        counts.append(len(sent))
    # Looks, two checkpoints, two kinds of tiles, writers' keys, batches' commitments; the entry about it.
    assert counts[0] == counts[1] <= 9
