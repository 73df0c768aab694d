"""The key manifest (tokens.md, section 2): which keys make tokens, committed to by their operators, the same for all.

Canonical JSON (RFC 8785), binary fields in base64url, times in seconds since 1970. On the wire:
`{"manifest": {...}, "signatures": {operator: Ed25519 signature}}`.
"""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry_formats import base64url, canonical, cfr1, voprf
from registry_formats.cfr1 import Cost, Kind
from registry_formats.errors import FormatError

_SHARES_MAX = 8  # every t-subset is interpolated: 70 at most


@dataclass(frozen=True, slots=True)
class Key:
    """The public side of one key: any `threshold` of the share keys interpolate to `public`."""

    kind: Kind
    epoch: int
    key_id: bytes
    public: bytes
    threshold: int
    shares: Mapping[int, bytes]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the operators of a realm commit to. `prev` is the hash of the manifest before, None in the first."""

    realm: str
    seq: int
    prev: bytes | None
    not_before: int
    not_after: int
    keys: tuple[Key, ...]

    @property
    def data(self) -> bytes:
        """The canonical JSON that is hashed and signed."""
        return canonical.dumps(self.to_json())

    @property
    def hash(self) -> bytes:
        """The 32 bytes that name this manifest, in the next one and in the audit log."""
        return hashlib.sha256(b"CFR1-manifest" + self.data).digest()

    @property
    def epochs(self) -> tuple[int, ...]:
        """The live epochs, oldest first; the last one takes new reports."""
        return tuple(sorted({key.epoch for key in self.keys}))

    def key(self, epoch: int, kind: Kind) -> Key:
        """Return the key of a kind in an epoch; `key_unknown` when this manifest has none."""
        for key in self.keys:
            if (key.epoch, key.kind) == (epoch, kind):
                return key
        raise FormatError("key_unknown")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of this manifest."""
        return {
            "realm": self.realm,
            "seq": self.seq,
            "prev": None if self.prev is None else base64url.encode(self.prev),
            "not_before": self.not_before,
            "not_after": self.not_after,
            "epochs": [_write_epoch(epoch, [key for key in self.keys if key.epoch == epoch]) for epoch in self.epochs],
        }


@dataclass(frozen=True, slots=True)
class Pins:
    """What a member knows before it trusts any manifest: the realm, its operators' keys, and how many must agree."""

    realm: str
    operators: Mapping[str, Ed25519PublicKey]
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class Last:
    """The manifest a member accepted before."""

    seq: int
    hash: bytes


def sign(manifest: Manifest, key: Ed25519PrivateKey) -> bytes:
    """Sign a manifest as one of its operators."""
    return key.sign(b"CFR1-manifest-sig" + manifest.hash)


