"""The relay's one question and its report: narrow, traced, checked again, done once."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from registry.domain.access import Caller, Scope
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind, ReportState
from registry.domain.incidents import QueryToken
from registry.domain.letters import Outcome
from registry.errors import Conflict, NotFound, RegistryError
from registry.policies import load
from registry.services import notices
from registry.services.notices import Delivery, Desk, Match
from registry.services.trail import Trail, TrailKeys
from registry.store import audit
from registry.store.database import Database
from registry_formats.cfr1 import Token
from tests.databases import ScratchDatabase
from tests.recorded import Recorded, fetch, token, write_member, write_report

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PHONE, NEW_PHONE = token("phone", "one"), token("phone", "one", 2)
OTHER_PHONE, EMAIL = token("phone", "two"), token("email", "one")


@dataclass(frozen=True, slots=True)
class Office:
    """The use cases with everything they need, for one member and one relay."""

    database: ScratchDatabase
    store: Database
    desk: Desk
    member: UUID
    relay: UUID

    def act(self, now: datetime = NOW) -> Act:
        caller = Caller(self.relay, uuid4(), frozenset({Scope.NOTICES_RECORD}), "cn", "relay-key")
        return Act(now, str(uuid4()), caller)

    async def file(self, *tokens: Token, **changes: object) -> Recorded:
        facts = {"filed_at": NOW - timedelta(hours=1)} | changes
        return await write_report(self.database.dsn(), self.member, tokens or (PHONE,), **facts)  # type: ignore[arg-type]

    async def match(self, report: Recorded, *tokens: Token, member: UUID | None = None) -> Match:
        async with self.store.write() as session:
            return await notices.match(
                session,
                queried(report, tokens),
                report_id=report.id,
                member_id=member or self.member,
                kind=IdentifierKind(tokens[0].kind.value),
                act=self.act(),
                desk=self.desk,
            )

    async def record(
        self, report: Recorded, *tokens: Token, served_at: datetime = NOW, now: datetime = NOW
    ) -> notices.Recorded:
        kind = IdentifierKind(tokens[0].kind.value)
        delivery = Delivery(report.id, kind, "file", queried(report, tokens), served_at)
        async with self.store.write() as session:
            return await notices.record(session, delivery, relay_id=self.relay, act=self.act(now), desk=self.desk)

    async def status(self, report: Recorded, member: UUID | None = None) -> notices.Status:
        async with self.store.write() as session:
            return await notices.status(
                session, report.id, member_id=member or self.member, act=self.act(), desk=self.desk
            )

    async def outcomes(self) -> list[str]:
        rows = await fetch(self.database.dsn("postgres"), "SELECT outcome FROM audit.entry ORDER BY writer_seq")
        return [row["outcome"] for row in rows]


def queried(report: Recorded, tokens: tuple[Token, ...]) -> tuple[QueryToken, ...]:
    return tuple(QueryToken(IdentifierKind(one.kind.value), one.epoch, report.stored(one)) for one in tokens)


@pytest.fixture
async def office(database: ScratchDatabase) -> AsyncIterator[Office]:
    store = Database(database.url("registry_api"), pool_size=4)
    async with store.write() as session:
        writer = await audit.open_writer(session, process="tests", started_at=NOW)
    trail = Trail(TrailKeys(b"k" * 32, b"t" * 32), writer_id=writer, entropy=secrets.token_bytes)
    member = await write_member(database.dsn())
    relay = await write_member(database.dsn(), "Relay", kind="relay")
    yield Office(database, store, Desk(load(), trail, secrets.token_bytes), member, relay)
    await store.close()


async def test_a_token_on_the_report_gets_the_facts_of_the_letter(office: Office) -> None:
    report = await office.file(PHONE)
    answer = await office.match(report, PHONE)
    assert answer.outcome is Outcome.DUE
    assert answer.letter is not None
    assert (answer.letter.member, answer.letter.category) == ("Example Mall", "FR-01")
    assert answer.letter.counts_from == (NOW + timedelta(days=7)).date()
    assert answer.letter.claim.en.startswith("The picture or video")


@pytest.mark.parametrize("asked", [OTHER_PHONE, EMAIL, NEW_PHONE])
async def test_a_token_that_is_not_on_the_report_learns_nothing(office: Office, asked: Token) -> None:
    assert await office.match(await office.file(PHONE), asked) == Match(Outcome.NO_MATCH)


async def test_another_members_report_is_as_unknown_as_none_at_all(office: Office) -> None:
    stranger = await write_member(office.database.dsn(), "Other Mall")
    report = await office.file(PHONE)
    assert await office.match(report, PHONE, member=stranger) == Match(Outcome.NO_MATCH)
    assert await office.match(Recorded(uuid4(), report.pepper), PHONE) == Match(Outcome.NO_MATCH)


async def test_one_live_epoch_on_the_report_is_enough(office: Office) -> None:
    assert (await office.match(await office.file(PHONE), NEW_PHONE, PHONE)).outcome is Outcome.DUE


async def test_a_number_whose_term_is_over_names_a_stranger(office: Office) -> None:
    ended = await office.file(PHONE, ends_on=NOW.date())
    assert (await office.match(ended, PHONE)).outcome is Outcome.NO_MATCH
    assert (await office.match(await office.file(PHONE, ends_on=NOW.date() + timedelta(1)), PHONE)).letter


async def test_a_suspended_member_has_nothing_served(office: Office) -> None:
    member = await write_member(office.database.dsn(), "Suspended Mall", status="suspended")
    report = await write_report(office.database.dsn(), member, [PHONE], filed_at=NOW)
    assert (await office.match(report, PHONE, member=member)).outcome is Outcome.SUSPENDED


async def test_no_look_is_without_a_trace(office: Office) -> None:
    report = await office.file(PHONE)
    await office.match(report, PHONE)
    await office.match(report, OTHER_PHONE)
    await office.status(report)
    assert await office.outcomes() == ["due", "no_match", "answered"]
    tags = await fetch(office.database.dsn("postgres"), "SELECT count(*) AS n FROM audit.entry_tag")
    assert tags[0]["n"] == 2  # of the two tokens asked about; nothing was served yet


async def test_the_first_delivery_opens_the_notice_window(office: Office) -> None:
    report = await office.file(PHONE, NEW_PHONE)
    done = await office.record(report, PHONE, NEW_PHONE)
    assert (done.state, done.served_at) == (ReportState.NOTICE_WINDOW, NOW)
    status = await office.status(report)
    assert status.served_at == NOW
    assert status.counts_at == NOW + timedelta(days=7)
    assert [(one.epoch, one.heard_at) for one in status.notices] == [(1, NOW + timedelta(30)), (2, NOW + timedelta(30))]


async def test_the_same_delivery_twice_is_recorded_once_with_its_first_time(office: Office) -> None:
    report, later = await office.file(PHONE), NOW + timedelta(hours=2)
    first = await office.record(report, PHONE)
    assert await office.record(report, PHONE, served_at=later, now=later) == first
    assert len((await office.status(report)).notices) == 1
    assert await office.match(report, PHONE) == Match(Outcome.SERVED, NOW)


async def test_a_second_contact_is_served_by_itself_and_moves_no_window(office: Office) -> None:
    report, later = await office.file(PHONE, EMAIL), NOW + timedelta(days=3)
    await office.record(report, PHONE)
    assert (await office.match(report, EMAIL)).outcome is Outcome.DUE
    assert (await office.record(report, EMAIL, served_at=later, now=later)).served_at == later
    status = await office.status(report)
    assert status.served_at == NOW
    assert {one.kind: one.served_at for one in status.notices} == {"phone": NOW, "email": later}


async def test_the_registry_checks_the_tokens_of_a_delivery_itself(office: Office) -> None:
    report = await office.file(PHONE)
    assert await refusal(office, report, OTHER_PHONE) == "contact_not_on_report"
    assert (await office.status(report)).state is ReportState.SUBMITTED
    await office.record(report, PHONE, NEW_PHONE)
    assert [one.epoch for one in (await office.status(report)).notices] == [1]


@pytest.mark.parametrize("served_at", [NOW + timedelta(minutes=1, seconds=1), NOW - timedelta(hours=1, minutes=2)])
async def test_a_delivery_in_the_future_or_before_the_filing_is_refused(office: Office, served_at: datetime) -> None:
    assert await refusal(office, await office.file(PHONE), PHONE, served_at=served_at) == "served_at_refused"


async def test_a_small_difference_of_clocks_is_cut_to_what_can_be(office: Office) -> None:
    ahead = await office.record(await office.file(PHONE), PHONE, served_at=NOW + timedelta(seconds=30))
    assert ahead.served_at == NOW
    filed = NOW - timedelta(hours=1)
    behind = await office.record(await office.file(PHONE), PHONE, served_at=filed - timedelta(seconds=30))
    assert behind.served_at == filed


@pytest.mark.parametrize("state", sorted(set(ReportState)))
async def test_only_an_open_report_has_a_notice_to_serve(office: Office, state: ReportState) -> None:
    report = await office.file(PHONE, state=state)
    before = {ReportState.SUBMITTED, ReportState.NOTICE_WINDOW, ReportState.ACTIVE}
    if state in before | {ReportState.DISPUTED, ReportState.SUSPENDED}:
        assert (await office.match(report, PHONE)).outcome is Outcome.DUE
        expected = ReportState.NOTICE_WINDOW if state is ReportState.SUBMITTED else state
        assert (await office.record(report, PHONE)).state is expected
    else:
        assert (await office.match(report, PHONE)).outcome is Outcome.CLOSED
        assert await refusal(office, report, PHONE) == "report_step_refused"
        assert (await office.status(report)).notices == ()


async def test_a_refused_delivery_changes_nothing_and_leaves_no_entry(office: Office) -> None:
    report = await office.file(PHONE)
    await refusal(office, report, OTHER_PHONE)
    assert await office.outcomes() == []


async def test_a_member_sees_the_notices_of_its_own_reports_only(office: Office) -> None:
    report = await office.file(PHONE)
    stranger = await write_member(office.database.dsn(), "Other Mall")
    with pytest.raises(NotFound, match="report_unknown"):
        await office.status(report, stranger)
    assert (await office.status(report)).serve_by == NOW - timedelta(hours=1) + timedelta(days=30)


async def refusal(office: Office, report: Recorded, one: Token, **when: datetime) -> str:
    with pytest.raises(RegistryError) as caught:
        await office.record(report, one, **when)
    assert isinstance(caught.value, Conflict)
    return caught.value.code
