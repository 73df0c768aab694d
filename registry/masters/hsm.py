"""A master key that never leaves its PKCS#11 token (OASIS PKCS#11 v2.40): the token encrypts, we hand it 32 bytes.

A session is opened for each key that is wrapped or unwrapped, which happens when a process starts and when an auditor
opens details, so that a token that was away is simply there again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pkcs11
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.exceptions import EncryptedDataInvalid, EncryptedDataLenRange, GeneralError, PKCS11Error
from pkcs11.mechanisms import GCMParams, KeyType, Mechanism
from pkcs11.types import Session

from registry.crypto.sealed import KEY_BYTES, NONCE_BYTES, WRAPPED_BYTES
from registry.errors import Misconfigured
from registry_formats.errors import FormatError

_TAG_BITS = 128
# What tokens say of a ciphertext that they cannot authenticate; the last is SoftHSM's word.
_TAMPERED = (EncryptedDataInvalid, EncryptedDataLenRange, GeneralError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the key is: the vendor's library, the token's label, the key's label, and the PIN of the user."""

    module: str
    token: str
    label: str
    pin: str = field(repr=False)


def read_uri(rest: str) -> Place:
    """Read what follows `pkcs11:` (RFC 7512): `token` and `object`, then `module-path` and `pin-source` or `pin-value`.

    Errors: Misconfigured `kek_invalid`, which never repeats what was given.
    """
    path, _, query = rest.partition("?")
    named, asked = _attributes(path, ";"), _attributes(query, "&")
    if "pin-source" in asked:
        asked["pin-value"] = _pin(asked.pop("pin-source"))
    if named.keys() != {"token", "object"} or asked.keys() != {"module-path", "pin-value"}:
        message = "REGISTRY_KEK: pkcs11:token=NAME;object=LABEL?module-path=PATH&pin-source=file:PATH (or pin-value)."
        raise Misconfigured("kek_invalid", message)
    return Place(asked["module-path"], named["token"], named["object"], asked["pin-value"])


class Token:
    """The master key on a token."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.name = f"pkcs11:token={quote(place.token)};object={quote(place.label)}"

    def __repr__(self) -> str:
        """Name the key, never the PIN."""
        return f"Token({self.name})"

    def check(self) -> None:
        """See that the token is there and holds the key. Misconfigured `hsm_unreachable`."""
        with self._session() as session:
            self._key(session)

    def make(self) -> None:
        """Make the key on the token, never to leave it, where there is none yet. Misconfigured `hsm_unreachable`."""
        with self._session(rw=True) as session:
            wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._place.label}
            if any(True for _ in session.get_objects(wanted)):
                return
            kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
            session.generate_key(KeyType.AES, 8 * KEY_BYTES, label=self._place.label, store=True, template=kept)

    def wrap(self, nonce: bytes, key: bytes, context: bytes) -> bytes:
        """Encrypt a key under a fresh nonce of 12 bytes; 60 bytes."""
        if (len(nonce), len(key)) != (NONCE_BYTES, KEY_BYTES):
            raise FormatError("key_malformed")
        with self._session() as session:
            how = {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(nonce, context, _TAG_BITS)}
            sealed: bytes = self._key(session).encrypt(key, **how)
        return nonce + sealed

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt a key; FormatError `sealed_mismatch`."""
        if len(wrapped) != WRAPPED_BYTES:
            raise FormatError("sealed_mismatch")
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        with self._session() as session:
            key = self._key(session)
            try:
                how = {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(nonce, context, _TAG_BITS)}
                plain: bytes = key.decrypt(sealed, **how)
            except _TAMPERED:
                raise FormatError("sealed_mismatch") from None
        return plain

    @contextmanager
    def _session(self, *, rw: bool = False) -> Iterator[Session]:
        try:
            token = pkcs11.lib(self._place.module).get_token(token_label=self._place.token)
            with token.open(rw=rw, user_pin=self._place.pin) as session:
                yield session
        except (PKCS11Error, RuntimeError) as error:
            message = f"{self.name}: {type(error).__name__}. See that the token is there and REGISTRY_KEK is right."
            raise Misconfigured("hsm_unreachable", message) from None

    def _key(self, session: Session) -> Any:  # noqa: ANN401 - what a key can do, its library does not tell
        return session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=self._place.label)


def _attributes(text: str, separator: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(separator) if part)
    return {name: unquote(value) for name, _, value in pairs}


def _pin(source: str) -> str:
    path = Path(source.removeprefix("file:"))
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured("kek_invalid", f"REGISTRY_KEK: pin-source {path} cannot be read.") from None
