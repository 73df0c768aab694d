"""Who may ask the relay, and in what form."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.clock import real_time
from registry.errors import RegistryError
from registry.relay.access import Access
from registry.services.members import suspend
from registry_formats import jwk
from tests.relay.stage import PHONE, Stage
from tests.running import ISSUER

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KID = jwk.export(KEY.public_key())["kid"]
MEMBER = "01937d5e-8c00-7a10-8000-000000000001"


class Keys:
    """The registry's published keys, and how often they were asked for."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = [{"kty": "RSA", "kid": "old"}, dict(jwk.export(KEY.public_key()))]
        self.asked = 0

    async def fetch(self) -> list[dict[str, Any]]:
        self.asked += 1
        return self.published


def bearer(key: Ed25519PrivateKey = KEY, *, typ: str = "at+jwt", kid: str = KID, **changes: object) -> str:
    good = {"iss": ISSUER, "aud": ISSUER, "sub": MEMBER, "exp": int(time.time()) + 60, "scope": "notices:serve"}
    claims = {name: value for name, value in (good | changes).items() if value is not None}
    return f"Bearer {jwt.encode(claims, key, algorithm='EdDSA', headers={'typ': typ, 'kid': kid})}"


async def refusal(authorization: str) -> str:
    with pytest.raises(RegistryError) as caught:
        await Access(ISSUER, Keys().fetch).member(authorization, now=real_time())
    return caught.value.code


@pytest.mark.anyio
async def test_a_token_for_this_alone_names_its_member() -> None:
    assert str(await Access(ISSUER, Keys().fetch).member(bearer(), now=real_time())) == MEMBER


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("authorization", "code"),
    [("", "access_token_missing"), ("Basic abc", "access_token_missing"), ("Bearer abc", "access_token_invalid")],
)
async def test_what_is_no_token_is_refused(authorization: str, code: str) -> None:
    assert await refusal(authorization) == code


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": STRANGER}, "access_token_invalid"),
        ({"kid": "another"}, "access_token_invalid"),
        ({"typ": "JWT"}, "access_token_invalid"),
        ({"iss": "http://elsewhere.test"}, "access_token_invalid"),
        ({"aud": "http://elsewhere.test"}, "access_token_invalid"),
        ({"sub": "nobody"}, "access_token_invalid"),
        ({"sub": None}, "access_token_invalid"),
        ({"scope": 7}, "access_token_invalid"),
        ({"sub": "a" * 5000}, "access_token_invalid"),
        ({"exp": 1}, "access_token_expired"),
        ({"scope": "reports:read"}, "scope_missing"),
        ({"scope": "notices:serve reports:write"}, "scope_too_wide"),
    ],
    ids=range(12),
)
async def test_any_other_token_is_refused(changes: dict[str, Any], code: str) -> None:
    # Made here and not where tests are collected, which may be minutes earlier.
    assert await refusal(bearer(**changes)) == code


@pytest.mark.anyio
async def test_an_unsigned_token_and_one_keyed_with_the_public_key_are_refused() -> None:
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": MEMBER, "exp": int(time.time()) + 60, "scope": "notices:serve"}
    headers = {"typ": "at+jwt", "kid": KID}
    unsigned = jwt.encode(claims, "", algorithm="none", headers=headers)
    keyed = jwt.encode(claims, KEY.public_key().public_bytes_raw(), algorithm="HS256", headers=headers)
    assert [await refusal(f"Bearer {one}") for one in (unsigned, keyed)] == ["access_token_invalid"] * 2


@pytest.mark.anyio
async def test_keys_are_fetched_once_and_again_for_one_not_seen_but_not_at_every_strangers_wish() -> None:
    keys, now = Keys(), 0.0
    access = Access(ISSUER, keys.fetch, elapsed=lambda: now)
    for _ in range(3):
        await access.member(bearer(), now=real_time())
    assert keys.asked == 1
    new = jwk.export(STRANGER.public_key())
    for _ in range(3):
        with pytest.raises(RegistryError):
            await access.member(bearer(STRANGER, kid=new["kid"]), now=real_time())
    assert keys.asked == 1
    keys.published, now = [dict(new)], 11.0
    await access.member(bearer(STRANGER, kid=new["kid"]), now=real_time())
    assert keys.asked == 2
    with pytest.raises(RegistryError):
        await access.member(bearer(), now=real_time())


@pytest.mark.anyio
async def test_the_relay_refuses_whoever_may_do_more_than_this(scene: Stage) -> None:
    report = await scene.file()
    body = {"report_id": str(report.id), "kind": "phone", "contact": PHONE, "language": "en"}
    wide = await scene.client.post("/v1/notices", json=body, headers=await scene.alpha.headers())
    none = await scene.client.post("/v1/notices", json=body)
    assert (wide.status_code, wide.json()["code"]) == (403, "scope_too_wide")
    assert (none.status_code, none.json()["code"]) == (401, "access_token_missing")
    assert none.headers["www-authenticate"].startswith("Bearer ")
    assert scene.letters == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"language": "fr"}, "/language", "invalid"),
        ({"kind": "pigeon"}, "/kind", "invalid"),
        ({"report_id": "RMA-1"}, "/report_id", "invalid"),
        ({"contact": ""}, "/contact", "invalid"),
        ({"contact": "13800138000"}, "/contact", "contact_invalid"),
        ({"contact": "no phone"}, "/contact", "contact_invalid"),
        ({"kind": "email"}, "/contact", "contact_invalid"),
    ],
)
async def test_a_malformed_request_is_refused_by_place_without_its_value(
    scene: Stage, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await scene.ask(await scene.file(), **changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert answer.json()["errors"] == [{"pointer": pointer, "code": code}]
    assert "13800138000" not in answer.text


@pytest.mark.anyio
async def test_what_is_no_notice_request_at_all_is_a_problem_too(scene: Stage) -> None:
    headers = await scene.alpha.headers("notices:serve")
    large = await scene.client.post("/v1/notices", content=b"x" * 5000, headers=headers)
    text = await scene.client.post("/v1/notices", content=b"{", headers=headers | {"Accept-Language": "zh"})
    missing = await scene.client.get("/v1/letters")
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    assert (text.status_code, text.headers["content-language"]) == (422, "zh")
    assert (missing.status_code, missing.json()["code"]) == (404, "route_not_found")
    assert {one.headers["content-type"] for one in (large, text, missing)} == {"application/problem+json"}


@pytest.mark.anyio
async def test_a_suspended_member_is_refused(scene: Stage) -> None:
    report = await scene.file()
    headers = await scene.alpha.headers("notices:serve")
    async with scene.api.owner.write() as session:
        await suspend(session, scene.alpha.member.id, act=scene.api.act(), trail=scene.api.trail)
    body = {"report_id": str(report.id), "kind": "phone", "contact": PHONE, "language": "en"}
    answer = await scene.client.post("/v1/notices", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "member_suspended")
    assert scene.letters == []