def envelope(manifest: Manifest, signatures: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what travels: the manifest with its operators' signatures."""
    return {
        "manifest": manifest.to_json(),
        "signatures": {operator: base64url.encode(signature) for operator, signature in signatures.items()},
    }


def parse(value: object) -> tuple[Manifest, dict[str, bytes]]:
    """Read an envelope without trusting it; `manifest_malformed`."""
    try:
        manifest, signatures = _read(value)
        again = envelope(manifest, signatures)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise FormatError("manifest_malformed") from None
    # What was read must be all that was written: unknown fields, other types and other orders do not survive this.
    if canonical.dumps(again) != canonical.dumps(value):
        raise FormatError("manifest_malformed")
    return manifest, signatures


def accept(value: object, pins: Pins, *, now: int, last: Last | None = None) -> Manifest:
    """Return a manifest that a member may use at `now` (seconds since 1970), and remember as its new `Last`.

    Codes, each a reason to stop and tell a human: `manifest_malformed`, `manifest_unsigned` (fewer than the pinned
    number of pinned operators), `manifest_expired`, `manifest_fork` (another history than `last`),
    `manifest_weak_stretch`, `manifest_key_id` (a key that is not what its id, its shares or the realm say).
    """
    manifest, signatures = parse(value)
    signed = sum(_is_signed(manifest, signatures.get(name), key) for name, key in pins.operators.items())
    if signed < max(1, pins.threshold):
        raise FormatError("manifest_unsigned")
    if not manifest.not_before <= now < manifest.not_after:
        raise FormatError("manifest_expired")
    _check_history(manifest, last)
    if manifest.realm != pins.realm:
        raise FormatError("manifest_key_id")
    for key in manifest.keys:
        _check_key(key, pins)
    return manifest


def _is_signed(manifest: Manifest, signature: bytes | None, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(signature or b"", b"CFR1-manifest-sig" + manifest.hash)
    except InvalidSignature:
        return False
    return True


def _check_history(manifest: Manifest, last: Last | None) -> None:
    if last is None:
        return
    rewritten = manifest.seq == last.seq and manifest.hash != last.hash
    unlinked = manifest.seq == last.seq + 1 and manifest.prev != last.hash
    if manifest.seq < last.seq or rewritten or unlinked:
        raise FormatError("manifest_fork")


def _check_key(key: Key, pins: Pins) -> None:
    if key.cost.m < cfr1.FLOOR.m or key.cost.t < cfr1.FLOOR.t:
        raise FormatError("manifest_weak_stretch")
    if key.key_id != cfr1.key_id(pins.realm, key.epoch, key.kind, cost=key.cost, public=key.public):
        raise FormatError("manifest_key_id")
    # A lower threshold than the pinned one would let fewer operators than promised open everything.
    if key.threshold != pins.threshold or not key.threshold <= len(key.shares) <= _SHARES_MAX:
        raise FormatError("manifest_key_id")
    for subset in itertools.combinations(key.shares.items(), key.threshold):
        if voprf.interpolate(dict(subset)) != key.public:
            raise FormatError("manifest_key_id")


def _read(value: Any) -> tuple[Manifest, dict[str, bytes]]:  # noqa: ANN401 - any JSON value
    fields = value["manifest"]
    manifest = Manifest(
        realm=fields["realm"],
        seq=_whole(fields["seq"]),
        prev=None if fields["prev"] is None else base64url.decode(fields["prev"]),
        not_before=_whole(fields["not_before"]),
        not_after=_whole(fields["not_after"]),
        keys=tuple(key for epoch in fields["epochs"] for key in _read_epoch(epoch)),
    )
    for key in manifest.keys:
        cfr1.key_info(manifest.realm, key.epoch, key.kind)
    return manifest, {name: base64url.decode(text) for name, text in value["signatures"].items()}


def _read_epoch(value: dict[str, Any]) -> Iterator[Key]:
    cost = Cost(**{name: _whole(number) for name, number in value["argon2id"].items()})
    for kind, key in value["keys"].items():
        yield Key(
            kind=Kind(kind),
            epoch=_whole(value["epoch"]),
            key_id=base64url.decode(key["key_id"]),
            public=voprf.decode_element(base64url.decode(key["pk"])),
            threshold=_whole(key["t"]),
            shares={
                _whole(int(index)): voprf.decode_element(base64url.decode(text))
                for index, text in key["shares"].items()
            },
            cost=cost,
        )


def _write_epoch(epoch: int, keys: list[Key]) -> dict[str, Any]:
    cost = keys[0].cost
    return {
        "epoch": epoch,
        "norm": cfr1.PROFILE,
        "argon2id": {"m": cost.m, "t": cost.t, "p": cost.p},
        "keys": {
            key.kind.value: {
                "key_id": base64url.encode(key.key_id),
                "pk": base64url.encode(key.public),
                "t": key.threshold,
                "shares": {str(index): base64url.encode(share) for index, share in key.shares.items()},
            }
            for key in keys
        },
    }


def _whole(value: object) -> int:
    """Refuse what JSON allows and a byte format does not: true, 1.5, zero and below, 2**32 and above."""
    if type(value) is not int or not 0 < value < 2**32:
        raise FormatError("manifest_malformed")
    return value
