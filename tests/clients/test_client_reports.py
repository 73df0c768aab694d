"""Reports, notices and imports through both clients."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from registry_client import (
    Conflict,
    ImportStopped,
    LineResult,
    NotFound,
    Progress,
    ReportRefused,
    RequestRefused,
    WithdrawReason,
)
from registry_client._http import Request
from registry_client.testing import Failure, FakeRegistry

REPORT = {"reference": "RMA-1", "facts": ["A sentence."]}
Call = Callable[..., Any]


def sent(registry: FakeRegistry, path: str) -> list[httpx.Request]:
    return [request for request in registry.requests if request.url.path == path]


def test_a_report_is_signed_and_filed_once_whatever_the_network_does(call: Call, registry: FakeRegistry) -> None:
    call("check", REPORT)
    registry.fail(times=2)
    filed = call("report", REPORT)
    assert registry.reports == {filed.report_id: REPORT}
    keys = {request.headers["idempotency-key"] for request in sent(registry, "/v1/reports")}
    assert len(keys) == 1
    assert len(sent(registry, "/v1/reports")) == 3


def test_a_refused_report_says_what_its_proof_lacks(call: Call, registry: FakeRegistry) -> None:
    call("check", REPORT)
    registry.failures.append(Failure(409, "report_refused", errors=[{"pointer": "/notice", "code": "notice_missing"}]))
    with pytest.raises(ReportRefused) as refused:
        call("report", REPORT)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/notice", "notice_missing")]
    assert refused.value.idempotency_key == sent(registry, "/v1/reports")[0].headers["idempotency-key"]


def test_a_report_filed_before_is_named(call: Call) -> None:
    first = call("report", REPORT)
    with pytest.raises(Conflict) as duplicate:
        call("report", REPORT)
    assert (duplicate.value.code, duplicate.value.facts) == ("report_duplicate", {"report_id": str(first.report_id)})


def test_a_report_can_be_kept_right(call: Call, registry: FakeRegistry) -> None:
    filed = call("report", REPORT)
    amended = call("amend", filed.report_id, REPORT | {"facts": ["Another."]})
    assert (amended.revision, registry.reports[filed.report_id]["facts"]) == (2, ["Another."])
    call("mark_repaid", str(filed.report_id), date(2026, 11, 21))
    assert json.loads(registry.requests[-1].content) == {"repaid_on": "2026-11-21"}
    assert call("withdraw", filed.report_id, WithdrawReason.SETTLED).state == "withdrawn"
    assert call("get_report", filed.report_id).state == "withdrawn"


def test_own_reports_are_listed_page_by_page(call: Call, registry: FakeRegistry) -> None:
    assert list(call("list_reports")) == []
    registry.page_size = 2
    filed = [call("report", {"reference": f"r-{number}"}).report_id for number in range(5)]
    since = datetime(2026, 11, 21, 20, tzinfo=timezone(timedelta(hours=8)))
    assert [one.report_id for one in call("list_reports", updated_since=since)] == filed
    pages = [request.url.params for request in sent(registry, "/v1/reports") if request.method == "GET"][1:]
    assert [page.get("cursor") for page in pages] == [None, "2", "4"]
    assert {page["updated_since"] for page in pages} == {"2026-11-21T12:00:00Z"}


def test_recalls_are_heard_once(call: Call, registry: FakeRegistry) -> None:
    assert call("recalls").recalls == ()
    told = {"report_id": str(UUID(int=5)), "revision": 2, "change": "removed", "reason": "mistake"}
    registry.recalls.append(told)
    heard = call("recalls")
    assert [(one.report_id, one.change, one.reason) for one in heard.recalls] == [(UUID(int=5), "removed", "mistake")]
    assert call("recalls", heard.cursor).recalls == ()
    registry.recalls.append(told | {"change": "rewritten"})
    (later,) = call("recalls", heard.cursor).recalls
    assert not later.change.is_known


def test_a_recall_is_acknowledged(call: Call, registry: FakeRegistry) -> None:
    told = {"report_id": str(UUID(int=5)), "revision": 2, "change": "removed", "reason": "mistake"}
    registry.recalls.append(told | {"lift": [str(UUID(int=7))]})
    (recall,) = call("recalls").recalls
    assert (recall.acknowledged_at, recall.lift) == (None, (UUID(int=7),))
    assert call("acknowledge_recall", recall.recall_id).acknowledged_at is not None
    (recall,) = call("recalls").recalls
    assert recall.acknowledged_at is not None
    with pytest.raises(NotFound):
        call("acknowledge_recall", UUID(int=9))


def test_a_report_id_cannot_become_another_path(call: Call) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        call("withdraw", "../members", WithdrawReason.MISTAKE)
    with pytest.raises(NotFound):
        call("withdraw", UUID(int=9), WithdrawReason.MISTAKE)


def test_a_notice_goes_to_the_relay_with_a_token_for_nothing_else(call: Call, registry: FakeRegistry) -> None:
    filed = call("report", REPORT)
    assert call("notice_status", filed.report_id).served_at is None
    told = call("serve_notice", filed.report_id, phone="+86 138 0013 8000", language="en")
    assert (told.report_id, told.kind, told.repeated) == (filed.report_id, "phone", False)
    assert call("serve_notice", filed.report_id, phone="+86 138 0013 8000", language="en").repeated
    assert call("notice_status", filed.report_id).state == "notice_window"
    assert registry.notices == [(filed.report_id, "phone", "en")]
    assert b"scope=notices%3Aserve" in sent(registry, "/oauth/token")[-1].content
    assert [request.url.host for request in registry.requests if b"138 0013" in request.content] == ["relay.test"] * 2
    assert "138 0013" not in repr(Request("POST", "/", content=b"+86 138 0013 8000"))


def test_a_notice_goes_to_one_contact(call: Call) -> None:
    for contacts in ({}, {"phone": "+8613800138000", "email": "a@example.com"}):
        with pytest.raises(RequestRefused) as refused:
            call("serve_notice", UUID(int=1), **contacts)
        assert refused.value.code == "contact_one"


def test_an_import_tells_what_became_of_every_line(call: Call, registry: FakeRegistry) -> None:
    seen: list[Progress] = []
    call("report", {"reference": "r-7"})
    outcome = call("import_reports", [{"reference": f"r-{number}"} for number in range(205)], progress=seen.append)
    assert [step.next_line for step in seen] == [100, 200, 205]
    assert (outcome.progress.filed, outcome.progress.duplicates, outcome.progress.refused) == (204, 1, 0)
    assert [line.number for line in seen[0].lines if line.result == LineResult.DUPLICATE] == [7]
    assert len(registry.reports) == 205


def test_an_import_that_stopped_goes_on_where_it_was(call: Call, registry: FakeRegistry, tmp_path: Path) -> None:
    path = tmp_path / "reports.ndjson"
    path.write_text("".join(json.dumps({"reference": f"r-{number}"}) + "\n" for number in range(150)) + "\n")

    def break_down(_: Progress) -> None:
        registry.fail(503, times=4)

    with pytest.raises(ImportStopped) as stopped:
        call("import_reports", path, progress=break_down)
    assert (stopped.value.next_line, stopped.value.retryable) == (100, True)
    outcome = call("import_reports", path, from_line=stopped.value.next_line)
    assert (outcome.progress.next_line, outcome.progress.filed) == (150, 50)
    assert len(registry.reports) == 150


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"amount": NaN}', '{"amount": ' + "9" * 20 + "}", "\ud800".encode("utf-8", "surrogatepass")]
)
def test_a_line_that_cannot_be_read_is_named_and_not_shown(
    call: Call, registry: FakeRegistry, tmp_path: Path, line: str | bytes
) -> None:
    path = tmp_path / "reports.ndjson"
    good = b"".join(json.dumps({"reference": f"r-{number}"}).encode() + b"\n\n" for number in range(105))
    path.write_bytes(good + (line.encode() if isinstance(line, str) else line))
    with pytest.raises(ImportStopped) as stopped:
        call("import_reports", path)
    assert (stopped.value.code, stopped.value.next_line) == ("line_malformed", 100)
    assert [fault.pointer for fault in stopped.value.faults] == ["/105"]
    assert len(registry.reports) == 100
