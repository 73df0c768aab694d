"""Lenses see in the log what was put there, say what they cannot measure, and leave a trace of having been used."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from registry.domain.access import Caller
from registry.domain.audit_filters import Filter
from registry.domain.events import Act, AuditEvent
from registry.domain.lenses import NO_STAFF_TOKENS, TOO_FEW_PEERS, TOO_RECENT, Lens, Reading
from registry.errors import Malformed
from registry.services import auditing
from registry.services.auditing.search import Wanted
from registry.store.lenses import Span
from registry_formats import cfr1
from registry_formats.leaf import LeafType
from tests.auditing import BECAUSE, Bureau, statements, tag
from tests.logbook import NOW, superuser, write
from tests.questions import PHONE, STRANGER, incident, member, query
from tests.recorded import PEPPER, token

pytestmark = pytest.mark.anyio
DAY = Span(NOW, NOW + timedelta(days=1))


async def look(office: Bureau, lens: Lens, span: Span = DAY, *, now: datetime = NOW) -> Reading:
    async with office.sight(now) as sight:
        return await auditing.look_through(sight, lens, span, because=BECAUSE)


def table(reading: Reading) -> dict[str, dict[str, Any]]:
    return {row.name or row.id: dict(row.values) for row in reading.rows}


def flagged(reading: Reading) -> set[str]:
    return {row.name or row.id for row in reading.rows if row.flagged}


async def ask(office: Bureau, who: Caller, count: int, *, at: datetime = NOW, apart: timedelta = timedelta(0)) -> None:
    """Ask about as many strangers."""
    window = office.window()
    queries = [
        query(who, f"{who.member_id} {at} {number}", [token("phone", f"{at} {number}")], now=at + number * apart)
        for number in range(count)
    ]
    await window.ask(*queries)


async def crowd(office: Bureau, count: int = 7) -> list[Caller]:
    return [await member(office.scratch, f"Member {number}") for number in range(count)]


async def test_questions_are_counted_by_the_hour_those_of_batches_too(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    await ask(office, alpha, 3)
    window = office.window()
    await window.ask_batch(*(query(alpha, f"b{number}", now=NOW + timedelta(hours=2)) for number in range(4)))
    reading = await look(office, Lens.QUERY_RATE)
    assert [(one.at, one.value) for one in reading.series] == [(NOW, 3), (NOW + timedelta(hours=2), 4)]
    values = table(reading)["Alpha"]
    assert (values["queries"], values["busiest_hour"]) == (7, 4)
    assert values["busiest_at"] == (NOW + timedelta(hours=2)).isoformat()
    assert (values["z_own"], values["z_peers"]) == (None, None)


async def test_a_member_that_asks_far_more_than_the_others_is_marked(office: Bureau) -> None:
    for place, who in enumerate(await crowd(office)):
        await ask(office, who, 60 if place == 3 else 4 + place % 2)
    assert flagged(await look(office, Lens.QUERY_RATE)) == {"Member 3"}
    assert flagged(await look(office, Lens.DISTINCT_SUBJECTS)) == {"Member 3"}
    assert table(await look(office, Lens.DISTINCT_SUBJECTS))["Member 3"]["subjects"] == 60


async def test_what_lies_outside_the_span_is_not_seen(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    await ask(office, alpha, 3)
    later = Span(NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    for lens in (Lens.QUERY_RATE, Lens.DISTINCT_SUBJECTS, Lens.HIT_RATE, Lens.CADENCE, Lens.WRITER_GAPS):
        assert (await look(office, lens, later, now=NOW + timedelta(hours=3))).rows == ()


async def test_the_hit_rate_counts_questions_that_found_something(office: Bureau) -> None:
    alpha, beta = await member(office.scratch, "Alpha"), await member(office.scratch, "Beta")
    await incident(office.scratch, alpha.member_id)
    window = office.window()
    await window.ask(query(beta, "1", [PHONE]), query(beta, "2", STRANGER), query(beta, "3", STRANGER))
    await window.ask_batch(query(beta, "4", [PHONE]))
    reading = await look(office, Lens.HIT_RATE)
    values = table(reading)["Beta"]
    assert (values["queries"], values["hits"], values["rate"]) == (4, 2, 0.5)
    assert reading.unmeasurable == TOO_FEW_PEERS


async def test_a_clock_is_told_from_people(office: Bureau) -> None:
    clock, people = await member(office.scratch, "Clock"), await member(office.scratch, "People")
    await ask(office, clock, 120, apart=timedelta(seconds=5))
    await ask(office, people, 120, apart=timedelta(0))
    reading = await look(office, Lens.CADENCE)
    assert flagged(reading) == {"Clock"}
    assert table(reading)["Clock"] == {"queries": 120, "mean_gap_s": 5.0, "variation": 0.0}


async def test_nights_are_told_by_the_clock_of_the_members_pack(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    # 12:00 UTC is 20:00 in China, 20:00 UTC is 04:00.
    await ask(office, alpha, 2)
    await ask(office, alpha, 3, at=NOW + timedelta(hours=8))
    assert table(await look(office, Lens.OFF_HOURS))["Alpha"]["off_hours"] == 3


async def test_a_claim_of_which_nothing_came_is_counted_once_it_is_old(office: Bureau) -> None:
    alpha = await member(office.scratch, "Alpha")
    await ask(office, alpha, 3)
    assert (await look(office, Lens.UNFOLLOWED)).unmeasurable == TOO_RECENT
    async with superuser(office.scratch) as connection:
        reference = await connection.fetchval("SELECT claim_ref FROM claim LIMIT 1")
    await incident(office.scratch, alpha.member_id, claim_ref=reference)
    reading = await look(office, Lens.UNFOLLOWED, now=NOW + timedelta(days=40))
    values = table(reading)["Alpha"]
    assert reading.unmeasurable is None
    assert (values["claims"], values["unfollowed"]) == (3, 2)


async def test_many_members_on_one_person_within_minutes_show_and_over_a_day_do_not(office: Bureau) -> None:
    callers, window = await crowd(office, 3), office.window()
    for place, who in enumerate(callers):
        await window.ask_one(query(who, f"slow {place}", STRANGER[:1], now=NOW + timedelta(hours=place)))
    for place, who in enumerate(callers[:2]):
        await window.ask_one(query(who, f"quick {place}", [PHONE], now=NOW + timedelta(minutes=8 + place)))
    assert (await look(office, Lens.MANY_MEMBERS)).rows == ()
    await window.ask_batch(query(callers[2], "quick", [PHONE], now=NOW + timedelta(minutes=12)))
    (row,) = (await look(office, Lens.MANY_MEMBERS)).rows
    assert row.id == tag(cfr1.stored(PEPPER, PHONE)).hex()
    assert row.values == {"at": (NOW + timedelta(minutes=8)).isoformat(), "members": 3, "looks": 3}


async def test_looks_at_ones_own_people_show_only_where_a_member_registered_them(office: Bureau) -> None:
    alpha, beta = await member(office.scratch, "Alpha"), await member(office.scratch, "Beta")
    window = office.window()
    await window.ask(query(alpha, "1", [PHONE]), query(beta, "2", [PHONE]))
    reading = await look(office, Lens.OWN_PEOPLE)
    assert (reading.rows, reading.unmeasurable) == ((), NO_STAFF_TOKENS)
    async with superuser(office.scratch) as connection:
        await connection.execute(
            "INSERT INTO member_staff_tag VALUES ($1, $2, $3)", alpha.member_id, tag(cfr1.stored(PEPPER, PHONE)), NOW
        )
    reading = await look(office, Lens.OWN_PEOPLE)
    assert reading.unmeasurable is None
    assert table(reading) == {"Alpha": {"registered": 1, "looks": 1, "people": 1}}


async def test_staff_that_only_reads_is_marked_and_auditors_are_left_out(office: Bureau) -> None:
    reader = Act(NOW, "r", operator="reader")
    worker = Act(NOW, "r", operator="worker")
    read, act = AuditEvent(LeafType.QUERY, "case.read", "answered"), AuditEvent(LeafType.APPEAL, "case.decide", "done")
    # Who leaves a case to colleagues has not acted.
    left = AuditEvent(LeafType.APPEAL, "appeal.skip", "in_review")
    await office.write(*[(read, reader)] * 25, (left, reader), *[(read, worker)] * 25, (act, worker))
    for _ in range(25):
        await look(office, Lens.EXPORTS)
    reading = await look(office, Lens.READS_WITHOUT_ACTS)
    assert sorted((row.values["reads"], row.values["acts"], row.flagged) for row in reading.rows) == [
        (25, 0, True),
        (25, 1, False),
    ]


@pytest.mark.parametrize(
    ("lens", "type_", "column", "marked"),
    [(Lens.EXPORTS, LeafType.EXPORT, "exports", False), (Lens.BREAK_GLASS, LeafType.BREAK_GLASS, "uses", True)],
)
async def test_exports_and_emergencies_are_counted_by_who_made_them(
    office: Bureau, lens: Lens, type_: LeafType, column: str, marked: bool
) -> None:
    last = NOW + timedelta(hours=3)
    event = AuditEvent(type_, "log.take", "done")
    await office.write(*[(event, Act(now, "r", operator="someone")) for now in (NOW, last)])
    reading = await look(office, lens)
    (row,) = reading.rows
    assert (row.values, row.flagged) == ({column: 2, "last_at": last.isoformat()}, marked)
    assert len(row.id) == 64


async def test_entries_that_were_covered_late_or_never_show(office: Bureau) -> None:
    early, late = Act(NOW - timedelta(minutes=5), "r"), Act(NOW - timedelta(seconds=5), "r")
    event = AuditEvent(LeafType.ADMIN, "test.note", "noted")
    await office.write((event, early), (event, late), (event, late))
    await office.seal()
    await office.write((event, early), (event, late))
    (row,) = (await look(office, Lens.LATE_PROOFS, Span(NOW - timedelta(hours=1), NOW))).rows
    assert row.values == {"entries": 5, "late": 1, "never": 1, "worst_s": 300.0}
    assert (row.flagged, row.name) == (True, "tests")


async def test_a_number_that_a_writer_gave_and_the_log_lacks_shows(office: Bureau) -> None:
    await write(office.writes, office.trail, 10)
    (row,) = (await look(office, Lens.WRITER_GAPS)).rows
    assert (row.values["first"], row.values["last"], row.values["missing"], row.flagged) == (1, 10, 0, False)
    async with superuser(office.scratch) as connection:
        await connection.execute("DELETE FROM audit.entry WHERE writer_seq IN (4, 5)")
    (row,) = (await look(office, Lens.WRITER_GAPS)).rows
    # The two looks that were recorded meanwhile have numbers, too.
    assert (row.values["missing"], row.flagged) == (2, True)


@pytest.mark.parametrize("lens", Lens)
async def test_each_look_through_a_lens_is_recorded_and_costs_a_few_statements(office: Bureau, lens: Lens) -> None:
    alpha = await member(office.scratch, "Alpha")
    counts = []
    for size in (1, 30):
        await ask(office, alpha, size, at=NOW + timedelta(minutes=size))
        async with office.sight() as sight:
            await auditing.search(sight, Wanted(Filter(), 1), because=BECAUSE)
        with statements(office.reads, office.writes) as sent:
            reading = await look(office, lens)
        counts.append(len(sent))
        assert reading.lens is lens
    assert counts[0] == counts[1] <= 5
    traces = await office.traces("audit.lens")
    assert [(one["lens"], one["reason"], one["purpose"]) for one in traces] == [(lens.value, BECAUSE.reason, "Q5")] * 2
    assert traces[0]["since"] == "2026-11-21T12:00:00.000Z"


@pytest.mark.parametrize(
    "span",
    [
        Span(NOW, NOW),
        Span(NOW, NOW - timedelta(seconds=1)),
        Span(NOW, NOW + timedelta(days=93)),
        Span(datetime.min.replace(tzinfo=NOW.tzinfo), datetime.min.replace(tzinfo=NOW.tzinfo, day=2)),
        Span(datetime.max.replace(tzinfo=NOW.tzinfo, day=1), datetime.max.replace(tzinfo=NOW.tzinfo)),
    ],
)
async def test_a_span_that_is_none_is_refused(office: Bureau, span: Span) -> None:
    with pytest.raises(Malformed, match="span_invalid"):
        await look(office, Lens.HIT_RATE, span)
    assert await office.traces("audit.lens") == []


async def test_the_lenses_themselves_are_listed_with_a_trace(office: Bureau) -> None:
    async with office.sight() as sight:
        await auditing.list_lenses(sight, because=BECAUSE)
    assert [one["shown"] for one in await office.traces("audit.lenses")] == [len(Lens)]
