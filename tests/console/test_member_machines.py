"""The members' console: keys, endpoints, quota and the go-live checklist, for who looks after a member's machines."""

import json
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.console.members import words
from registry.domain.staff import Role
from registry_formats import jwk
from tests.browsing import Browser, signed_in
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.logbook import opened, seal, sign
from tests.recorded import fetch
from tests.running import Platform, Running, log_seed, running

pytestmark = pytest.mark.anyio
OURS = "/console/member"
URL = "https://shop.example/hooks"


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


@pytest.fixture
async def alpha(api: Running) -> Platform:
    return await api.admit("Alpha")


@pytest.fixture
async def admin(api: Running, alpha: Platform) -> AsyncIterator[Browser]:
    async with signed_in(api, Role.MEMBER_ADMIN, member_id=alpha.member.id) as browser:
        yield browser


def public(key: Ed25519PrivateKey) -> str:
    return json.dumps(jwk.export(key.public_key()))


async def test_a_key_is_added_beside_the_present_one_and_that_one_retired(alpha: Platform, admin: Browser) -> None:
    page = await admin.open(f"{OURS}/keys")
    assert alpha.kid in page.text
    last = await admin.send(page, "/retire")
    assert (last.status, "the only key" in last.text) == (409, True)
    for wrong in ("not json", '{"kty": "RSA"}', "[]"):
        refused = await admin.send(page, "/keys", jwk=wrong, overlap_days="7")
        assert refused.status == 422, wrong
        assert refused.form("/keys").fields["jwk"] == wrong
    fresh = Ed25519PrivateKey.generate()
    added = await admin.send(page, "/keys", jwk=public(fresh), overlap_days="7")
    assert jwk.export(fresh.public_key())["kid"] in added.text
    assert "ending" in added.text
    assert (await alpha.sign_in()).status_code == 200
    forms = [form for form in added.forms if form.fields.get("kid") == alpha.kid]
    await admin.client.post(forms[0].action, data=forms[0].fields)
    assert (await alpha.sign_in()).status_code == 401
    newcomer = Platform(alpha.member, fresh, alpha.client)
    assert (await newcomer.sign_in()).status_code == 200


async def test_whoever_finds_an_open_session_adds_no_key(api: Running, alpha: Platform, admin: Browser) -> None:
    page = await admin.open(f"{OURS}/keys")
    async with api.owner.write() as session:
        older = "UPDATE session_ SET created_at = created_at - interval '10 minutes'"
        await (await session.connection()).exec_driver_sql(older)
    fresh = Ed25519PrivateKey.generate()
    refused = await admin.send(page, "/keys", jwk=public(fresh), overlap_days="0")
    assert (refused.status, "sign_in_not_fresh" in refused.text) == (403, True)
    assert jwk.export(fresh.public_key())["kid"] not in (await admin.open(f"{OURS}/keys")).text
    assert (await alpha.sign_in()).status_code == 200


async def test_an_endpoint_is_added_tried_given_a_new_secret_and_removed(
    api: Running, alpha: Platform, admin: Browser
) -> None:
    page = await admin.open(f"{OURS}/webhooks")
    refused = await admin.send(page, "/webhooks", url=f"{URL}#there")
    assert (refused.status, refused.form("/webhooks").fields["url"]) == (422, f"{URL}#there")
    planted = f"{URL}?<script>alert(1)</script>"
    one = await admin.send(page, "/webhooks", url=planted, events="record.recalled")
    assert planted in one.text
    assert "<script>" not in one.answer.text
    assert "A record that you were told of was recalled" in one.text
    secret = await admin.send(one, "/secret")
    (before,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", secret.text)
    renewed = await admin.send(one, "/rotate", overlap_hours="24")
    (after,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", renewed.text)[:1]
    assert before != after
    assert "whsec_" not in (await admin.open(str(one.answer.url))).text
    tried = await admin.send(one, "/test")
    (link,) = [link for link in tried.links if "/deliveries/" in link]
    assert "Nobody has tried yet." in (await admin.open(link)).text
    assert (await admin.send(tried, "/replay", days="7")).status == 200
    assert "None" not in (await admin.open(f"{tried.answer.url.path}?state=dead")).text
    removed = await admin.send(tried, "/remove")
    assert "You removed it" in removed.text
    beta = await api.admit("Beta")
    async with signed_in(api, Role.MEMBER_ADMIN, member_id=beta.member.id) as other:
        for path in (one.answer.url.path, link):
            assert (await other.open(path)).status == 404, path
        keys = await other.open(f"{OURS}/keys")
        proof = keys.form("/sign-out").fields["csrf"]
        for step, typed in (
            ("rotate", {"overlap_hours": "0"}),
            ("secret", {}),
            ("test", {}),
            ("remove", {}),
            ("replay", {"days": "1"}),
        ):
            answer = await other.client.post(f"{one.answer.url.path}/{step}", data=typed | {"csrf": proof})
            assert answer.status_code == 404, step
        assert (beta.kid in keys.text, alpha.kid in keys.text) == (True, False)


async def test_who_works_on_reports_reads_deliveries_and_changes_no_endpoint(api: Running, alpha: Platform) -> None:
    async with signed_in(api, Role.MEMBER, member_id=alpha.member.id) as browser:
        page = await browser.open(f"{OURS}/webhooks")
        assert "Add an endpoint" not in page.text
        assert (await browser.open(f"{OURS}/keys")).status == 403
        proof = page.form("/sign-out").fields["csrf"]
        answer = await browser.client.post(f"{OURS}/webhooks", data={"csrf": proof, "url": URL})
        assert answer.status_code == 403


async def test_the_checklist_is_read_from_what_the_member_has_done(
    database: ScratchDatabase, api: Running, alpha: Platform, admin: Browser
) -> None:
    def done(text: str) -> int:
        found = re.search(r"(\d+) of (\d+) steps are done", text)
        assert found is not None
        assert int(found[2]) == len(words.GO_LIVE)
        return int(found[1])

    assert done((await admin.open(f"{OURS}/go-live")).text) == 0
    headers = await alpha.headers()
    assert done((await admin.open(f"{OURS}/go-live")).text) == 1
    identifiers = [{"kind": "phone", "tokens": [token("phone")]}]
    asked = {"purpose": "Q1", "claim_ref": "A" * 43, "identifiers": identifiers}
    answer = await alpha.client.post("/v1/scores:query", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    page = await admin.open(f"{OURS}/go-live")
    # Asked, and therefore with tokens.
    assert done(page.text) == 3
    assert "Keep the receipt" in page.text
    seed = log_seed(api)
    async with opened(database, "registry_worker") as worker:
        await seal(worker, seed=seed)
        await sign(worker, seed=seed)
    entry = {"entry_id": str(UUID(bytes=b64decode(answer.json()["leaf"])[4:20]))}
    for _ in range(2):
        proof = await alpha.client.get("/v1/log/proofs/inclusion", params=entry, headers=headers)
        assert proof.status_code == 200, proof.text
    assert done((await admin.open(f"{OURS}/go-live")).text) == 4
    # Of all the proofs that a member ever fetches, the first leaves an entry.
    assert await fetch(database.dsn(), "SELECT id FROM audit.entry WHERE action = 'log.prove_inclusion' OFFSET 1") == []


async def test_the_quota_shows_what_was_used_in_both_languages(admin: Browser) -> None:
    assert "Claims asked about" in (await admin.open(f"{OURS}/quota")).text
    assert "今日配额" in (await admin.open(f"{OURS}/quota?lang=zh")).text
