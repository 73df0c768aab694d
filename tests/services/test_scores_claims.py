"""One claim is about one person; a recall misses nobody; a batch is one entry that proves each of its items."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy import event as events

from registry.domain.access import Caller
from registry.errors import Unavailable
from registry.services import scores
from registry.services.scores import Answer, Query
from registry.store import scores as store
from registry.store.database import Database
from registry_formats.details import batch_detail, check_batch_item, content_detail, request_digest
from registry_formats.leaf import Group, LeafType, Opening, commit
from registry_formats.merkle import hash_leaf, hash_node
from tests.databases import ScratchDatabase
from tests.logbook import check_log, new_trail, superuser
from tests.openings import open_entries, open_items, rows
from tests.questions import NATIONAL_ID, PHONE, STRANGER, Window, incident, query, told
from tests.recorded import token

pytestmark = pytest.mark.anyio
MAIL = token("email", "1")


async def test_a_claim_about_somebody_else_is_refused_and_logged(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id)
    await window.ask_one(query(beta, "1", STRANGER))
    before = await told(database)
    refused = await window.ask_one(query(beta, "1"))
    assert (refused.refusal, dict(refused.fields)) == ("claim_ref_reused", {})
    assert await told(database) == before == set()
    entry = (await open_entries(database))[-1]
    assert entry.leaf.kind is LeafType.DENIED
    assert entry.row["outcome"] == "claim_ref_reused"
    # The attempt is found by whom it was about.
    assert len(entry.row["tags"]) == 2
    assert await check_log(database) == 2


async def test_a_retry_is_a_fresh_answer_with_an_entry_of_its_own(
    database: ScratchDatabase, window: Window, beta: Caller
) -> None:
    first = await window.ask_one(query(beta, "1", (PHONE, MAIL)))
    again = await window.ask_one(query(beta, "1", (MAIL, PHONE, MAIL)))
    assert again.refusal is None
    assert first.fields["query_id"] != again.fields["query_id"]
    assert first.entry.id != again.entry.id
    assert await check_log(database) == 2


async def test_a_part_of_the_identifiers_is_another_question(window: Window, beta: Caller) -> None:
    await window.ask_one(query(beta, "1", (PHONE, MAIL)))
    assert (await window.ask_one(query(beta, "1", (PHONE,)))).refusal == "claim_ref_reused"
    assert (await window.ask_one(query(beta, "1", (PHONE, MAIL, NATIONAL_ID)))).refusal == "claim_ref_reused"


async def test_another_member_may_use_the_same_reference(window: Window, alpha: Caller, beta: Caller) -> None:
    first, other = await window.ask(query(alpha, "1", STRANGER), query(beta, "1"))
    assert first.refusal is other.refusal is None


async def test_a_new_epoch_is_bound_by_itself_and_loosens_nothing(window: Window, beta: Caller) -> None:
    new, other = token("phone", "1", epoch=2), token("phone", "9", epoch=2)
    assert (await window.ask_one(query(beta, "1", (PHONE,)))).refusal is None
    # An epoch opened between two queries of the claim.
    assert (await window.ask_one(query(beta, "1", (PHONE, new)))).refusal is None
    # Somebody else in the new epoch, hidden behind the right token of the old one.
    assert (await window.ask_one(query(beta, "1", (PHONE, other)))).refusal == "claim_ref_reused"
    assert (await window.ask_one(query(beta, "1", (other,)))).refusal == "claim_ref_reused"
    assert (await window.ask_one(query(beta, "1", (PHONE, new)))).refusal is None


async def test_of_one_group_of_questions_only_the_right_ones_are_answered(window: Window, beta: Caller) -> None:
    first, wrong, same = await window.ask(query(beta, "1"), query(beta, "1", STRANGER), query(beta, "1"))
    assert (first.refusal, wrong.refusal, same.refusal) == (None, "claim_ref_reused", None)
    # Whatever stands first in the group, what was bound before decides.
    wrong, right = await window.ask(query(beta, "1", STRANGER), query(beta, "1"))
    assert (wrong.refusal, right.refusal) == ("claim_ref_reused", None)


async def test_of_different_first_questions_about_one_claim_exactly_one_set_wins(
    database: ScratchDatabase, window: Window, beta: Caller
) -> None:
    people = [(token("phone", str(number)),) for number in range(8)]
    asked = [query(beta, "1", person) for person in people for _ in range(2)]
    answers = await asyncio.gather(*map(window.ask_one, asked))
    won = {one.tokens for one, answer in zip(asked, answers, strict=True) if answer.refusal is None}
    assert len(won) == 1
    assert sum(answer.refusal is None for answer in answers) == 2
    assert await check_log(database) == 16


@asynccontextmanager
async def under_way(window: Window, *asked: Query) -> AsyncIterator[Sequence[Answer]]:
    """Answer, and hold the transaction open."""
    async with window.begin() as session:
        yield await scores.answer(session, asked, desk=window.desk)


async def test_a_recall_waits_for_disclosures_under_way_and_then_sees_them(
    database: ScratchDatabase, window: Window, worker: Database, alpha: Caller, beta: Caller
) -> None:
    report = await incident(database, alpha.member_id)
    listed = list[set[UUID]]()

    async def recall() -> None:
        async with worker.write() as session:
            await store.stop_disclosure(session)
            listed.append({row[3] for row in await told(database)})

    async with asyncio.TaskGroup() as tasks, under_way(window, query(beta, "1")):
        tasks.create_task(recall())
        await asyncio.sleep(0.2)
        assert listed == []
    assert listed == [{beta.member_id}]
    assert {row[1] for row in await told(database)} == {report.id}


async def test_a_disclosure_waits_for_a_recall_under_way_and_then_shows_nothing(
    database: ScratchDatabase, window: Window, worker: Database, alpha: Caller, beta: Caller
) -> None:
    report = await incident(database, alpha.member_id)
    async with worker.write() as session:
        await store.stop_disclosure(session)
        asking = asyncio.create_task(window.ask_one(query(beta, "1")))
        await asyncio.sleep(0.2)
        assert not asking.done()
        async with superuser(database) as connection:
            await connection.execute("UPDATE report SET state = 'withdrawn' WHERE id = $1", report.id)
    assert (await asking).fields["score"] == 0
    assert await told(database) == set()


async def test_a_disclosure_that_would_wait_too_long_is_refused(window: Window, worker: Database, beta: Caller) -> None:
    async with worker.write() as session:
        await store.stop_disclosure(session)
        with pytest.raises(Unavailable):
            await window.ask_one(query(beta, "1"))


async def test_disclosures_do_not_wait_for_each_other(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    async with asyncio.timeout(1), under_way(window, query(alpha, "1")), under_way(window, query(beta, "1")):
        assert await told(database) == set()
    assert await check_log(database) == 2


@dataclass
class Statements:
    """What was sent to the database."""

    sent: list[str] = field(default_factory=list)


@contextmanager
def counted() -> Iterator[Statements]:
    statements = Statements()

    def note(_c: object, _cursor: object, sql: str, *_rest: object) -> None:
        statements.sent.append(sql)

    events.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        events.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("many", [1, 50])
async def test_the_number_of_statements_does_not_grow_with_the_questions(
    database: ScratchDatabase, api: Database, alpha: Caller, beta: Caller, many: int
) -> None:
    window = Window.open(api.write, await new_trail(api))
    await incident(database, alpha.member_id)
    await window.ask_one(query(beta, "0", STRANGER))
    with counted() as miss:
        await window.ask(*(query(beta, f"miss {number}", STRANGER) for number in range(many)))
    with counted() as hit:
        await window.ask(*(query(beta, f"hit {number}") for number in range(many)))
    # Bind, look up, append; and for a hit disclosures.
    assert (len(miss.sent), len(hit.sent)) == (3, 4)


async def test_a_batch_is_one_entry_that_proves_each_item(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id)
    await window.ask_one(query(beta, "2", STRANGER))
    body = b'{"items": "as sent"}'
    digest = request_digest(body)
    asked = [query(beta, name, tokens, body=body) for name, tokens in (("1", (PHONE, NATIONAL_ID)), ("2", (PHONE,)))]
    batch = await window.ask_batch(*asked)
    assert dict(batch.items[1].fields) == {"refusal": "claim_ref_reused"}
    assert batch.items[0].fields["band"] == "guarded"

    entry = (await open_entries(database))[-1]
    assert entry.leaf.kind is LeafType.BATCH
    commitments = [commit(Group.CONTENT, item.salt, content_detail(digest, item.fields)) for item in batch.items]
    assert batch_detail(digest, commitments) == dict(batch.content) == dict(entry.groups[Group.CONTENT].detail)
    first, second = map(hash_leaf, commitments)
    assert batch.content["root"] == hash_node(first, second).hex()
    for index, item in enumerate(batch.items):
        opening = Opening(item.salt, content_detail(digest, item.fields))
        check_batch_item(batch.content, index, opening, [(second, first)[index]])
    assert await check_log(database) == 2


async def test_each_item_of_a_batch_is_sealed_and_found_by_itself(
    database: ScratchDatabase, window: Window, beta: Caller
) -> None:
    batch = await window.ask_batch(query(beta, "1", (PHONE,)), query(beta, "2", (MAIL,)))
    (entry,) = await open_entries(database)
    one, two = await open_items(database)
    for item, shown in zip((one, two), batch.items, strict=True):
        assert item.opening.salt == shown.salt
        assert dict(item.opening.detail) == content_detail(request_digest(b"{}"), shown.fields)
    assert entry.row["tags"] == []
    assert len(one.row["tags"]) == len(two.row["tags"]) == 1
    assert one.row["tags"] != two.row["tags"]
    assert one.row["wrapped"] != two.row["wrapped"]
    assert [item.row["purpose"] for item in (one, two)] == ["Q1", "Q1"]


async def test_a_claim_repeated_in_a_batch_is_answered_twice(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id)
    batch = await window.ask_batch(query(beta, "1"), query(beta, "1"), query(beta, "1", STRANGER))
    assert [item.fields.get("refusal") for item in batch.items] == [None, None, "claim_ref_reused"]
    assert len(await told(database)) == 2


async def test_five_hundred_claims_are_one_batch(database: ScratchDatabase, api: Database, beta: Caller) -> None:
    window = Window.open(api.write, await new_trail(api))
    with counted() as statements:
        await window.ask_batch(*(query(beta, str(number), (PHONE,)) for number in range(500)))
    # Bind, look up, append, items, and the month's key.
    assert len(statements.sent) == 5
    assert (await rows(database, "SELECT count(*) FROM audit.batch_item"))[0][0] == 500
    assert await check_log(database) == 1
