"""The registry's own keys: files of 32 random bytes, mode 0600, one per purpose, loaded by name.

A process loads what it needs and no more: the API reads neither `log` nor `receipts`, so that whoever breaks into it
finds no key that vouches for the log. Peppers are one per token epoch and never change; destroying one destroys it.
"""

import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.errors import Misconfigured
from registry_formats.cosignatures import CosigningKey, offers_ml_dsa

KEY_BYTES = 32
_LOG_ML_DSA = "log-ml-dsa-44"
_PEPPER = re.compile(r"pepper-([1-9][0-9]{0,4})")


class KeyName(StrEnum):
    """What a key is for; also the name of its file."""

    ACCESS_TOKENS = "access_tokens"  # signs access tokens (Ed25519)
    APPEALS = "appeals"  # seals what is said in appeals, and letters
    KEY_ENCRYPTION = "kek"  # the audit log's master key, unless it is elsewhere (registry/masters)
    LOG = "log"  # signs checkpoints (Ed25519); the worker's alone
    RECORDS = "records"  # seals statements and second factors, names orders
    RECEIPTS = "receipts"  # signs receipts (Ed25519); the signer's alone
    TAGS = "tags"  # blinds the tags that find the entries about a token
    WEBHOOKS = "webhooks"  # seals the secrets of members' endpoints


PUBLISHED = frozenset({KeyName.LOG, KeyName.RECEIPTS})
API_KEYS = frozenset({KeyName.ACCESS_TOKENS, KeyName.APPEALS, KeyName.RECORDS, KeyName.TAGS, KeyName.WEBHOOKS})
WORKER_KEYS = frozenset({KeyName.APPEALS, KeyName.LOG, KeyName.TAGS, KeyName.WEBHOOKS})


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys one process holds. Its representation names them and shows nothing."""

    secrets: Mapping[str, bytes] = field(repr=False)
    peppers: Mapping[int, bytes] = field(repr=False)

    def __getitem__(self, name: KeyName) -> bytes:
        """Return one key; a process that asks for a key it did not load has a defect, so KeyError."""
        return self.secrets[name]

    def public(self, name: KeyName) -> bytes:
        """Return the Ed25519 public key (32 bytes) of a signing key."""
        return public_half(self.secrets[name])


def pepper_name(epoch: int) -> str:
    """Name the pepper of a token epoch."""
    return f"pepper-{epoch}"


def generate(directory: Path, names: Iterable[str]) -> None:
    """Make keys, all or none of them new. Misconfigured `key_exists`, `data_dir_unreachable`."""
    wanted = sorted(set(names))
    refuse_existing(directory, wanted)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in wanted:
            secret = secrets.token_bytes(KEY_BYTES)
            _write(directory / name, secret, 0o600)
            if name in PUBLISHED:
                _write(_public_file(directory, name), public_half(secret), 0o644)
            if name == KeyName.LOG and offers_ml_dsa():
                _write(_public_file(directory, _LOG_ML_DSA), CosigningKey.ml_dsa(name, secret).vkey.public_key, 0o644)
        _settle(directory)
    except OSError as error:
        message = f"{directory}: {error.strerror}. Set REGISTRY_DATA_DIR or REGISTRY_KEYS_DIR to a place of yours."
        raise Misconfigured("data_dir_unreachable", message) from None


def generate_file(path: Path) -> None:
    """Make one key in a file of any name. Misconfigured `key_exists`, `data_dir_unreachable`."""
    try:
        _write(path, secrets.token_bytes(KEY_BYTES), 0o600)
        _settle(path.parent)
    except FileExistsError:
        raise Misconfigured("key_exists", f"{path}: a key is never overwritten; move it.") from None
    except OSError as error:
        raise Misconfigured("data_dir_unreachable", f"{path}: {error.strerror}.") from None


def refuse_existing(directory: Path, names: Iterable[str]) -> None:
    """Refuse to overwrite a key: what it sealed could never be read again. Misconfigured `key_exists`."""
    found = set(existing(directory))
    if taken := [name for name in names if name in found]:
        raise Misconfigured("key_exists", f"{', '.join(taken)} in {directory}: a key is never overwritten; move it.")


def load(directory: Path, names: Iterable[KeyName], *, peppers: bool = True) -> Keys:
    """Read keys by name, and the peppers that exist.

    Errors: Misconfigured `key_missing`, `key_unreadable` (of another account), `key_exposed` (others may read it),
    `key_malformed` (not 32 bytes).
    """
    found = {name.value: read(directory / name) for name in names}
    epochs = {int(match[1]): name for name in existing(directory) if (match := _PEPPER.fullmatch(name))}
    return Keys(found, {epoch: read(directory / epochs[epoch]) for epoch in sorted(epochs)} if peppers else {})


def read(path: Path) -> bytes:
    """Read one key of 32 bytes; errors as `load`."""
    try:
        exposed = path.stat().st_mode & 0o077
        secret = path.read_bytes()
    except OSError as error:
        raise _missing(path, error) from None
    if exposed:
        raise Misconfigured("key_exposed", f"{path} can be read by others; set its mode to 0600.")
    if len(secret) != KEY_BYTES:
        raise Misconfigured("key_malformed", f"{path} must hold {KEY_BYTES} bytes.")
    return secret


def existing(directory: Path) -> list[str]:
    """List the names of the keys in a directory."""
    known = set(KeyName)
    if not directory.is_dir():
        return []
    try:
        names = [path.name for path in directory.iterdir()]
    except OSError as error:
        raise _missing(directory, error) from None
    return sorted(name for name in names if name in known or _PEPPER.fullmatch(name))


def log_public_key(directory: Path) -> bytes:
    """Return the public half of the log's key, which the API publishes without holding the key itself."""
    return _public(_public_file(directory, KeyName.LOG))


def log_ml_dsa_public_key(directory: Path) -> bytes | None:
    """Return the log's ML-DSA-44 public key, which follows from the same secret; None where none could be made."""
    path = _public_file(directory, _LOG_ML_DSA)
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise _missing(path, error) from None


def receipts_public_key(directory: Path) -> bytes:
    """Return the public half of the receipts' key, which only the signer's process holds."""
    return _public(_public_file(directory, KeyName.RECEIPTS))


def public_half(secret: bytes) -> bytes:
    """Return the Ed25519 public key (32 bytes) of a secret seed."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _public(path: Path) -> bytes:
    try:
        public = path.read_bytes()
    except OSError as error:
        raise _missing(path, error) from None
    if len(public) != KEY_BYTES:
        raise Misconfigured("key_malformed", f"{path} must hold {KEY_BYTES} bytes.")
    return public


def _public_file(directory: Path, name: str) -> Path:
    return directory / f"{name}.pub"


def _missing(path: Path, error: OSError) -> Misconfigured:
    if isinstance(error, PermissionError):
        return Misconfigured("key_unreadable", f"{path}: {error.strerror}; run as the account that owns it.")
    reason = error.strerror or "unreadable"
    return Misconfigured("key_missing", f"{path}: {reason}. Run `registry keys generate`, or set REGISTRY_KEYS_DIR.")


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _settle(directory: Path) -> None:
    """Make the directory entries durable: a key that vanishes in a power cut takes what it sealed with it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
