"""The clocks of appeals: reminders once, missed deadlines once and in order, whoever works and however late."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from registry.domain.appeal_case import MEMBER, AppealState, AppealStep, Party, ReporterAnswer, Result, Ruling
from registry.domain.ids import ReportState, Severity
from registry.worker import appeal_duties
from registry_formats.errors import FormatError
from tests.appealing import T0, Court, court
from tests.databases import ScratchDatabase
from tests.domain.appeal_cases import ANN, BO, CY, DEE, SEATED, SECOND, ready, staff

pytestmark = pytest.mark.anyio
S, Step = AppealState, AppealStep
_TAKEN = "SELECT step, due_at, at, state, appeal_id FROM appeal_step WHERE due_at IS NOT NULL ORDER BY number"
_REMINDED = "SELECT step, hours FROM appeal_reminder ORDER BY at, hours DESC"


@pytest.fixture
async def place(database: ScratchDatabase) -> AsyncIterator[Court]:
    async with court(database) as found:
        await found.hire(ANN, BO, CY, DEE, *SEATED.values())
        await found.sql(
            "INSERT INTO webhook_endpoint (id, member_id, url, events, status, sealed_secret, created_at)"
            " VALUES ($1, $1, 'http://alpha.test/', '{}', 'active', '', $2)",
            *(found.author.member_id, T0),
        )
        yield found


async def test_each_reminder_is_sent_once_with_its_letter_and_message(place: Court) -> None:
    appeal = await place.lodge(await place.record())
    assert appeal.state is S.AWAITING_REPORTER
    for _ in range(30):
        # Eight hours at a time: each deadline is looked at again and again.
        place.now += timedelta(hours=8)
        await asyncio.gather(place.advance(), place.advance())
    reminded = [(row["step"], row["hours"]) for row in await place.rows(_REMINDED)]
    assert reminded == [("miss_answer", 72), ("miss_answer", 24)]
    letters = await place.rows("SELECT kind, side FROM appeal_letter ORDER BY number")
    assert [(row["kind"], row["side"]) for row in letters][-2:] == [("reminder", "member")] * 2
    sent = await place.rows("SELECT event FROM webhook_message ORDER BY created_at, id")
    assert Counter(row["event"] for row in sent)["appeal.answer_due"] == 2
    assert Counter(row["event"] for row in sent)["appeal.opened"] == 1
    assert await place.rows(_TAKEN) == []


async def test_a_reminder_that_comes_too_late_is_not_sent(place: Court) -> None:
    await place.lodge(await place.record())
    place.now += timedelta(days=9, hours=1)
    await place.advance()
    assert [row["hours"] for row in await place.rows(_REMINDED)] == [72]
    place.now += timedelta(days=10)
    await place.advance()
    assert [row["hours"] for row in await place.rows(_REMINDED)] == [72]


async def test_after_ten_days_without_a_worker_each_missed_deadline_is_acted_on_once_and_in_order(place: Court) -> None:
    """Every clock there is runs out while nobody works, some twice, at different times."""
    lodged = [await place.lodge(await place.record(), proved=number % 2 == 0) for number in range(4)]
    review = await place.lodge(await place.record())
    await place.step(review.appeal.id, Step.ANSWER, ReporterAnswer.ACCURATE, by=MEMBER)
    early = T0 - timedelta(days=19)
    for asked_at in (early + timedelta(days=17), T0):
        await place.put(ready(S.AWAITING_SUBJECT, proved_at=early, admitted_at=early, asked_at=asked_at))
    await place.put(ready(S.PENDING_APPROVAL, proved_at=early, admitted_at=early))
    await place.put(ready(S.DECIDED))
    await place.put(ready(S.SECOND_INSTANCE, second=replace(SECOND, asked_at=T0 - timedelta(days=25))))
    await place.put(ready(S.CLOSED_EXTERNAL))
    place.now = T0 + timedelta(days=26)
    await asyncio.gather(place.advance(), place.advance(), place.advance())
    taken = await place.rows(_TAKEN)
    assert [row["due_at"] for row in taken] == sorted(row["due_at"] for row in taken)
    assert Counter(row["step"] for row in taken) == {
        "lapse": 2,
        "miss_answer": 2,
        "miss_reply": 2,
        "miss_decision": 4,
        "miss_telling": 1,
        "miss_second": 1,
        "miss_external": 1,
    }
    assert {row["at"] for row in taken} == {place.now}
    assert await place.advance() == 0
    assert len(await place.rows(_TAKEN)) == len(taken)
    by_report = {one.report.id: one for one in lodged}
    found = await place.rows("SELECT id, state, state_reason FROM report")
    assert {row["state"] for row in found if row["id"] in by_report} == {"active", "withdrawn"}
    assert await place.rows("SELECT kind FROM integrity_finding") != []


async def test_a_silent_member_loses_the_record_and_is_recorded_for_it(place: Court) -> None:
    appeal = await place.lodge(await place.record())
    place.now += timedelta(days=11)
    await place.advance()
    (report,) = await place.rows("SELECT state, state_reason, revision, appeal_open FROM report")
    assert tuple(report) == ("withdrawn", "unverified", 2, False)
    (finding,) = await place.rows("SELECT kind, source, source_id FROM integrity_finding")
    assert tuple(finding) == ("MI-03", "appeal", appeal.appeal.id)
    (row,) = await place.rows("SELECT state, result, told_at FROM appeal")
    assert tuple(row) == ("decided", "withdrawn", place.now)


async def test_whoever_works_on_an_appeal_acts_on_what_was_missed_first(place: Court) -> None:
    appeal = await place.lodge(await place.record())
    place.now += timedelta(days=11)
    closed = await place.step(
        appeal.appeal.id, Step.RECORD_EXTERNAL, Ruling(Result.OVERTURNED), by=staff(Party.OFFICER, ANN)
    )
    assert closed.state is S.CLOSED_EXTERNAL
    steps = await place.rows("SELECT step FROM appeal_step ORDER BY number")
    assert [row["step"] for row in steps] == ["lodge", "prove", "admit", "miss_answer", "tell", "record_external"]


@pytest.mark.parametrize("state", [ReportState.EXPIRED, ReportState.WITHDRAWN, ReportState.SEALED])
async def test_a_record_that_goes_ends_its_appeal(place: Court, state: ReportState) -> None:
    appeal = await place.lodge(await place.record())
    await place.sql("UPDATE report SET state = $1", state.value)
    place.now += timedelta(days=30)
    await place.advance()
    (row,) = await place.rows("SELECT state, result FROM appeal")
    assert tuple(row) == ("decided", "withdrawn" if state is ReportState.WITHDRAWN else "ended")
    assert await place.rows("SELECT 1 FROM integrity_finding") == []
    (after,) = await place.rows("SELECT state FROM report")
    assert after["state"] == state
    assert appeal.report.state is ReportState.DISPUTED


async def test_what_was_said_is_forgotten_with_the_record(place: Court) -> None:
    appeal = await place.lodge(await place.record())
    assert await place.forget() == 0
    await place.sql("UPDATE report SET state = 'expired'")
    await place.advance()
    assert await place.forget() == 1
    (row,) = await place.rows("SELECT wrapped_key, sealed_reasons FROM appeal")
    assert tuple(row) == (None, None)
    assert appeal.appeal.wrapped_key is not None


async def test_a_severe_record_needs_two_more_people(place: Court) -> None:
    case = ready(S.PENDING_APPROVAL, severity=Severity.S3, report_state=ReportState.DISPUTED)
    appeal_id = await place.put(case)
    first = await place.step(appeal_id, Step.APPROVE, by=staff(Party.REVIEWER, BO))
    assert first.state is S.PENDING_APPROVAL
    second = await place.step(appeal_id, Step.APPROVE, by=staff(Party.REVIEWER, CY))
    assert second.state is S.DECIDED
    assert second.case.result is Result.UPHELD


async def test_an_appeal_that_fails_holds_up_no_other(place: Court) -> None:
    broken, whole = [await place.lodge(await place.record()) for _ in range(2)]
    await place.sql("UPDATE appeal SET wake_at = wake_at - interval '1 hour' WHERE id = $1", broken.appeal.id)
    await place.sql("UPDATE appeal SET wrapped_key = '\\x00' WHERE id = $1", broken.appeal.id)
    place.now += timedelta(days=11)
    (duty, _), failed = appeal_duties(place.desk), 0
    for _ in range(10):
        try:
            async with place.worker.write() as session:
                await duty.round(session, place.now)
        except FormatError:
            failed += 1
    assert failed
    (row,) = await place.rows("SELECT state FROM appeal WHERE id = $1", whole.appeal.id)
    assert row["state"] == "decided"
    (row,) = await place.rows("SELECT state FROM appeal WHERE id = $1", broken.appeal.id)
    assert row["state"] == "awaiting_reporter"
