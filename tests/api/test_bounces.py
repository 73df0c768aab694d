"""A letter that came back: nothing is heard by it, its contact may be told anew, and who was answered learns of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from registry.domain.filings import Identifier
from registry.domain.ids import IdentifierKind
from registry.domain.reasons import MitigatingCode
from tests.databases import ScratchDatabase
from tests.filings import filing, token
from tests.reporting import Town, town

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as opened:
        yield opened


NOTICE = uuid4()
NOT_HEARD = MitigatingCode.NOT_HEARD


async def bounce(place: Town, report: str, one: str = "phone", key: str | None = None) -> httpx.Response:
    told = {"report_id": report, "kind": one, "tokens": [token(one)]}
    headers = await place.relay.headers() | {"Idempotency-Key": key or str(uuid4())}
    return await place.api.client.post(f"/v1/notices/{NOTICE}:bounced", json=told, headers=headers)


async def test_a_record_that_seemed_heard_weighs_less_and_its_readers_hear_of_it(place: Town) -> None:
    alpha, beta = await place.desk("Alpha"), await place.desk("Beta")
    report = await alpha.filed()
    await place.serve(report)
    await place.pass_days(10)
    await place.pass_days(30)
    assert NOT_HEARD not in (await beta.query("phone", "national_id"))["mitigating"]
    assert (await bounce(place, report)).json()["state"] == "active"
    assert NOT_HEARD in (await beta.query("phone", "national_id", claim=2))["mitigating"]
    (recall,) = (await beta.get("/v1/recalls")).json()["recalls"]
    assert (recall["report_id"], recall["change"]) == (report, "amended")
    # It may be told anew, and is then heard from that day on.
    assert (await alpha.get(f"/v1/notices?report_id={report}")).json()["notices"] == []
    await place.serve(report)
    await place.pass_days(31)
    assert NOT_HEARD not in (await beta.query("phone", "national_id", claim=3))["mitigating"]


async def test_a_record_that_nobody_was_told_of_waits_for_its_notice_and_lapses_without_one(place: Town) -> None:
    alpha = await place.desk("Alpha")
    report = await alpha.filed()
    await place.serve(report)
    answers = [await bounce(place, report, key=key) for key in ("k" * 16, "k" * 16, "l" * 16)]
    assert [one.json() for one in answers] == [{"livemode": False, "report_id": report, "state": "submitted"}] * 3
    assert answers[1].headers["idempotency-replayed"] == "true"
    rows = await place.rows("SELECT outcome FROM audit.entry WHERE action = 'notice.bounce' ORDER BY writer_seq")
    assert [row["outcome"] for row in rows] == ["bounced", "repeated"]
    await place.pass_days(31)
    assert await alpha.state(report) == "withdrawn"
    answer = await bounce(place, str(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_on_report")


async def test_with_another_contact_served_the_window_counts_from_that(place: Town) -> None:
    alpha = await place.desk("Alpha")
    email = Identifier(IdentifierKind.EMAIL, (token("email"),))
    report = await alpha.filed(identifiers=(*filing().identifiers, email))
    await place.serve(report)
    await place.pass_days(3)
    await place.serve(report, "email")
    assert (await bounce(place, report)).json()["state"] == "notice_window"
    await place.pass_days(5)
    assert await alpha.state(report) == "notice_window"
    await place.pass_days(2)
    assert await alpha.state(report) == "active"
