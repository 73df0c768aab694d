"""Signing in with a key: the assertion, and how long its token is used."""

import json
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_client import AnswerMalformed, Client, Options, RateLimited, SignInRefused, sign_in
from registry_client._http import Reply
from registry_client.sign_in import AccessToken, Credentials, TokenShelf
from registry_client.testing import BASE_URL, MEMBER, Failure, FakeRegistry
from registry_formats import jwk
from registry_formats.jws import PrivateKey

ISSUER = "https://registry.example"
NOW = 1_800_000_000.5


def credentials(key: PrivateKey) -> Credentials:
    return Credentials(MEMBER, key, jwk.export(key.public_key())["kid"], ISSUER)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(Ed25519PrivateKey.generate(), "EdDSA"), (ec.generate_private_key(ec.SECP256R1()), "ES256")],
    ids=["EdDSA", "ES256"],
)
def test_an_independent_library_accepts_the_assertion(key: PrivateKey, algorithm: str) -> None:
    signed = sign_in.assertion(credentials(key), now=NOW, jti="once")
    claims = jwt.decode(
        signed,
        key.public_key(),
        algorithms=[algorithm],
        audience=ISSUER,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims == {
        "iss": MEMBER,
        "sub": MEMBER,
        "aud": ISSUER,
        "iat": int(NOW),
        "exp": int(NOW) + 120,
        "jti": "once",
    }
    assert jwt.get_unverified_header(signed) == {"alg": algorithm, "kid": jwk.export(key.public_key())["kid"]}


def test_the_request_is_the_form_of_rfc_7523() -> None:
    key = Ed25519PrivateKey.generate()
    request = sign_in.build(credentials(key), BASE_URL, scope="notices:serve", headers={}, now=NOW, jti="once")
    form = parse_qs(request.content.decode(), strict_parsing=True)
    assert (request.method, request.url) == ("POST", f"{BASE_URL}/oauth/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert form["scope"] == ["notices:serve"]


def test_a_token_is_used_until_a_minute_before_it_ends() -> None:
    shelf = TokenShelf()
    shelf.keep("", AccessToken("one", 600.0))
    assert shelf.find("", now=539.9) == "one"
    assert shelf.find("", now=540.0) is None


def test_tokens_of_other_scopes_are_kept_apart() -> None:
    shelf = TokenShelf()
    shelf.keep("", AccessToken("all", 600.0))
    assert shelf.find("notices:serve", now=0) is None


def test_only_the_token_that_was_refused_is_dropped() -> None:
    shelf = TokenShelf()
    shelf.keep("", AccessToken("fresh", 600.0))
    shelf.forget("", "stale")
    assert shelf.find("", now=0) == "fresh"
    shelf.forget("", "fresh")
    assert shelf.find("", now=0) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        json.dumps({"access_token": "x", "token_type": "mac", "expires_in": 600}).encode(),
        json.dumps({"access_token": "x\r\ny", "token_type": "Bearer", "expires_in": 600}).encode(),
        json.dumps({"access_token": "x", "token_type": "Bearer", "expires_in": "600"}).encode(),
    ],
)
def test_an_answer_without_a_usable_token_gives_none(body: bytes) -> None:
    assert sign_in.parse(Reply(200, {}, body), now=NOW) is None


def test_neither_key_nor_token_is_shown() -> None:
    assert "Ed25519" not in repr(credentials(Ed25519PrivateKey.generate()))
    assert "secret" not in repr(AccessToken("secret", 1.0))


def sign_ins(registry: FakeRegistry) -> int:
    return sum(request.url.path == "/oauth/token" for request in registry.requests)


def test_a_client_signs_in_once_for_many_calls_and_again_when_its_token_is_about_to_end() -> None:
    registry = FakeRegistry()
    with registry.client() as client:
        client.check({"reference": "r-1"})
        client.check({"reference": "r-1"})
        assert sign_ins(registry) == 1
        registry.advance(541)
        client.check({"reference": "r-1"})
        assert sign_ins(registry) == 2


def test_a_token_that_ended_early_is_replaced_once() -> None:
    registry = FakeRegistry()
    with registry.client() as client:
        client.check({"reference": "r-1"})
        registry.fail(401, "access_token_revoked")
        client.check({"reference": "r-1"})
        assert sign_ins(registry) == 2
        registry.fail(401, "access_token_revoked")
        registry.failures.append(registry.failures[0])
        with pytest.raises(SignInRefused):
            client.check({"reference": "r-1"})


def test_a_key_that_the_registry_does_not_know_is_refused_by_name() -> None:
    registry = FakeRegistry()
    stranger = Ed25519PrivateKey.generate()
    with (
        Client(BASE_URL, MEMBER, stranger, registry.trust, Options(), registry.transport) as client,
        pytest.raises(SignInRefused) as refused,
    ):
        client.check({"reference": "r-1"})
    assert refused.value.code == "assertion_invalid"


def test_a_busy_token_endpoint_is_an_outage_and_not_a_refusal() -> None:
    registry = FakeRegistry()
    registry.fail(429, "sign_in_limited", times=4)
    with registry.client() as client, pytest.raises(RateLimited) as refused:
        client.check({"reference": "r-1"})
    assert refused.value.retryable


def test_a_page_where_a_token_should_be_is_an_outage() -> None:
    registry = FakeRegistry()
    registry.failures.append(Failure(200, page="<html>"))
    with registry.client() as client, pytest.raises(AnswerMalformed) as page:
        client.check({"reference": "r-1"})
    assert (page.value.code, page.value.retryable) == ("token_malformed", True)


def test_every_attempt_to_sign_in_is_signed_anew() -> None:
    registry = FakeRegistry()
    registry.fail(times=2)
    with registry.client() as client:
        client.check({"reference": "r-1"})
    assertions = {request.content for request in registry.requests if request.url.path == "/oauth/token"}
    assert len(assertions) == 3
