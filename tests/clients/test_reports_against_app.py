"""A member's reports through the SDK, on the registry itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from registry_client import (
    AsyncClient,
    Conflict,
    Identifiers,
    NotFound,
    ReportRefused,
    RequestRefused,
    WithdrawReason,
    claim_reference,
)
from tests.clients.whole import Whole, whole_registry
from tests.databases import ScratchDatabase
from tests.filings import NOW, filing
from tests.reporting import MovingClock, payload

pytestmark = pytest.mark.anyio
BUYER = Identifiers(phone="+86 138 0013 8000", national_id="11010519491231002X", event="SF:1234567890")


@pytest.fixture
async def whole(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Whole]:
    async with whole_registry(database, tmp_path, MovingClock()) as started:
        yield started


async def report(client: AsyncClient, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a filing
    """Write a report about the buyer, as a member would: what it found out, and tokens."""
    tokens = await client.tokenise(BUYER)
    claim = str(claim_reference(bytes(32), "claim-7"))
    found = payload(replace(filing(), **changes))
    identifiers = tokens.known(date(2026, 1, 5), date(2026, 10, 20))
    return found | {"claim_ref": claim, "event": {"tokens": tokens.event}, "identifiers": identifiers}


async def test_a_report_is_checked_filed_corrected_and_taken_back(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        written = await report(client)
        checked = await client.check(written)
        assert (checked.severity, checked.confidence) == ("S2", "C")
        filed = await client.report(written)
        assert (filed.state, filed.revision, filed.severity, filed.expires_on) == (
            "submitted",
            1,
            "S2",
            date(2028, 10, 20),
        )
        amended = await client.amend(filed.report_id, written | {"facts": ["The photo carries a label."]})
        assert amended.revision == 2
        assert (await client.mark_repaid(filed.report_id, date(2026, 11, 20))).revision == 3
        assert (await client.notice_status(filed.report_id)).served_at is None
        withdrawn = await client.withdraw(filed.report_id, WithdrawReason.SETTLED)
        assert (withdrawn.state, withdrawn.revision) == ("withdrawn", 4)
        assert (await client.get_report(filed.report_id)).state == "withdrawn"
        assert [one.report_id async for one in client.list_reports(updated_since=NOW)] == [filed.report_id]


async def test_a_refused_report_names_every_missing_pillar(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        bare = await report(client, notice=None, merchant_heard_on=None)
        with pytest.raises(ReportRefused) as refused:
            await client.report(bare)
        assert {fault.pointer for fault in refused.value.faults} >= {"/notice", "/merchant_heard_on"}
        with pytest.raises(ReportRefused):
            await client.check(bare)
        assert [one async for one in client.list_reports()] == []


async def test_a_report_filed_before_is_named(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        written = await report(client)
        first = await client.report(written)
        with pytest.raises(Conflict) as duplicate:
            await client.report(written)
        assert duplicate.value.facts == {"report_id": str(first.report_id)}


async def test_a_raw_identifier_in_a_report_is_refused_and_not_repeated(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        with pytest.raises(RequestRefused) as refused:
            await client.report(await report(client) | {"facts": ["Call 13800138000."]})
        assert refused.value.code == "raw_identifier_refused"
        assert "13800138000" not in str(refused.value)
    assert "13800138000" not in whole.api.log.getvalue()


async def test_nobody_sees_a_report_of_another_member(whole: Whole) -> None:
    async with await whole.client("Alpha") as alpha, await whole.client("Beta") as beta:
        filed = await alpha.report(await report(alpha))
        for unknown in (filed.report_id, uuid4()):
            with pytest.raises(NotFound) as hidden:
                await beta.get_report(unknown)
            assert hidden.value.code == "report_unknown"


async def test_nothing_is_recalled_from_whoever_was_told_nothing(whole: Whole) -> None:
    async with await whole.client("Alpha") as client:
        filed = await client.report(await report(client))
        await client.withdraw(filed.report_id, WithdrawReason.MISTAKE)
        assert (await client.recalls()).recalls == ()
