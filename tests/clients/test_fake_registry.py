"""The registry in memory must be as strict with a member as the real one, or its tests would prove nothing."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from voprf import ristretto

from registry_client import AnswerMalformed, Client, Identifiers, Options, Trust, testing
from registry_client.testing import BASE_URL, MEMBER, FakeRegistry
from registry_formats import base64url, manifest
from registry_formats.errors import FormatError
from registry_formats.notes import VerifierKey

DISCOVERY = {
    "realm": "registry.test",
    "livemode": False,
    "receipt_key": FakeRegistry().log.receipt_vkey,
    "log_keys": [FakeRegistry().log.log_vkey],
    "operators": {"fake-operator": FakeRegistry().operator.public},
}


def post(registry: FakeRegistry, path: str, body: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(transport=registry.transport, base_url=BASE_URL) as http:
        return http.post(path, json=body or {}, headers=named)


def test_the_example_in_its_documentation_works() -> None:
    example = (testing.__doc__ or "").split("\n\n")[1]
    code = "\n".join(line.removeprefix("    ") for line in example.split("\n"))
    found: dict[str, object] = {"FakeRegistry": FakeRegistry, "Identifiers": Identifiers}
    exec(code, found)  # noqa: S102 - our own documentation
    assert getattr(found["answer"], "band", None) == "high"


def test_nobody_is_answered_without_signing_in() -> None:
    answer = post(FakeRegistry(), "/v1/scores:query")
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_missing")


def test_an_assertion_works_once() -> None:
    registry = FakeRegistry()
    with registry.client() as client:
        client.check({})
        replayed = registry.requests[0]
        with httpx.Client(transport=registry.transport) as http:
            assert http.send(replayed).json()["code"] == "assertion_replayed"


def test_an_idempotency_key_belongs_to_one_request() -> None:
    registry = FakeRegistry()
    with registry.client() as client:
        client.report({"reference": "r-1"})
    first = registry.requests[-1]
    again = httpx.Client(transport=registry.transport).send(first)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    headers = {name: first.headers[name] for name in ("authorization", "idempotency-key")}
    other = post(registry, "/v1/reports", {"statement": "x"}, **headers)
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_report_must_be_signed_by_its_member() -> None:
    registry = FakeRegistry()
    with registry.client() as client:
        client.check({})
    headers = {"authorization": registry.requests[-1].headers["authorization"]}
    statement = json.loads(registry.requests[-1].content)["statement"]
    head, payload, signature = statement.split(".")
    forged = ".".join((head, payload, ("B" if signature[0] == "A" else "A") + signature[1:]))
    assert (
        post(registry, "/v1/reports:check", {"statement": forged}, **headers).json()["code"] == "jws_signature_invalid"
    )


def test_what_signs_a_member_in_is_no_report() -> None:
    registry = FakeRegistry()
    with registry.client() as client:
        client.check({})
    headers = {"authorization": registry.requests[-1].headers["authorization"]}
    assertion = parse_qs(registry.requests[0].content.decode())["client_assertion"][0]
    assert post(registry, "/v1/reports:check", {"statement": assertion}, **headers).json()["code"] == "jws_type"


def test_its_tokens_are_those_of_an_independent_client() -> None:
    registry = FakeRegistry()
    blinding, blinded = ristretto.Client.blind(b"value")
    key = registry.operator.manifest()
    trusted = manifest.accept(key, registry.trust.pins, now=int(registry.clock()))
    public = trusted.keys[0]
    with registry.client() as client:
        client.tokenise(Identifiers(phone="+8613800138000"))
    asked = json.loads(next(one for one in registry.requests if one.url.path == "/v1/tokens:evaluate").content)
    assert asked["key_id"] == base64url.encode(public.key_id)
    from registry_formats.evaluation import Request  # noqa: PLC0415 - beside its only use

    answer = registry.operator.evaluate(Request(MEMBER, public.key_id, 0, b"", (blinded.serialize(),)))
    assert answer is not None
    evaluated, proof = (base64url.decode(text) for text in (answer["evaluated"][0], answer["proof"]))
    opened = ristretto.VerifiableBatchOutput.deserialize(proof + evaluated)
    assert ristretto.Client.finalize_batch([blinding], opened, ristretto.PublicKey.deserialize(public.public))


def test_a_sandbox_may_be_believed_by_its_own_word() -> None:
    assert Trust.from_discovery(DISCOVERY) == FakeRegistry().trust


def test_a_live_registry_must_be_pinned() -> None:
    for livemode in (True, None, 0, "false"):
        with pytest.raises(FormatError) as refused:
            Trust.from_discovery(DISCOVERY | {"livemode": livemode})
        assert refused.value.code == "trust_must_be_pinned"


@pytest.mark.parametrize("name", ["realm", "receipt_key", "log_keys", "operators"])
def test_a_description_without_its_keys_is_not_believed(name: str) -> None:
    for broken in (None, 7, {"x": "y"}):
        with pytest.raises(AnswerMalformed):
            Trust.from_discovery(DISCOVERY | {name: broken})


def test_trust_refuses_keys_that_cannot_be_read() -> None:
    trust = FakeRegistry().trust
    nobody: dict[str, Any]
    for nobody in ({"realm": ""}, {"receipt_vkeys": ()}, {"log_vkeys": ()}, {"operators": {}}):
        with pytest.raises(FormatError, match="trust_incomplete"):
            replace(trust, **nobody)
    with pytest.raises(FormatError, match="operator_key_malformed"):
        Trust(trust.realm, trust.receipt_vkeys, trust.log_vkeys, {"one": "AAAA"})
    with pytest.raises(FormatError, match="vkey_malformed"):
        Trust(trust.realm, ("no key",), trust.log_vkeys, trust.operators)


@pytest.mark.parametrize(
    "origin", ["other.test/audit/2026h2.1", "registry.test/audit/2026h3.1", "registry.test/audit/", "registry.test", ""]
)
def test_only_this_registrys_logs_have_keys(origin: str) -> None:
    with pytest.raises(FormatError, match="checkpoint_origin"):
        FakeRegistry().trust.log_keys(origin)


def test_one_pinned_log_key_is_good_for_every_half_year() -> None:
    trust = FakeRegistry().trust
    (key,) = trust.log_keys("registry.test/audit/2031h1.2")
    assert isinstance(key, VerifierKey)
    assert key.name == "registry.test/audit/2031h1.2"


def test_a_signing_key_that_key_operators_cannot_use_needs_another_beside_it() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - beside its only use

    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(FormatError, match="request_key_missing"):
        Client(BASE_URL, MEMBER, key, FakeRegistry().trust)
    with Client(BASE_URL, MEMBER, key, FakeRegistry().trust, Options(request_key=FakeRegistry().key)) as client:
        assert MEMBER in repr(client)
