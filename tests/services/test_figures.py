"""What is published once a quarter is over, without small cells; and whose subjects coincide far above chance."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.domain.staff import Role
from registry.policies import load
from registry.services import figures
from tests.api.test_integrity import as_worker
from tests.databases import ScratchDatabase
from tests.recorded import token, write_member, write_report
from tests.reporting import Town, town
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
IN_QUARTER = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as found:
        yield found


async def publish(place: Town) -> int:
    return await as_worker(place, figures.publish, policies=load())


async def compare(place: Town) -> int:
    return await as_worker(place, figures.look_for_overlaps, policies=load())


async def decided(place: Town, member_id: UUID, result: str, many: int) -> None:
    """Leave decided appeals about one member's reports."""
    dsn = place.database.dsn()
    made = await write_report(dsn, member_id, [token("phone", "1")], filed_at=IN_QUARTER)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.executemany(
            "INSERT INTO appeal (id, report_id, member_id, state, grounds, proved_kinds, language, received_at,"
            " proved_at, admitted_at, decided_at, flag_only, result, evidence, turns, changed_at)"
            " VALUES ($1, $2, $3, 'decided', '{G05}', '{}', 'en', $4, $4, $4, $5, false, $6, '', '{}', $4)",
            [
                (uuid4(), made.id, member_id, IN_QUARTER, IN_QUARTER + timedelta(days=day % 9), result)
                for day in range(many)
            ],
        )
    finally:
        await connection.close()


async def test_a_quarter_is_published_when_it_is_over_and_never_changes(place: Town) -> None:
    big, small = await write_member(place.database.dsn(), "Big"), await write_member(place.database.dsn(), "Small")
    await place.execute("INSERT INTO filing_day VALUES ($1, $3, 40), ($2, $3, 4)", big, small, IN_QUARTER.date())
    await place.execute(
        "INSERT INTO claim SELECT $1, sha256(n::text::bytea), 1, sha256('who'), $2 FROM generate_series(1, 400) AS n",
        *(big, IN_QUARTER),
    )
    await decided(place, big, "upheld", 30)
    await decided(place, big, "overturned", 10)
    await decided(place, small, "overturned", 3)
    assert await publish(place) == 0
    assert (await place.api.client.get("/v1/transparency")).json()["quarters"] == []
    place.clock.now = datetime(2027, 1, 1, tzinfo=UTC)
    assert (await publish(place), await publish(place)) == (1, 0)
    answer = await place.api.client.get("/v1/transparency")
    (quarter,) = answer.json()["quarters"]
    assert (quarter["quarter"], quarter["reports"], quarter["appeals"]) == ("2026-10-01", 44, 43)
    assert quarter["overturned_ppm"] == 1_000_000 * 13 // 43
    assert quarter["median_days"] == 3
    by_name = {one["member"]: one for one in quarter["members"]}
    names = {row["id"]: row["pseudonym"] for row in await place.rows("SELECT id, pseudonym FROM member")}
    shown = by_name[names[big]]
    assert (shown["overturned_ppm"], shown["reciprocity_ppm"]) == (250_000, 100_000)
    # Four reports are too few to show, and the other member's count would betray them.
    assert [by_name[names[one]]["reports"] for one in (big, small)] == [None, None]
    assert by_name[names[small]]["overturned_ppm"] is None
    assert names.keys() & set(by_name) == set()
    again = await place.api.client.get("/v1/transparency", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await place.execute("UPDATE filing_day SET filed = 999")
    assert await publish(place) == 0


async def report(place: Town, member_id: UUID, people: range) -> None:
    """Let a member have reported these people, by their phones."""
    tokens = [token("phone", str(person)) for person in people]
    await write_report(place.database.dsn(), member_id, tokens, filed_at=IN_QUARTER)


async def test_members_whose_subjects_coincide_raise_one_alarm_that_auditors_see(place: Town) -> None:
    dsn = place.database.dsn()
    members = [await write_member(dsn, name) for name in ("Alpha", "Beta", "Gamma", "Delta")]
    for number, member_id in enumerate(members):
        await report(place, member_id, range(40) if number < 2 else range(100 * number, 100 * number + 40))
    assert (await compare(place), await compare(place)) == (1, 0)
    auditor = await make_staff(place.api, Role.AUDITOR)
    (alarm,) = (await place.api.client.get("/v1/overlap-alarms", headers=auditor)).json()["alarms"]
    assert (set(alarm["members"]), alarm["common"]) == ({str(one) for one in members[:2]}, 40)
    place.clock.pass_days(31)
    assert await compare(place) == 1
    entries = await place.rows("SELECT outcome FROM audit.entry WHERE action = 'overlap.alarm'")
    assert [row["outcome"] for row in entries] == ["raised", "raised"]


async def test_members_of_one_group_raise_no_alarm(place: Town) -> None:
    dsn = place.database.dsn()
    members = [await write_member(dsn, name) for name in ("Alpha", "Beta")]
    await place.execute("UPDATE member SET group_id = (SELECT group_id FROM member WHERE id = $1)", members[0])
    for number, member_id in enumerate([*members, *[await write_member(dsn, name) for name in ("Gamma", "Delta")]]):
        await report(place, member_id, range(40) if number < 2 else range(100 * number, 100 * number + 40))
    assert await compare(place) == 0
