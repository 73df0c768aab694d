"""Who the relay is: a member of kind `relay`, with a key of its own and the pins of the key operators.

`member.key` (32 bytes, mode 0600) signs it in and signs its evaluation requests; `relay.json` says whose it is.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry.errors import Misconfigured
from registry_formats import base64url, canonical, jwk
from registry_formats.errors import FormatError
from registry_formats.manifest import Pins

_KEY, _FACTS = "member.key", "relay.json"
_SEED = 32
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Identity:
    """The relay as registry and key operators know it."""

    member_id: UUID
    key: Ed25519PrivateKey = field(repr=False)
    pins: Pins

    @property
    def kid(self) -> str:
        """Name the key as the registry does (RFC 7638)."""
        return jwk.export(self.key.public_key())["kid"]


def create(directory: Path, seed: bytes) -> dict[str, str]:
    """Write a new relay's key and return its public half (JWK), to be admitted as a member of kind `relay`.

    Errors: Misconfigured `relay_exists`.
    """
    if (directory / _KEY).exists():
        raise Misconfigured("relay_exists", f"{directory} already holds a relay's key; it is never overwritten.")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(directory / _KEY, seed)
    return public_jwk(directory)


def public_jwk(directory: Path) -> dict[str, str]:
    """Return the public half of the relay's key as a JWK (RFC 7517)."""
    return jwk.export(load_key(directory).public_key())


def join(directory: Path, member_id: UUID, *, realm: str, operators: Mapping[str, bytes], threshold: int = 1) -> None:
    """Write down what the registry admitted this relay as, and which key operators it believes.

    Args:
        directory: the relay's.
        member_id: as the registry wrote it.
        realm: the registry's name, part of every token.
        operators: Ed25519 public keys (32 bytes) by name, got by another way than the manifest they sign.
        threshold: how many of them must agree.
    """
    facts = {
        "member_id": str(member_id),
        "operators": {name: base64url.encode(key) for name, key in operators.items()},
        "realm": realm,
        "threshold": threshold,
    }
    (directory / _FACTS).unlink(missing_ok=True)
    _write(directory / _FACTS, canonical.dumps(facts))


def load(directory: Path) -> Identity:
    """Read who this relay is. Misconfigured `relay_key_missing`, `relay_key_exposed`, `relay_not_joined`."""
    key = load_key(directory)
    try:
        facts = json.loads((directory / _FACTS).read_bytes())
        operators = {
            name: Ed25519PublicKey.from_public_bytes(base64url.decode(text, code="operator_key_malformed"))
            for name, text in facts["operators"].items()
        }
        return Identity(UUID(facts["member_id"]), key, Pins(facts["realm"], operators, facts["threshold"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, FormatError):
        raise Misconfigured("relay_not_joined", f"{directory / _FACTS} is missing or unreadable.") from None


def load_key(directory: Path) -> Ed25519PrivateKey:
    """Read the relay's own key. Misconfigured `relay_key_missing`, `relay_key_exposed`."""
    path = directory / _KEY
    try:
        exposed, seed = path.stat().st_mode & _OTHERS, path.read_bytes()
    except OSError as error:
        raise Misconfigured("relay_key_missing", f"{path}: {error.strerror}.") from None
    if exposed or len(seed) != _SEED:
        raise Misconfigured("relay_key_exposed", f"{path} must be {_SEED} bytes that only its owner may read (0600).")
    return Ed25519PrivateKey.from_private_bytes(seed)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
