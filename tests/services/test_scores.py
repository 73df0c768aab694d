"""What a member is told of a person: bound to one claim, never without a trace, remembered for the recall."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from registry.domain.access import Caller
from registry.domain.ids import ReportState
from registry_formats.details import content_detail
from registry_formats.leaf import Group, LeafType
from tests.databases import ScratchDatabase
from tests.logbook import check_log, superuser
from tests.openings import open_entries, open_items
from tests.questions import NATIONAL_ID, NOW, PHONE, STRANGER, Window, incident, member, query, serve, told
from tests.recorded import token

pytestmark = pytest.mark.anyio
SCORE_NAMES = (
    "as_of band claim_ref groups livemode match_strength matched mitigating permitted_actions policy protective purpose"
    " query_id reason_codes score score_version score_without_own under_dispute"
)


async def test_a_hit_and_a_miss_have_the_same_shape(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id)
    hit, miss = await window.ask(query(beta, "1"), query(beta, "2", STRANGER))
    assert sorted(hit.fields) == sorted(miss.fields) == SCORE_NAMES.split()
    assert {name: type(value) for name, value in hit.fields.items()} == {
        name: type(value) for name, value in miss.fields.items()
    }
    assert (miss.fields["score"], miss.fields["band"], miss.fields["matched"]) == (0, "none", [])
    assert hit.fields["band"] == "guarded"
    assert hit.fields["matched"] == ["national_id", "phone"]
    assert hit.fields["permitted_actions"] == ["A1", "A2"]
    assert hit.fields["claim_ref"] == query(beta, "1").claim_text
    assert await check_log(database) == 2


async def test_every_answer_has_an_entry_that_commits_to_it(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id)
    asked = query(beta, "1", body=b'{"exact": "bytes"}')
    answer = await window.ask_one(asked)
    (entry,) = await open_entries(database)
    assert entry.leaf.kind is LeafType.QUERY
    assert entry.row["leaf"] == answer.entry.leaf
    assert dict(entry.groups[Group.CONTENT].detail) == content_detail(asked.request_sha256, answer.fields)
    assert entry.groups[Group.ORG].detail["claim"] == asked.claim_text
    assert len(entry.row["tags"]) == 2


async def test_disclosures_are_exactly_what_the_answer_rested_on(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    counted = await incident(database, alpha.member_id)
    await incident(database, alpha.member_id, (token("address", "1"),))
    await incident(database, alpha.member_id, state=ReportState.WITHDRAWN.value)
    await incident(database, alpha.member_id, state=ReportState.SUBMITTED.value)
    disputed = await incident(database, alpha.member_id, state=ReportState.DISPUTED.value, revision=3)
    never_shown = await incident(database, alpha.member_id, state=ReportState.DISPUTED.value, activated_at=None)
    asked = query(beta, "1", (PHONE, NATIONAL_ID, token("address", "1")))
    answer, _ = await window.ask(asked, query(beta, "2", STRANGER))
    query_id, entry_id = UUID(str(answer.fields["query_id"])), answer.entry.id
    assert await told(database) == {
        (query_id, counted.id, 1, beta.member_id, entry_id),
        (query_id, disputed.id, 3, beta.member_id, entry_id),
    }
    assert never_shown.id not in {row[1] for row in await told(database)}
    assert answer.fields["under_dispute"] is True


async def test_disclosures_can_be_recomputed_from_the_entries(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    """A recall must reach whoever was told; the log, which cannot be rewritten unseen, says who that is."""
    await incident(database, alpha.member_id)
    await window.ask(query(beta, "1"), query(beta, "2", STRANGER), query(alpha, "3"))
    await window.ask_batch(query(beta, "4", STRANGER), query(beta, "5"))
    by_entries = Counter[tuple[UUID, str]]()
    for entry in await open_entries(database):
        answer = entry.groups[Group.CONTENT].detail.get("answer")
        if isinstance(answer, dict) and answer["score"]:
            by_entries[entry.row["id"], str(answer["query_id"])] += 1
    for item in await open_items(database):
        answer = item.opening.detail["answer"]
        if isinstance(answer, dict) and answer["score"]:
            by_entries[item.row["batch_id"], str(answer["query_id"])] += 1
    assert Counter((row[4], str(row[0])) for row in await told(database)) == by_entries
    assert by_entries.total() == 3


async def test_a_small_case_is_seen_by_its_own_member_only(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id, severity="S1", own_only=True)
    own, other = await window.ask(query(alpha, "1"), query(beta, "2"))
    assert own.fields["score"] != 0
    assert own.fields["score_without_own"] == 0
    assert other.fields["score"] == 0
    assert {row[3] for row in await told(database)} == {alpha.member_id}


async def test_a_report_is_heard_by_the_token_that_was_served(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    gamma_phone = token("phone", "2")
    for author in (alpha, beta):
        for number in range(3):
            report = await incident(database, author.member_id, (PHONE, NATIONAL_ID, gamma_phone), confidence="A")
            await serve(database, report, gamma_phone, days_ago=40 - number)
    asker = await member(database, "Gamma")
    silent, heard = await window.ask(
        query(asker, "1", (PHONE, NATIONAL_ID)), query(asker, "2", (gamma_phone, NATIONAL_ID))
    )
    assert silent.fields["band"] == "guarded"
    assert "M05" in str(silent.fields["mitigating"])
    assert heard.fields["band"] == "severe"
    assert "M05" not in str(heard.fields["mitigating"])


async def test_two_reports_on_one_order_count_once(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    first = await incident(database, alpha.member_id)
    second = await incident(database, beta.member_id, filed_at=NOW - timedelta(days=50))
    asker = await member(database, "Gamma")
    apart = await window.ask_one(query(asker, "1"))
    async with superuser(database) as connection:
        order = await connection.fetchval("SELECT event_id FROM report WHERE id = $1", first.id)
        await connection.execute("UPDATE report SET event_id = $1 WHERE id = $2", order, second.id)
    together = await window.ask_one(query(asker, "1"))
    assert (apart.fields["groups"], together.fields["groups"]) == (2, 1)


async def test_a_group_whose_reports_fell_is_not_believed(
    database: ScratchDatabase, window: Window, alpha: Caller, beta: Caller
) -> None:
    await incident(database, alpha.member_id)
    trusted = await window.ask_one(query(beta, "1"))
    async with superuser(database) as connection:
        await connection.execute("INSERT INTO group_reliability VALUES ($1, 90, 60, 0, 0, $2)", alpha.group_id, NOW)
    distrusted = await window.ask_one(query(beta, "1"))
    assert (trusted.fields["band"], distrusted.fields["score"]) == ("guarded", 0)
