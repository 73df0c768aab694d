"""What auditors are shown over HTTP: names of members, tags of persons, and what convinces a stranger."""

from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry.domain.lenses import MEANINGS, Lens
from registry.domain.staff import Role
from registry_formats.details import check_batch_item
from registry_formats.leaf import Group, Opening, check_opening, decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey
from registry_formats.proofs import verify_proof
from tests.api.asking import question
from tests.api.auditor import WHY, Auditor, auditing
from tests.databases import ScratchDatabase
from tests.logbook import key_for
from tests.questions import NOW, PHONE, STRANGER
from tests.running import log_seed
from tests.staffing import make_staff

pytestmark = pytest.mark.anyio


@pytest.fixture
async def auditor(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Auditor]:
    async with auditing(database, tmp_path) as ready:
        yield ready


async def entry_of(auditor: Auditor) -> str:
    (entry,) = await auditor.search(action="score.query")
    return str(entry["entry_id"])


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
