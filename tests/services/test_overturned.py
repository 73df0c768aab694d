"""An overturned record: the next question is answered without it, and of all who were told nobody is missed."""

import asyncio
import random
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from registry.domain.access import Caller
from registry.domain.appeal_case import AppealState, AppealStep, Draft, Party, Result
from registry.domain.ids import ReportState
from registry.store import scores
from registry.store.known import look_up
from registry.store.scores import ClaimRow, DisclosureRow
from tests.appealing import Court, court
from tests.databases import ScratchDatabase
from tests.domain.appeal_cases import ANN, BO, EVIDENCE, ready, staff
from tests.questions import Window, member, query

pytestmark = pytest.mark.anyio

QUERIES, RECALLS, MEMBERS, AT_ONCE, TOGETHER = 10_000, 100, 40, 8, 100
APPROVER = staff(Party.REVIEWER, BO)


@pytest.fixture
async def place(database: ScratchDatabase) -> AsyncIterator[Court]:
    async with court(database) as found:
        await found.hire(ANN, BO)
        yield found


async def about_to_fall(place: Court, *, act_denied: bool = False, **report: object) -> UUID:
    """Write an appeal whose record counts until the next approval overturns it."""
    draft = Draft(Result.OVERTURNED, "The seal was broken.", EVIDENCE, act_denied=act_denied)
    case = ready(AppealState.PENDING_APPROVAL, report_state=ReportState.ACTIVE, draft=draft, flag_only=True)
    return await place.put(case, **report)


async def test_the_next_question_is_answered_without_it(place: Court) -> None:
    appeal_id = await about_to_fall(place)
    (report_id,) = place.tokens
    beta = await member(place.database, "Beta")
    window = Window.open(place.api.quick, place.desk.trail)
    before = await window.ask_one(query(beta, "1", place.named(report_id), now=place.now))
    assert before.fields["score"]
    await place.step(appeal_id, AppealStep.APPROVE, by=APPROVER)
    after = await window.ask_one(query(beta, "2", place.named(report_id), now=place.now))
    assert (after.fields["score"], after.fields["band"], after.fields["under_dispute"]) == (0, "none", False)
    (recall,) = await place.rows("SELECT member_id, change, reason, must_acknowledge FROM recall")
    assert tuple(recall) == (beta.member_id, "removed", "overturned", True)


@pytest.mark.parametrize("act_denied", [False, True])
async def test_it_removes_itself_alone_unless_the_act_did_not_happen(place: Court, act_denied: bool) -> None:
    event = uuid4()
    appeal_id = await about_to_fall(place, act_denied=act_denied, event_id=event)
    # The first filed of an event is the one that counts.
    other = await place.record(event_id=event, filed_at=place.now - timedelta(days=70))
    beta = await member(place.database, "Beta")
    window = Window.open(place.api.quick, place.desk.trail)
    await window.ask_one(query(beta, "1", place.named(other), now=place.now))
    await place.step(appeal_id, AppealStep.APPROVE, by=APPROVER)
    answer = await window.ask_one(query(beta, "2", place.named(other), now=place.now))
    assert bool(answer.fields["score"]) is not act_denied
    # Whoever was told of the other one must not go on resting on it.
    heard = await place.rows(
        "SELECT member_id, change, reason, must_acknowledge FROM recall WHERE report_id = $1", other
    )
    assert [tuple(one) for one in heard] == [(beta.member_id, "suspended", "act_denied", True)] * act_denied


async def tell(place: Court, asked: Sequence[tuple[Caller, UUID]], told: dict[UUID, set[UUID]]) -> None:
    """Answer a hundred questions in one transaction, as the teller does: each tells of what is active by then."""
    claims = [ClaimRow(who.member_id, secrets.token_bytes(32), 1, bytes(32), place.now) for who, _ in asked]
    async with place.api.quick() as session:
        await scores.bind(session, claims)
        read = await look_up(session, reports={report for _, report in asked})
        found = {one.report_id: one for one in read.incidents}
        rows = [
            DisclosureRow(
                uuid4(), report, found[report].revision, who.member_id, uuid4(), place.now, claim.claim_ref, 1
            )
            for (who, report), claim in zip(asked, claims, strict=True)
            if report in found and found[report].state is ReportState.ACTIVE
        ]
        await scores.disclose(session, rows)
    for row in rows:
        told[row.report_id].add(row.member_id)


async def test_of_ten_thousand_questions_and_a_hundred_recalls_no_recipient_is_missed(place: Court) -> None:
    chance = random.Random(4)  # noqa: S311 - a test that can be repeated
    falling = [await about_to_fall(place) for _ in range(RECALLS)]
    members = [await member(place.database, f"Member {number}") for number in range(MEMBERS)]
    reports = list(place.tokens)
    asked = [(chance.choice(members), chance.choice(reports)) for _ in range(QUERIES)]
    todo: list[UUID | list[tuple[Caller, UUID]]] = [*falling]
    todo += [asked[at : at + TOGETHER] for at in range(0, QUERIES, TOGETHER)]
    chance.shuffle(todo)
    told: dict[UUID, set[UUID]] = defaultdict(set)

    async def work() -> None:
        while todo:
            match todo.pop():
                case UUID() as appeal_id:
                    await place.step(appeal_id, AppealStep.APPROVE, by=APPROVER)
                case questions:
                    await tell(place, questions, told)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    recalled: dict[UUID, set[UUID]] = defaultdict(set)
    for row in await place.rows("SELECT report_id, member_id FROM recall"):
        recalled[row["report_id"]].add(row["member_id"])
    assert recalled == told
    assert sum(map(len, told.values())) > RECALLS * MEMBERS / 4
    states = await place.rows("SELECT DISTINCT state FROM report")
    assert [row["state"] for row in states] == ["overturned"]
