"""The auditors' API: each read recorded before its answer begins, a purpose demanded, no identifier taken."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi.routing import APIRoute

from registry.api import audit
from registry.api.audit.exports import router as exports
from registry.domain.staff import Role
from tests.api.auditor import UNKNOWN, WHY, Auditor, auditing
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.meta.test_commit_before_response import Watch
from tests.running import ISSUER
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio


@pytest.fixture
async def auditor(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Auditor]:
    async with auditing(database, tmp_path) as ready:
        yield ready


async def sample_of(auditor: Auditor) -> str:
    answer = await auditor.post("samples", {**WHY, "size": 1, "seed": "ab" * 32})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sample_id"])


async def judged_sample_of(auditor: Auditor) -> str:
    sample_id = await sample_of(auditor)
    body = {"findings": [{"position": 0, "finding": "in_order", "note": ""}]}
    assert (await auditor.post(f"samples/{sample_id}:judge", body)).status_code == 200
    return sample_id


async def entry_of(auditor: Auditor) -> str:
    (entry,) = await auditor.search(action="score.query")
    return str(entry["entry_id"])


async def nothing(_: Auditor) -> str:
    return ""


# What is asked, by route: what must be there first, the body or None, the action it is recorded as.
CALLS: dict[str, tuple[Any, dict[str, Any] | None, str]] = {
    "POST searches": (nothing, {**WHY, "facets": True}, "audit.search"),
    "POST entries/{entry_id}:open": (entry_of, WHY, "audit.open"),
    "POST looks": (nothing, {**WHY, "subjects": ["ab" * 32]}, "audit.looks"),
    "GET lenses": (nothing, None, "audit.lenses"),
    "GET lenses/{lens}": (nothing, None, "audit.lens"),
    "POST samples": (nothing, {**WHY, "size": 3}, "audit.sample"),
    "GET samples": (sample_of, None, "audit.sample_list"),
    "GET samples/{sample_id}": (sample_of, None, "audit.sample_read"),
    "POST samples/{sample_id}:judge": (
        sample_of,
        {"findings": [{"position": 0, "finding": "excessive", "note": "three too many"}]},
        "audit.judge",
    ),
    "POST samples/{sample_id}:sign-off": (judged_sample_of, {"note": ""}, "audit.sign_off"),
    "POST saved-searches": (nothing, {"name": "mine", "filter": {"type": "query"}}, "audit.save_search"),
    "GET saved-searches": (nothing, None, "audit.searches"),
}


def test_every_route_is_called_below() -> None:
    # Exports have tests of their own.
    routers = [router for router in audit.ROUTERS if router is not exports]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    assert {f"{min(one.methods or ())} {one.path.removeprefix('/v1/audit/')}" for one in routes} == CALLS.keys()


async def test_an_entry_stands_in_the_log_before_the_answer_begins(auditor: Auditor, database: ScratchDatabase) -> None:
    async with LifespanManager(auditor.asker.api.app) as manager:
        for name, (first, body, action) in CALLS.items():
            made = await first(auditor)
            method, _, path = name.partition(" ")
            watch = Watch(manager.app, database.dsn(), counting(action))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(watch), base_url=ISSUER) as client:
                before = await recorded(database, action)
                params = {} if body else WHY
                answer = await client.request(
                    method, url_of(path, made), json=body, params=params, headers=auditor.headers
                )
            assert answer.status_code in {200, 201}, (name, answer.text)
            assert watch.committed == [before + 1], name


def counting(action: str) -> str:
    return f"SELECT count(*) FROM audit.entry WHERE action = '{action}'"  # noqa: S608 - our own names


async def recorded(database: ScratchDatabase, action: str) -> int:
    async with superuser(database) as connection:
        return int(await connection.fetchval(counting(action)))


def url_of(path: str, made: str = UNKNOWN) -> str:
    return "/v1/audit/" + path.replace("{entry_id}", made).replace("{sample_id}", made).replace("{lens}", "cadence")


@pytest.mark.parametrize(
    "changes", [{"purpose": None}, {"reason": None}, {"reason": ""}, {"purpose": "Q1"}, {"purpose": "Q6"}]
)
async def test_nothing_is_shown_without_a_purpose_of_auditors_and_a_reason(
    auditor: Auditor, database: ScratchDatabase, changes: dict[str, Any]
) -> None:
    for name, (_, body, action) in CALLS.items():
        if body is not None and "purpose" not in body:
            continue
        method, _, path = name.partition(" ")
        why = {key: value for key, value in {**(body or WHY), **changes}.items() if value is not None}
        sent = (why, None) if method == "POST" else (None, why)
        answer = await auditor.asker.api.client.request(
            method, url_of(path), json=sent[0], params=sent[1], headers=auditor.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), answer.text
        assert await recorded(database, action) == 0


IDENTIFIERS = ("13800138000", "zhang.san@example.com", "11010519491231002X")


async def test_nobody_is_found_by_an_identifier(auditor: Auditor) -> None:
    for raw in IDENTIFIERS:
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("searches", {**WHY, "filter": {name: raw}})
            for name in ("staff", "action", "outcome", "member", "case", "purpose", "type", "since")
        ]
        bodies += [
            ("searches", {**WHY, "filter": {"subjects": [raw]}}),
            ("searches", {**WHY, "reason": f"about {raw}"}),
            ("looks", {**WHY, "subjects": [raw]}),
            ("saved-searches", {"name": raw, "filter": {}}),
            ("samples", {**WHY, "size": 1, "seed": raw}),
            (f"samples/{UNKNOWN}:sign-off", {"note": f"see {raw}"}),
            (f"samples/{UNKNOWN}:judge", {"findings": [{"position": 0, "finding": "unexplained", "note": raw}]}),
        ]
        for path, body in bodies:
            answer = await auditor.post(path, body)
            assert answer.status_code == 422, (path, body, answer.text)
            assert raw not in answer.text
        assert (await auditor.get("lenses", purpose="Q5", reason=raw)).status_code == 422


async def test_nobody_else_reads_the_log(auditor: Auditor) -> None:
    others = sorted(set(Role) - {Role.AUDITOR})
    for role in others:
        headers = await make_staff(auditor.asker.api, role)
        answer = await auditor.asker.api.client.post("/v1/audit/searches", json=WHY, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert [one["outcome"] for one in await auditor.search(type="denied")] == ["denied"] * len(others)
