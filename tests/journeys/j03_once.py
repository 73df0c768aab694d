"""J3: the same report sent three times at once is one record, and whoever asks later learns which."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from registry.demo import filings
from registry.demo.by_hand import ByHand
from registry.demo.cast import CASES, HARBOUR
from registry.demo.stage import Stage, running
from registry_client import Client, Conflict, claim_reference
from registry_client.reports import STATEMENT
from registry_formats import jwk, jws

TIMES = 3


def play(directory: Path) -> None:
    """Send one report three times at once under one key, then otherwise."""
    with running(directory / "data") as stage:
        stage.admit(HARBOUR, group="Harbour")
        with stage.member(HARBOUR) as client:
            report = _report(stage, client)
            headers = ByHand(stage, HARBOUR).headers()
            record = _three_at_once(stage, report, headers)
            _another_body_is_refused(stage, report, headers)
            _the_same_reference_names_the_record(client, report, record)
        listed = httpx.get(f"{stage.base_url}/v1/reports", headers=headers).raise_for_status().json()["reports"]
        assert [one["report_id"] for one in listed] == [record]


def _three_at_once(stage: Stage, report: filings.Report, headers: Mapping[str, str]) -> str:
    with ThreadPoolExecutor(TIMES) as pool:
        answers = list(pool.map(lambda _: _send(stage, report, headers), range(TIMES)))
    filed = [answer for answer in answers if answer.status_code == httpx.codes.CREATED]
    busy = [answer for answer in answers if answer.status_code == httpx.codes.CONFLICT]
    assert filed, [answer.text for answer in answers]
    assert len(filed) + len(busy) == TIMES, [answer.text for answer in answers]
    assert {answer.json()["code"] for answer in busy} <= {"idempotency_in_flight"}
    again = _send(stage, report, headers)
    assert (again.status_code, again.headers.get("idempotency-replayed")) == (httpx.codes.CREATED, "true")
    (record,) = {answer.json()["report_id"] for answer in [*filed, again]}
    return str(record)


def _another_body_is_refused(stage: Stage, report: filings.Report, headers: Mapping[str, str]) -> None:
    other = _send(stage, report | {"reference": "RMA-OTHER"}, headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def _the_same_reference_names_the_record(client: Client, report: filings.Report, record: str) -> None:
    with pytest.raises(Conflict) as refused:
        client.report(report)
    assert refused.value.code == "report_duplicate"
    assert refused.value.facts["report_id"] == record
    assert refused.value.request_id
    assert refused.value.idempotency_key


def _report(stage: Stage, client: Client) -> filings.Report:
    case = CASES[0]
    tokens = client.tokenise(case.buyer.identifiers(case.order))
    return filings.write(case, tokens, claim_reference(uuid4().bytes * 2, "claim-1"), stage.now().date())


def _send(stage: Stage, report: filings.Report, headers: Mapping[str, str]) -> httpx.Response:
    return httpx.post(f"{stage.base_url}/v1/reports", json=signed(stage, report), headers=dict(headers))


def signed(stage: Stage, report: Mapping[str, Any]) -> dict[str, str]:
    """Sign a report as Harbour Home."""
    key = stage.kit(HARBOUR).key
    return {"statement": jws.sign(report, key=key, kid=jwk.export(key.public_key())["kid"], typ=STATEMENT)}
