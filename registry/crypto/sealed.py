"""Seal details beside the log, so that destroying a key destroys them: AES-256-GCM (NIST SP 800-38D).

`sealed = nonce 12 | ciphertext | tag 16`. The context is authenticated, not stored: a sealed value moved to another
entry, group or purpose does not open. Random 96-bit nonces (an argument) suffice for 2**32 messages under one key.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.crypto.keyed import Keyed
from registry_formats.errors import FormatError
from registry_formats.leaf import Group

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
_ENTRY_ID_BYTES = 16
_GROUP = {group: group.encode("ascii") for group in Group}


def seal(key: bytes, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Encrypt under a 32-byte key and a 12-byte nonce new to it; `key_malformed` or `nonce_malformed`."""
    return Sealer(key).seal(nonce, plaintext, context)


class Sealer:
    """Encrypts under one 32-byte key again and again, and prepares that key once."""

    def __init__(self, key: bytes) -> None:
        self._encrypt = _cipher(key).encrypt

    def seal(self, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt under a 12-byte nonce new to the key; `nonce_malformed`."""
        if len(nonce) != NONCE_BYTES:
            raise FormatError("nonce_malformed")
        return nonce + self._encrypt(nonce, plaintext, context)

    def wrap(self, nonce: bytes, data_key: bytes, context: bytes) -> bytes:
        """Encrypt a 32-byte data key under this key-encryption key; 60 bytes; `key_malformed`."""
        if len(data_key) != KEY_BYTES:
            raise FormatError("key_malformed")
        return self.seal(nonce, data_key, context)


class Unsealer:
    """Decrypts what one 32-byte key sealed again and again, and prepares that key once."""

    def __init__(self, key: bytes) -> None:
        self._decrypt = _cipher(key).decrypt

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt; `sealed_mismatch` for another key or context and for any changed byte."""
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise FormatError("sealed_mismatch")
        try:
            return self._decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except InvalidTag:
            raise FormatError("sealed_mismatch") from None

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt a data key; `sealed_mismatch`."""
        if len(wrapped) != WRAPPED_BYTES:
            raise FormatError("sealed_mismatch")
        return self.unseal(wrapped, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Decrypt; `sealed_mismatch` for another key or context and for any changed byte."""
    return Unsealer(key).unseal(sealed, context)


def wrap_key(kek: bytes, nonce: bytes, data_key: bytes, context: bytes) -> bytes:
    """Encrypt a 32-byte data key under the key-encryption key; 60 bytes."""
    return Sealer(kek).wrap(nonce, data_key, context)


def unwrap_key(kek: bytes, wrapped: bytes, context: bytes) -> bytes:
    """Decrypt a data key; `sealed_mismatch`."""
    return Unsealer(kek).unwrap(wrapped, context)


def detail_context(entry_id: bytes, group: Group) -> bytes:
    """Bind a sealed opening to its entry (16-byte UUID) and group."""
    return b"registry/audit-seal/v1\x00" + _entry(entry_id) + _GROUP[group]


def key_context(entry_id: bytes) -> bytes:
    """Bind a wrapped data key to its entry (16-byte UUID)."""
    return b"registry/audit-key/v1\x00" + _entry(entry_id)


def writer_key_context(writer_id: int) -> bytes:
    """Bind a wrapped key-encryption key to the writer of the log (4 bytes in each leaf) that uses it."""
    return b"registry/writer-key/v1\x00" + writer_id.to_bytes(4)


def report_key_context(report_id: bytes) -> bytes:
    """Bind a wrapped data key to its report (16-byte UUID)."""
    return b"registry/report-key/v1\x00" + _entry(report_id)


def statement_context(report_id: bytes, revision: int) -> bytes:
    """Bind a sealed statement to its report (16-byte UUID) and revision."""
    return b"registry/report-seal/v1\x00" + _entry(report_id) + revision.to_bytes(4, "big")


def subject_session_context(session_id: bytes) -> bytes:
    """Bind what a subject proved to its session (16-byte UUID)."""
    return b"registry/subject-session/v1\x00" + _entry(session_id)


def subject_draft_context(draft_id: bytes, report_id: bytes) -> bytes:
    """Bind a subject's sealed draft to itself and to the report that it is against (16-byte UUIDs)."""
    return b"registry/subject-draft/v1\x00" + _entry(report_id) + _entry(draft_id)


def subject_statement_context(report_id: bytes, number: int) -> bytes:
    """Bind a subject's sealed statement to its report (16-byte UUID) and its number."""
    return b"registry/subject-statement/v1\x00" + _entry(report_id) + number.to_bytes(4, "big")


def appeal_key_context(appeal_id: bytes) -> bytes:
    """Bind a wrapped data key to its appeal (16-byte UUID)."""
    return b"registry/appeal-key/v1\x00" + _entry(appeal_id)


def appeal_context(appeal_id: bytes, part: str, part_id: bytes) -> bytes:
    """Bind what was said to its appeal, to what it is there, and to its own id (16-byte UUIDs)."""
    return b"registry/appeal-seal/v1\x00" + _entry(appeal_id) + _entry(part_id) + part.encode("ascii")


class Blinder:
    """Blinds stored tokens (32 bytes) into the tags under which the log's entries about them are found; HMAC-SHA-256.

    Args:
        tag_key: 32 bytes; `key_malformed` otherwise.
    """

    def __init__(self, tag_key: bytes) -> None:
        if len(tag_key) != KEY_BYTES:
            raise FormatError("key_malformed")
        self._keyed = Keyed(tag_key)

    def tag(self, stored_token: bytes) -> bytes:
        """Return the tag, 32 bytes."""
        return self._keyed(b"registry/audit-tag/v1\x00" + stored_token)


def blind_tag(tag_key: bytes, stored_token: bytes) -> bytes:
    """Blind one stored token under a 32-byte key."""
    return Blinder(tag_key).tag(stored_token)


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:  # AESGCM would take 16 or 24 bytes as AES-128 or AES-192
        raise FormatError("key_malformed")
    return AESGCM(key)


def _entry(entry_id: bytes) -> bytes:
    if len(entry_id) != _ENTRY_ID_BYTES:
        raise FormatError("entry_id_malformed")
    return entry_id
