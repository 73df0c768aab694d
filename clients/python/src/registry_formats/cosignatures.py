"""Make and verify cosignatures (C2SP tlog-cosignature): when a cosigner last saw a log, and at which root.

Ed25519 (type 0x04) is always there; ML-DSA-44 (type 0x06, FIPS 204), which a quantum computer cannot forge, where the
installed `cryptography` and its OpenSSL offer it. A key whose type cannot be checked here is one we do not know.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint, Signature, is_key_name, parse_checkpoint_text, parse_note

mldsa: Any
try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:  # cryptography < 47
    mldsa = None

SEED_BYTES = 32
MAX_NAME_BYTES = 255  # what the ML-DSA message can hold
_TIME_BYTES = 8
_MAX_TIME = 2**63 - 1
_KEY_ID_BYTES = 4
_SUBTREE = b"subtree/v1\n\x00"
_DERIVE = b"registry/ml-dsa-44/v1"
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


class CosignatureType(IntEnum):
    """The signature type that stands in vkeys and key ids."""

    ED25519 = 4
    ML_DSA_44 = 6


_PUBLIC_BYTES = {CosignatureType.ED25519: 32, CosignatureType.ML_DSA_44: 1312}


@cache
def offers_ml_dsa() -> bool:
    """Say whether ML-DSA-44 can be computed here."""
    try:
        return mldsa is not None and bool(mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(SEED_BYTES)))
    except UnsupportedAlgorithm:
        return False


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """Name a cosigner's public key: 32 bytes of Ed25519 or 1312 of ML-DSA-44."""

    name: str
    kind: CosignatureType
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse what no signature line or message could carry."""
        if not is_key_name(self.name) or len(self.name.encode()) > MAX_NAME_BYTES:
            raise FormatError("vkey_malformed")
        if len(self.public_key) != _PUBLIC_BYTES[self.kind]:
            raise FormatError("vkey_malformed")

    @property
    def key_id(self) -> bytes:
        """Give the 4 bytes that stand before each signature of this key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key).digest()[:_KEY_ID_BYTES]

    def encode(self) -> str:
        """Write the vkey: `name+hex(key id)+base64(type || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{base64std.encode(bytes([self.kind]) + self.public_key)}"


@dataclass(frozen=True, slots=True)
class CosigningKey:
    """Hold a cosigner's key of one type, made from a 32-byte random seed."""

    name: str
    kind: CosignatureType
    seed: bytes = field(repr=False)
    vkey: CosignerKey = field(init=False)

    def __post_init__(self) -> None:
        """Derive the key pair; `seed_malformed`, `vkey_malformed` or `cosignature_unsupported`."""
        if len(self.seed) != SEED_BYTES:
            raise FormatError("seed_malformed")
        public = _private(self).public_key().public_bytes_raw()
        object.__setattr__(self, "vkey", CosignerKey(self.name, self.kind, public))

    @classmethod
    def all_of(cls, name: str, seed: bytes) -> tuple["CosigningKey", ...]:
        """Make a cosigner's keys of every type that is offered here, out of one secret seed."""
        ed25519 = cls(name, CosignatureType.ED25519, seed)
        return (ed25519, cls.ml_dsa(name, seed)) if offers_ml_dsa() else (ed25519,)

    @classmethod
    def ml_dsa(cls, name: str, seed: bytes) -> "CosigningKey":
        """Make an ML-DSA-44 key whose seed follows from that of an Ed25519 key, so that there is one to keep."""
        return cls(name, CosignatureType.ML_DSA_44, hmac.digest(seed, _DERIVE, "sha256"))

    def cosign(self, checkpoint: Checkpoint, t_s: int) -> Signature:
        """State that at `t_s` (seconds since 1970, > 0) this checkpoint was the largest consistent one seen."""
        if not 0 < t_s <= _MAX_TIME:
            raise FormatError("cosignature_time")
        message = _message(self.vkey, checkpoint, t_s)
        return Signature(self.name, self.vkey.key_id, t_s.to_bytes(_TIME_BYTES) + _private(self).sign(message))


