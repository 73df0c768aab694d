"""The auditors' API over HTTP: each read recorded before its answer begins, a purpose demanded, no identifier taken."""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi.routing import APIRoute

from registry.api import audit
from registry.api.audit.exports import router as exports
from registry.domain.lenses import MEANINGS, Lens
from registry.domain.staff import Role
from registry_formats.details import check_batch_item
from registry_formats.leaf import Group, Opening, check_opening, decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey
from registry_formats.proofs import verify_proof
from tests.api.asking import Asker, asker, question
from tests.databases import ScratchDatabase
from tests.logbook import key_for, opened, seal, sign, superuser
from tests.meta.test_commit_before_response import Watch
from tests.questions import NOW, PHONE, STRANGER
from tests.running import ISSUER, log_seed
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio
WHY = {"purpose": "Q5", "reason": "The yearly round."}
UNKNOWN = "01937d5e-8c00-7a10-8000-00000000ffff"


@dataclass(frozen=True, slots=True)
class Auditor:
    """An auditor who has signed in, a member that has asked, and a sealed log."""

    asker: Asker
    headers: dict[str, str]

    async def post(self, path: str, body: Any, **params: Any) -> httpx.Response:  # noqa: ANN401 - any body, also wrong ones
        url = f"/v1/audit/{path}"
        return await self.asker.api.client.post(url, json=body, params=params, headers=self.headers)

    async def get(self, path: str, **params: Any) -> httpx.Response:  # noqa: ANN401 - any parameter
        return await self.asker.api.client.get(f"/v1/audit/{path}", params=params, headers=self.headers)

    async def search(self, **wanted: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any filter
        answer = await self.post("searches", {**WHY, "filter": wanted})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["entries"]
        return found

    async def seal(self) -> None:
        """Put the log in order and sign it."""
        seed = log_seed(self.asker.api)
        async with opened(self.asker.database, "registry_worker") as worker:
            await seal(worker, seed=seed)
            await sign(worker, seed=seed)


@pytest.fixture
async def auditor(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Auditor]:
    async with asker(database, tmp_path) as alpha:
        await alpha.post(question("1", [PHONE]))
        ready = Auditor(alpha, await make_staff(alpha.api, Role.AUDITOR))
        await ready.seal()
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


async def test_a_search_shows_members_by_name_and_persons_not_at_all(auditor: Auditor) -> None:
    answer = await auditor.post("searches", {**WHY, "filter": {"action": "score.query"}, "facets": True})
    page = answer.json()
    (entry,) = page["entries"]
    assert entry["member"] == {"member_id": str(auditor.asker.platform.member.id), "name": "Alpha"}
    assert (entry["type"], entry["purpose"], entry["outcome"]) == ("query", "Q1", "answered")
    assert isinstance(entry["index"], int)
    assert page["facets"] == {
        "counted": 1,
        "complete": True,
        "by": {
            "type": {"query": 1},
            "member": {entry["member"]["member_id"]: 1},
            "action": {"score.query": 1},
            "purpose": {"Q1": 1},
            "outcome": {"answered": 1},
        },
    }
    assert page["next_cursor"] is None
    assert "no-store" in answer.headers["cache-control"]


async def test_pages_are_turned_by_cursor(auditor: Auditor) -> None:
    filter_ = {"until": NOW.replace(year=2027).isoformat(), "type": "auth"}
    everything = [one["entry_id"] for one in await auditor.search(**filter_)]
    found, cursor = list[str](), dict[str, str]()
    while True:
        answer = await auditor.post("searches", {**WHY, "filter": filter_}, limit=1, **cursor)
        found += [one["entry_id"] for one in answer.json()["entries"]]
        if answer.json()["next_cursor"] is None:
            break
        cursor = {"cursor": answer.json()["next_cursor"]}
    assert found == everything
    refused = await auditor.post("searches", WHY, cursor="AAAA")
    assert refused.json()["errors"] == [{"pointer": "query:cursor", "code": "invalid"}]


async def test_what_is_opened_convinces_a_stranger(auditor: Auditor) -> None:
    answer = await auditor.post(f"entries/{await entry_of(auditor)}:open", WHY)
    shown = answer.json()
    leaf = b64decode(shown["leaf"])
    for group in (Group.ORG, Group.CONTENT):
        given = shown["groups"][group.value]
        check_opening(decode_leaf(leaf), group, Opening(b64decode(given["salt"]), given["detail"]))
    for group in (Group.STAFF, Group.SUBJECT):
        assert shown["groups"][group.value] == {"state": "ok", "salt": None, "detail": None}
    verify(auditor, shown["proof"], leaf)
    assert len(shown["subject_tags"]) == 1


def verify(auditor: Auditor, proof: str, leaf: bytes) -> None:
    origin = proof.split("\n\n")[1].partition("\n")[0]
    public = key_for(origin, log_seed(auditor.asker.api)).vkey.public_key
    verify_proof(proof, hash_leaf(leaf), origin, (VerifierKey(origin, public),))


async def test_looks_are_shown_with_openings_and_proofs_claims_of_batches_too(auditor: Auditor) -> None:
    batch = {"items": [question("2", STRANGER), question("3", [PHONE])]}
    assert (await auditor.asker.post(batch, "/v1/scores:batch")).status_code == 200
    await auditor.seal()
    (tag,) = (await auditor.post(f"entries/{await entry_of(auditor)}:open", WHY)).json()["subject_tags"]
    answer = await auditor.post("looks", {**WHY, "subjects": [tag]})
    # The auditor's own, who opened the entry, the claim of the batch, the question: all of one moment here.
    looks = {one["type"] if one["member"] else "own": one for one in answer.json()["looks"]}
    own, claim, single = looks["own"], looks["batch"], looks["query"]
    assert (own["member"], own["purpose"], own["legal_basis"]) == (None, "Q5", "audit")
    assert (single["type"], single["item"], single["purpose"]) == ("query", None, "Q1")
    assert single["content"]["detail"]["answer"]["band"] == "none"
    item = claim["item"]
    assert (claim["type"], item["position"], item["purpose"]) == ("batch", 1, "Q1")
    opening = Opening(b64decode(item["content"]["salt"]), item["content"]["detail"])
    check_batch_item(claim["content"]["detail"], 1, opening, [b64decode(one) for one in item["path"]])
    for look in (claim, single):
        leaf = b64decode(look["leaf"])
        verify(auditor, look["proof"], leaf)
        for group in (Group.ORG, Group.CONTENT):
            given = look[group.value]
            check_opening(decode_leaf(leaf), group, Opening(b64decode(given["salt"]), given["detail"]))
        assert "staff" not in look
    assert (await auditor.post("looks", WHY)).json()["code"] == "subject_missing"


async def test_each_lens_answers_in_both_languages_with_its_columns(auditor: Auditor) -> None:
    span = {"from": "2026-11-21T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
    for lens in Lens:
        answer = await auditor.get(f"lenses/{lens.value}", **WHY, **span)
        assert answer.status_code == 200, answer.text
        view = answer.json()
        assert (view["lens"], view["meaning"]) == (lens.value, MEANINGS[lens].text)
        assert all(set(row["values"]) == set(view["columns"]) for row in view["rows"])
    auditor.headers["Accept-Language"] = "zh"
    listed = (await auditor.get("lenses", **WHY)).json()["lenses"]
    assert len({one["meaning"] for one in listed}) == len(Lens)
    assert all("。" in one["meaning"] for one in listed)


async def test_a_span_no_lens_takes_is_refused_with_the_most_it_takes(auditor: Auditor) -> None:
    answer = await auditor.get("lenses/hit_rate", **WHY, **{"from": "2026-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "span_invalid"), answer.text
    assert answer.json()["facts"] == {"days": 92}


async def test_a_sample_is_drawn_judged_and_signed(auditor: Auditor) -> None:
    drawn = (await auditor.post("samples", {**WHY, "size": 2, "seed": "ab" * 32})).json()
    again = (await auditor.post("samples", {**WHY, "size": 2, "seed": "ab" * 32})).json()
    assert [one["index"] for one in again["items"]] == [one["index"] for one in drawn["items"]]
    assert (drawn["seed"], drawn["sign_off"]) == ("ab" * 32, None)
    path = f"samples/{drawn['sample_id']}"
    assert (await auditor.post(f"{path}:sign-off", {})).json()["code"] == "sample_unfinished"
    findings = [{"position": place, "finding": "in_order", "note": ""} for place in range(2)]
    assert (await auditor.post(f"{path}:judge", {"findings": findings})).status_code == 200
    assert (await auditor.post(f"{path}:sign-off", {"note": "done"})).status_code == 200
    assert (await auditor.post(f"{path}:judge", {"findings": findings})).json()["code"] == "sample_signed"
    shown = (await auditor.get(path, **WHY)).json()
    assert shown["sign_off"]["note"] == "done"
    assert [one["finding"] for one in shown["items"]] == ["in_order"] * 2
    listed = (await auditor.get("samples", **WHY, limit=1)).json()
    rest = (await auditor.get("samples", **WHY, cursor=listed["next_cursor"])).json()
    both = {one["sample_id"]: one["judged"] for one in (*listed["samples"], *rest["samples"])}
    assert both == {drawn["sample_id"]: 2, again["sample_id"]: 0}
    assert rest["next_cursor"] is None


async def test_a_kept_search_can_be_sent_as_it_was_kept(auditor: Auditor) -> None:
    wanted = {"type": "query", "since": NOW.isoformat(), "purpose": "Q1", "subjects": ["ab" * 32]}
    kept = await auditor.post("saved-searches", {"name": "mine", "filter": wanted, "shared": True})
    assert kept.status_code == 201, kept.text
    (one,) = (await auditor.get("saved-searches", **WHY)).json()["searches"]
    assert one == kept.json()
    answer = await auditor.post("searches", {**WHY, "filter": one["filter"]})
    assert answer.status_code == 200, answer.text
    other = await make_staff(auditor.asker.api, Role.AUDITOR)
    seen = await auditor.asker.api.client.get("/v1/audit/saved-searches", params=WHY, headers=other)
    assert [found["name"] for found in seen.json()["searches"]] == ["mine"]
    assert (await auditor.post("saved-searches", {"name": "mine", "filter": None})).status_code == 201
    assert (await auditor.get("saved-searches", **WHY)).json()["searches"] == []


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
