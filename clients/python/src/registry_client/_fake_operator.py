"""A key operator for tests: real tokens and proofs under keys that everybody can compute."""

from collections.abc import Sequence
from hashlib import sha512
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry_formats import base64url, cfr1, manifest, sodium, voprf
from registry_formats.cfr1 import FLOOR, Kind
from registry_formats.evaluation import Answer, Request
from registry_formats.manifest import Key, Manifest

NAME = "fake-operator"


class FakeOperator:
    """Evaluates blinded elements for one realm. Its keys follow from the realm's name: nothing it makes is secret."""

    def __init__(self, realm: str, epochs: Sequence[int]) -> None:
        self._realm = realm
        self._signer = Ed25519PrivateKey.from_private_bytes(sha512(b"operator" + realm.encode()).digest()[:32])
        self._secrets: dict[bytes, bytes] = {}
        self._keys = tuple(self._key(epoch, kind) for epoch in epochs for kind in Kind)

    @property
    def public(self) -> str:
        """The key to pin, base64url."""
        return base64url.encode(self._signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def manifest(self) -> dict[str, Any]:
        """Return a signed manifest that is good for ever."""
        value = Manifest(self._realm, 1, None, 1, 2**32 - 1, self._keys)
        return manifest.envelope(value, {NAME: manifest.sign(value, self._signer)})

    def evaluate(self, request: Request) -> dict[str, Any] | None:
        """Evaluate and prove; None for a key that is not ours."""
        secret = self._secrets.get(request.key_id)
        if secret is None:
            return None
        evaluated = tuple(sodium.multiply(secret, element) for element in request.blinded)
        return Answer(NAME, request.key_id, evaluated, _proof(secret, request.blinded, evaluated)).to_json()

    def _key(self, epoch: int, kind: Kind) -> Key:
        secret = sodium.reduce(sha512(cfr1.key_info(self._realm, epoch, kind)).digest())
        public = sodium.multiply_base(secret)
        key_id = cfr1.key_id(self._realm, epoch, kind, cost=FLOOR, public=public)
        self._secrets[key_id] = secret
        return Key(kind, epoch, key_id, public, 1, {1: public}, FLOOR)


def _proof(secret: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes]) -> bytes:
    """Prove as RFC 9497, section 2.2.1, does; the nonce may be guessed, as the secret may."""
    public = sodium.multiply_base(secret)
    m = voprf.combine(voprf.composite_weights(public, blinded, evaluated), blinded)
    nonce = sodium.reduce(sha512(b"nonce" + secret + m).digest())
    t2, t3 = sodium.multiply_base(nonce), sodium.multiply(nonce, m)
    challenge = voprf.challenge(public, m, sodium.multiply(secret, m), t2, t3)
    return challenge + sodium.scalar_subtract(nonce, sodium.scalar_multiply(challenge, secret))
