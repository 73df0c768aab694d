"""Auditors export the log over HTTP; nobody else does, and what is refused is refused before the first byte."""

from typing import Any

import pytest

from registry.domain.staff import Role
from registry_formats.exports import ExportFormat
from tests.databases import ScratchDatabase
from tests.exporting import Unpacked, at_work
from tests.openings import rows as fetch
from tests.running import Running, log_seed
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
WHY: dict[str, Any] = {"purpose": "Q5", "reason": "The yearly round."}


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_an_auditor_exports_the_log(api: Running, database: ScratchDatabase, file_format: ExportFormat) -> None:
    headers = await make_staff(api, Role.AUDITOR)
    async with at_work(database, log_seed(api)):
        answer = await api.client.post("/v1/audit/exports", json={**WHY, "format": file_format}, headers=headers)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-tar"
    unpacked = Unpacked.read(answer.content)
    unpacked.verify(seed=log_seed(api))
    manifest = unpacked.manifest
    assert manifest.rows > 0
    assert answer.headers["content-disposition"] == f'attachment; filename="audit-export-{manifest.export_id}.tar"'
    me = (await api.client.get("/v1/staff/me", headers=headers)).json()
    assert (manifest.requester, manifest.purpose, manifest.reason) == (me["staff_id"], "Q5", "The yearly round.")


async def test_a_filter_over_http_is_the_manifests(api: Running, database: ScratchDatabase) -> None:
    headers = await make_staff(api, Role.AUDITOR)
    wanted = {"type": "admin", "outcome": "added", "since": "2026-01-01T00:00:00Z", "subjects": ["ab" * 32]}
    async with at_work(database, log_seed(api)):
        answer = await api.client.post("/v1/audit/exports", json={**WHY, "filter": wanted}, headers=headers)

    asked = Unpacked.read(answer.content).manifest.filter
    assert (asked.type, asked.outcome, asked.subjects) == ("admin", "added", ("ab" * 32,))
    assert asked.since_ms == 1_767_225_600_000


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reason": "curious"}, 422, "request_invalid"),
        ({"purpose": "Q5"}, 422, "request_invalid"),
        ({"purpose": "Q5", "reason": ""}, 422, "request_invalid"),
        ({"purpose": "Q1", "reason": "curious"}, 422, "request_invalid"),
        ({**WHY, "format": "xlsx"}, 422, "request_invalid"),
        ({**WHY, "filter": {"name": "Zhang San"}}, 422, "request_invalid"),
        (WHY, 404, "checkpoint_missing"),
    ],
)
async def test_what_is_refused_is_refused_before_the_first_byte(
    api: Running, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await api.client.post("/v1/audit/exports", json=body, headers=await make_staff(api, Role.AUDITOR))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_is_no_auditor_exports_nothing_and_the_attempt_is_recorded(
    api: Running, database: ScratchDatabase
) -> None:
    answer = await api.client.post("/v1/audit/exports", json=WHY, headers=await make_staff(api, Role.OPERATOR))

    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    denied = await fetch(database, "SELECT action FROM audit.entry WHERE type = 9")
    assert [row["action"] for row in denied] == ["access.denied"]
    assert not await fetch(database, "SELECT FROM audit.entry WHERE type = 5")
