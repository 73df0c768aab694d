"""The token endpoint: who gets a token, and every way to be refused."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.domain.access import Scope
from registry.services import members
from registry_formats.jws import PrivateKey
from tests.running import ISSUER, JWT_BEARER, Platform, Running

pytestmark = pytest.mark.anyio


def forged(claims: dict[str, Any], header: dict[str, Any], signature: bytes) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in [*parts, signature])


async def outcomes(api: Running) -> list[str]:
    """Return the outcomes of the sign-ins in the audit log, in order."""
    async with api.owner.read() as session:
        rows = await session.connection()
        found = await rows.exec_driver_sql("SELECT outcome FROM audit.entry WHERE type = 13 ORDER BY writer_seq")
        return [row[0] for row in found]


@pytest.mark.parametrize("key", [Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())])
async def test_a_member_signs_in_with_either_algorithm_and_is_recognised(api: Running, key: PrivateKey) -> None:
    beta = await api.admit("Beta", key=key)
    answer = await beta.sign_in()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 600
    assert token["scope"].split() == sorted(beta.member.scopes)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    who = await api.client.get("/v1/whoami", headers=headers)
    assert who.json()["member_id"] == str(beta.member.id)
    assert who.json()["key_id"] == beta.kid
    assert await outcomes(api) == ["signed_in"]


async def test_a_member_asks_for_fewer_scopes_than_it_has(api: Running, alpha: Platform) -> None:
    answer = await alpha.sign_in(scope="member:read scores:query")
    assert answer.json()["scope"] == "member:read scores:query"


@pytest.mark.parametrize(
    ("scope", "code"), [("notices:record", "scope_not_granted"), ("root", "scope_unknown"), ("  ", "scope_unknown")]
)
async def test_a_scope_a_member_cannot_have_is_refused(alpha: Platform, scope: str, code: str) -> None:
    answer = await alpha.sign_in(scope=scope)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_scope", "error_description": code}


def wrong_claims(now: int) -> tuple[dict[str, Any], ...]:
    """List what one wrong claim each makes of an assertion."""
    return (
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": [ISSUER, "https://elsewhere.example"]},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"sub": None},
        {"exp": None},
        {"exp": now - 31},
        {"exp": now + 3600},
        {"exp": True},
        {"exp": "soon"},
        {"iat": now + 3600},
        {"nbf": now + 3600},
        {"jti": None},
        {"jti": ""},
        {"jti": "j" * 129},
        {"jti": 5},
    )


async def test_an_assertion_with_a_wrong_claim_is_refused(api: Running, alpha: Platform) -> None:
    for changes in wrong_claims(int(time.time())):
        answer = await alpha.sign_in(alpha.assertion(**changes) if changes != {"jti": 5} else _signed(alpha, **changes))
        assert answer.status_code == 401, changes
        assert answer.json() == {"error": "invalid_client", "error_description": "assertion_invalid"}, changes
    assert "signed_in" not in await outcomes(api)


def _signed(platform: Platform, **changes: object) -> str:
    """Sign claims that PyJWT would not."""
    header = {"alg": "EdDSA", "kid": platform.kid}
    unsigned = forged(platform.claims(**changes), header, b"").rpartition(".")[0]
    assert isinstance(platform.key, Ed25519PrivateKey)
    signature = base64.urlsafe_b64encode(platform.key.sign(unsigned.encode())).rstrip(b"=").decode()
    return f"{unsigned}.{signature}"


async def test_an_assertion_without_a_signature_is_refused(alpha: Platform) -> None:
    unsigned = forged(alpha.claims(), {"alg": "none", "kid": alpha.kid}, b"")
    assert (await alpha.sign_in(unsigned)).json()["error_description"] == "assertion_invalid"


async def test_a_public_key_is_not_a_shared_secret(alpha: Platform) -> None:
    public = alpha.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": alpha.kid}
    unsigned = forged(alpha.claims(), header, b"").rpartition(".")[0]
    mac = hmac.new(public, unsigned.encode(), hashlib.sha256).digest()
    assert (await alpha.sign_in(forged(alpha.claims(), header, mac))).status_code == 401
    signed = f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert (await alpha.sign_in(signed)).json()["error_description"] == "assertion_invalid"


async def test_a_key_that_comes_with_the_assertion_is_not_believed(alpha: Platform) -> None:
    thief = Ed25519PrivateKey.generate()
    own = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(thief.public_key()))
    assertion = jwt.encode(alpha.claims(), thief, algorithm="EdDSA", headers={"kid": alpha.kid, "jwk": own})
    assert (await alpha.sign_in(assertion)).status_code == 401


async def test_another_members_key_does_not_sign_for_this_one(api: Running, alpha: Platform) -> None:
    beta = await api.admit("Beta")
    assertion = jwt.encode(alpha.claims(), beta.key, algorithm="EdDSA", headers={"kid": beta.kid})
    assert (await alpha.sign_in(assertion)).status_code == 401


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "." * 5000, "e30.e30.e30", "\u00e9.\u00e9.\u00e9"])
async def test_what_is_no_assertion_is_refused(api: Running, alpha: Platform, assertion: str) -> None:
    answer = await alpha.sign_in(assertion)
    assert answer.json()["error"] in {"invalid_client", "invalid_request"}
    assert await outcomes(api) == []


async def test_an_assertion_works_once(api: Running, alpha: Platform) -> None:
    assertion = alpha.assertion()
    assert (await alpha.sign_in(assertion)).status_code == 200
    again = await alpha.sign_in(assertion)
    assert again.status_code == 401
    assert again.json() == {"error": "invalid_client", "error_description": "assertion_replayed"}
    assert sorted(await outcomes(api)) == ["refused", "signed_in"]


async def test_an_assertion_works_once_even_when_sent_many_times_at_once(alpha: Platform) -> None:
    assertion = alpha.assertion()
    answers = await asyncio.gather(*(alpha.sign_in(assertion) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_another_member_may_choose_the_same_jti(api: Running, alpha: Platform) -> None:
    beta = await api.admit("Beta")
    for platform in (alpha, beta):
        assert (await platform.sign_in(platform.assertion(jti="first"))).status_code == 200


async def test_a_suspended_member_cannot_sign_in_and_its_refusal_is_recorded(api: Running, alpha: Platform) -> None:
    async with api.owner.write() as session:
        await members.suspend(session, alpha.member.id, act=api.act(), trail=api.trail)
    answer = await alpha.sign_in()
    assert answer.status_code == 400
    assert answer.json() == {"error": "unauthorized_client", "error_description": "member_suspended"}
    assert await outcomes(api) == ["refused"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, "invalid_client"),
    ],
)
async def test_a_wrong_form_is_refused_as_oauth_says(alpha: Platform, form: dict[str, str], error: str) -> None:
    answer = await alpha.sign_in(**form)
    assert answer.json()["error"] == error
    assert answer.headers["cache-control"] == "no-store"


async def test_a_parameter_sent_twice_is_refused(api: Running, alpha: Platform) -> None:
    body = f"grant_type=client_credentials&client_assertion_type={JWT_BEARER}"
    twice = f"{body}&client_assertion={alpha.assertion()}&client_assertion={alpha.assertion()}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await api.client.post("/oauth/token", content=twice, headers=form)
    assert answer.json() == {"error": "invalid_request", "error_description": "form_invalid"}


async def test_json_is_not_a_form(api: Running, alpha: Platform) -> None:
    answer = await api.client.post("/oauth/token", json={"client_assertion": alpha.assertion()})
    assert answer.json()["error"] == "invalid_request"


async def test_an_address_that_keeps_failing_has_to_wait(api: Running, alpha: Platform) -> None:
    for _ in range(30):
        assert (await alpha.sign_in("wrong")).status_code == 401
    answer = await alpha.sign_in()
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 61


async def test_a_relay_may_not_have_a_platforms_scopes(api: Running) -> None:
    relay = await api.admit("Relay", kind="relay")
    assert (await relay.sign_in()).json()["scope"] == "notices:record tokens:evaluate"
    assert (await relay.sign_in(scope=Scope.REPORTS_WRITE)).json()["error"] == "invalid_scope"
