"""The key manifest: accepted when its operators agree, and each way to stop and tell a human."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.crypto import oprf
from registry_formats import base64url, cfr1, manifest
from registry_formats.cfr1 import Cost, Kind
from registry_formats.errors import FormatError
from registry_formats.manifest import Key, Last, Manifest, Pins

REALM = "test.cfr.example"
NOW = 1_800_000_000
OPERATORS = {name: Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n, name in enumerate("abc", 1)}
VECTORS = json.loads((Path(__file__).parents[2] / "clients/vectors/cfr1.json").read_text(encoding="utf-8"))
PINS = Pins(REALM, {"a": OPERATORS["a"].public_key()})
SHARED = Pins(REALM, {name: key.public_key() for name, key in OPERATORS.items()}, threshold=2)


def single(kind: Kind = Kind.PHONE, epoch: int = 1, cost: Cost = cfr1.FLOOR, realm: str = REALM) -> Key:
    public = oprf.derive_key_pair(bytes(32), cfr1.key_info(realm, epoch, kind)).public
    return Key(kind, epoch, cfr1.key_id(realm, epoch, kind, cost=cost, public=public), public, 1, {1: public}, cost)


def shared(**changes: Any) -> Key:  # noqa: ANN401 - any field of a key
    vector = VECTORS["tokens"][0]
    fields = {
        "kind": Kind.PHONE,
        "epoch": 1,
        "key_id": bytes.fromhex(vector["key_id"]),
        "public": bytes.fromhex(vector["pk"]),
        "threshold": 2,
        "shares": {int(i): bytes.fromhex(share) for i, share in vector["share_keys"].items()},
        "cost": cfr1.FLOOR,
    }
    return Key(**{**fields, **changes})


def build(*keys: Key, seq: int = 1, prev: bytes | None = None, realm: str = REALM) -> Manifest:
    return Manifest(realm, seq, prev, NOW - 10, NOW + 10, keys or (single(),))


def signed(value: Manifest, *names: str) -> dict[str, Any]:
    return manifest.envelope(value, {name: manifest.sign(value, OPERATORS[name]) for name in names or ("a",)})


def code(value: object, pins: Pins = PINS, *, now: int = NOW, last: Last | None = None) -> str:
    with pytest.raises(FormatError) as refused:
        manifest.accept(value, pins, now=now, last=last)
    return refused.value.code


def test_a_signed_manifest_is_accepted_and_keeps_every_key() -> None:
    value = build(*(single(kind, epoch) for epoch in (1, 2) for kind in Kind))
    accepted = manifest.accept(json.loads(json.dumps(signed(value))), PINS, now=NOW)
    assert sorted(accepted.keys, key=lambda key: key.key_id) == sorted(value.keys, key=lambda key: key.key_id)
    assert accepted.hash == value.hash
    assert accepted.epochs == (1, 2)
    assert accepted.key(2, Kind.EMAIL).key_id == single(Kind.EMAIL, 2).key_id


def test_a_key_that_is_not_there_is_unknown() -> None:
    with pytest.raises(FormatError) as refused:
        build().key(9, Kind.PHONE)
    assert refused.value.code == "key_unknown"


def test_two_of_three_operators_are_enough_when_every_pair_of_shares_fits() -> None:
    value = build(shared())
    assert manifest.accept(signed(value, "a", "c"), SHARED, now=NOW) == value
    assert code(signed(value, "b"), SHARED) == "manifest_unsigned"


def test_a_signature_of_nobody_pinned_or_over_another_manifest_counts_nothing() -> None:
    assert code(signed(build(), "b")) == "manifest_unsigned"
    assert code(manifest.envelope(build(), {})) == "manifest_unsigned"
    other = manifest.sign(build(seq=2, prev=bytes(32)), OPERATORS["a"])
    assert code(manifest.envelope(build(), {"a": other})) == "manifest_unsigned"
    assert code(manifest.envelope(build(), {"a": b"short"})) == "manifest_unsigned"


@pytest.mark.parametrize("now", [NOW - 11, NOW + 10])
def test_a_manifest_outside_its_time_is_expired(now: int) -> None:
    assert code(signed(build()), now=now) == "manifest_expired"


def test_history_only_grows() -> None:
    first = build()
    last = Last(first.seq, first.hash)
    following = build(seq=2, prev=first.hash)
    assert manifest.accept(signed(first), PINS, now=NOW, last=last) == first
    assert manifest.accept(signed(following), PINS, now=NOW, last=last) == following
    assert manifest.accept(signed(build(seq=5, prev=bytes(32))), PINS, now=NOW, last=last).seq == 5
    assert code(signed(first), last=Last(2, following.hash)) == "manifest_fork"
    assert code(signed(build(single(Kind.EMAIL))), last=last) == "manifest_fork"
    assert code(signed(build(seq=2, prev=bytes(32))), last=last) == "manifest_fork"
    assert code(signed(build(seq=2)), last=last) == "manifest_fork"


@pytest.mark.parametrize("cost", [Cost(m=19455), Cost(t=1)])
def test_a_stretch_below_the_floor_is_weak(cost: Cost) -> None:
    assert code(signed(build(single(cost=cost)))) == "manifest_weak_stretch"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(shared(key_id=bytes(8)), id="id of another key"),
        pytest.param(shared(threshold=1), id="fewer operators than pinned"),
        pytest.param(shared(threshold=3), id="more operators than pinned"),
        pytest.param(shared(shares={1: shared().shares[1]}), id="too few shares"),
        pytest.param(shared(shares={i: shared().public for i in range(1, 10)}), id="too many shares"),
        pytest.param(shared(shares={**shared().shares, 3: shared().shares[1]}), id="one share of another key"),
        pytest.param(shared(shares={1: shared().shares[2], 2: shared().shares[1]}), id="shares swapped"),
    ],
)
def test_a_key_that_is_not_what_it_says_is_refused(key: Key) -> None:
    assert code(signed(build(key), "a", "b"), SHARED) == "manifest_key_id"


def test_a_manifest_of_another_realm_is_refused() -> None:
    assert code(signed(build(single(realm="other"), realm="other"))) == "manifest_key_id"


def change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def apply(envelope: dict[str, Any]) -> None:
        *parents, leaf = path.split("/")
        place: Any = envelope
        for name in parents:
            place = place[int(name) if isinstance(place, list) else name]
        place[leaf] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("extra", 1),
        ("signatures", []),
        ("signatures", {"a": 7}),
        ("signatures", {"a": "A"}),
        ("manifest", None),
        ("manifest/extra", 1),
        ("manifest/seq", True),
        ("manifest/seq", 0),
        ("manifest/seq", "1"),
        ("manifest/not_after", 1.5),
        ("manifest/realm", 7),
        ("manifest/realm", ""),
        ("manifest/prev", 7),
        ("manifest/epochs", {}),
        ("manifest/epochs/0/epoch", 65536),
        ("manifest/epochs/0/norm", 2),
        ("manifest/epochs/0/argon2id", {"m": 19456, "t": 2}),
        ("manifest/epochs/0/argon2id", {"m": 19456, "t": 2, "p": 1, "q": 1}),
        ("manifest/epochs/0/keys/fax", {}),
        ("manifest/epochs/0/keys/phone/t", 2**32),
        ("manifest/epochs/0/keys/phone/pk", base64url.encode(bytes(32))),
        ("manifest/epochs/0/keys/phone/shares", {"0": base64url.encode(single().public)}),
        ("manifest/epochs/0/keys/phone/shares", {"01": base64url.encode(single().public)}),
    ],
    ids=str,
)
def test_anything_but_the_format_is_malformed(path: str, value: object) -> None:
    envelope = copy.deepcopy(signed(build()))
    change(path, value)(envelope)
    assert code(envelope) == "manifest_malformed"


@pytest.mark.parametrize("value", [None, [], "text", {"manifest": {}}], ids=str)
def test_what_is_no_envelope_is_malformed(value: object) -> None:
    assert code(value) == "manifest_malformed"


def test_an_epoch_listed_twice_is_malformed() -> None:
    envelope = signed(build())
    envelope["manifest"]["epochs"] *= 2
    assert code(envelope) == "manifest_malformed"