@dataclass(frozen=True, slots=True)
class Cosigned:
    """Hold a cosignature that verified: whose, when (seconds since 1970), and its signature line."""

    key: CosignerKey
    t_s: int
    signature: Signature


def parse_cosigner(vkey: str) -> CosignerKey:
    """Read a cosigner's vkey; `vkey_malformed` unless it is of type 0x04 or 0x06 under its own key id."""
    match vkey.split("+", 2):
        case [name, key_id, encoded] if _KEY_ID.fullmatch(key_id):
            material = base64std.decode(encoded, code="vkey_malformed")
        case _:
            raise FormatError("vkey_malformed")
    if material[:1] not in {bytes([kind]) for kind in CosignatureType}:
        raise FormatError("vkey_malformed")
    key = CosignerKey(name, CosignatureType(material[0]), material[1:])
    if key.key_id.hex() != key_id:
        raise FormatError("vkey_malformed")
    return key


def verify_cosignatures(encoded: str, keys: Iterable[CosignerKey]) -> tuple[Cosigned, ...]:
    """Verify every cosignature of a checkpoint by a known key, and ignore all other lines. None at all is no error.

    Raises:
        FormatError: `note_malformed`, `checkpoint_malformed`, `note_duplicate_signature`, or
            `cosignature_invalid` (a known key's is wrong: the whole checkpoint is refused).
    """
    note = parse_note(encoded)
    checkpoint = parse_checkpoint_text(note.text)
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[CosignerKey, Cosigned] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None or (key.kind is CosignatureType.ML_DSA_44 and not offers_ml_dsa()):
            continue
        if key in found:
            raise FormatError("note_duplicate_signature")
        found[key] = Cosigned(key, verify_cosignature(key, signature.signature, checkpoint), signature)
    return tuple(found.values())


def verify_cosignature(key: CosignerKey, signature: bytes, checkpoint: Checkpoint) -> int:
    """Check one cosignature (time || signature) and return its time; `cosignature_invalid`."""
    t_s = int.from_bytes(signature[:_TIME_BYTES])
    if len(signature) <= _TIME_BYTES or not 0 < t_s <= _MAX_TIME:
        raise FormatError("cosignature_invalid")
    try:
        _public(key).verify(signature[_TIME_BYTES:], _message(key, checkpoint, t_s))
    except (InvalidSignature, ValueError):
        raise FormatError("cosignature_invalid") from None
    return t_s


def _message(key: CosignerKey, checkpoint: Checkpoint, t_s: int) -> bytes:
    if key.kind is CosignatureType.ED25519:
        return f"cosignature/v1\ntime {t_s}\n{checkpoint.text()}".encode()
    name, origin = key.name.encode(), checkpoint.origin.encode()
    if len(origin) > MAX_NAME_BYTES:
        raise FormatError("checkpoint_origin")
    named = bytes([len(name)]) + name + t_s.to_bytes(_TIME_BYTES) + bytes([len(origin)]) + origin
    # Signing a checkpoint is signing the subtree that starts at leaf 0 and ends at its size.
    return _SUBTREE + named + bytes(8) + checkpoint.size.to_bytes(8) + checkpoint.root


def _public(key: CosignerKey) -> Any:  # noqa: ANN401 - two unrelated classes with one method in common
    if key.kind is CosignatureType.ED25519:
        return Ed25519PublicKey.from_public_bytes(key.public_key)
    return _offered().MLDSA44PublicKey.from_public_bytes(key.public_key)


def _private(key: CosigningKey) -> Any:  # noqa: ANN401 - likewise
    if key.kind is CosignatureType.ED25519:
        return Ed25519PrivateKey.from_private_bytes(key.seed)
    return _offered().MLDSA44PrivateKey.from_seed_bytes(key.seed)


def _offered() -> Any:  # noqa: ANN401 - a module that may be absent
    if not offers_ml_dsa():
        raise FormatError("cosignature_unsupported")
    return mldsa
