"""Proof of control: for one reader, one sitting, ten minutes, one kind of contact."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_formats import assertions, jws
from registry_formats.assertions import LIFETIME_SECONDS, SKEW_SECONDS, TYPE, Assertion
from registry_formats.cfr1 import Kind, Token
from registry_formats.errors import FormatError

KEY, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
KEYS: dict[str, jws.PublicKey] = {"relay": KEY.public_key()}
AUDIENCE, NONCE, NOW = "https://registry.example/me/proof", "n" * 22, 1_795_000_000
PHONE = Token(Kind.PHONE, 1, b"p" * 32)
GOOD = Assertion(UUID(int=1), UUID(int=2), AUDIENCE, NONCE, Kind.PHONE, (PHONE, replace(PHONE, epoch=2)), NOW)


def read(compact: str, *, audience: str = AUDIENCE, nonce: str = NONCE, now: int = NOW) -> Assertion:
    return assertions.verify(compact, KEYS, audience=audience, nonce=nonce, now=now)


def refusal(compact: str, **asked: Any) -> str:  # noqa: ANN401 - of several types
    with pytest.raises(FormatError) as caught:
        read(compact, **asked)
    return caught.value.code


def test_what_the_relay_states_is_what_the_portal_reads() -> None:
    assert read(assertions.sign(GOOD, key=KEY, kid="relay")) == GOOD


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"audience": "https://elsewhere.example/"}, "assertion_audience"),
        ({"nonce": "m" * 22}, "assertion_nonce"),
        ({"now": NOW + LIFETIME_SECONDS}, "assertion_expired"),
        ({"now": NOW - SKEW_SECONDS - 1}, "assertion_expired"),
    ],
)
def test_it_is_worth_nothing_elsewhere_to_others_and_at_other_times(asked: dict[str, Any], code: str) -> None:
    assert refusal(assertions.sign(GOOD, key=KEY, kid="relay"), **asked) == code


def test_it_holds_to_its_last_second_and_for_a_clock_that_runs_behind() -> None:
    compact = assertions.sign(GOOD, key=KEY, kid="relay")
    assert read(compact, now=NOW + LIFETIME_SECONDS - 1) == read(compact, now=NOW - SKEW_SECONDS) == GOOD


def test_nobody_else_can_state_it_and_no_other_statement_of_the_relay_is_one() -> None:
    assert refusal(assertions.sign(GOOD, key=STRANGER, kid="relay")) == "jws_signature_invalid"
    assert refusal(assertions.sign(GOOD, key=STRANGER, kid="other")) == "jws_key_unknown"
    claims = jws.payload(assertions.sign(GOOD, key=KEY, kid="relay"))
    assert refusal(jws.sign(claims, key=KEY, kid="relay")) == "jws_type"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW + LIFETIME_SECONDS + 1},
        {"iat": str(NOW)},
        {"iat": True},
        {"kind": "pigeon"},
        {"kind": "email"},
        {"kind": "national_id"},
        {"nonce": "short"},
        {"nonce": 7},
        {"aud": None},
        {"jti": "1"},
        {"iss": 2},
        {"tokens": []},
        {"tokens": [7]},
        {"tokens": PHONE.text},
        {"tokens": [PHONE.text] * 9},
        {"tokens": [Token(Kind.EMAIL, 1, b"p" * 32).text]},
        {"more": 1},
    ],
    ids=str,
)
def test_any_other_form_is_refused(changes: dict[str, Any]) -> None:
    claims = jws.payload(assertions.sign(GOOD, key=KEY, kid="relay")) | changes
    assert refusal(jws.sign(claims, key=KEY, kid="relay", typ=TYPE)) == "assertion_malformed"


def test_a_token_that_is_none_is_refused_by_its_own_code() -> None:
    claims = jws.payload(assertions.sign(GOOD, key=KEY, kid="relay")) | {"tokens": ["cfr1_x"]}
    assert refusal(jws.sign(claims, key=KEY, kid="relay", typ=TYPE)) == "token_malformed"


def test_a_nonce_tells_nothing_of_its_secret_and_fits_the_form() -> None:
    """The example of RFC 7636, appendix B."""
    secret = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert assertions.nonce_of(secret) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert assertions.NONCE.fullmatch(assertions.nonce_of(""))
