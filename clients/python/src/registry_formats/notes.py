"""Read and verify signed notes (C2SP signed-note) and log checkpoints (C2SP tlog-checkpoint), Ed25519 (type 0x01) only.

A checkpoint here has no extension lines: what only the log can see, no monitor can audit.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES, MAX_SIZE

MAX_NOTE_CHARACTERS = 262_144
MAX_SIGNATURES = 64  # the standard asks for at least 16
_ED25519 = b"\x01"
_PUBLIC_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Name a key that may sign notes: `public_key` is the 32-byte Ed25519 encoding of RFC 8032."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse names that a signature line cannot carry."""
        if not is_key_name(self.name) or len(self.public_key) != _PUBLIC_KEY_BYTES:
            raise FormatError("vkey_malformed")

    @property
    def key_id(self) -> bytes:
        """Give the 4 bytes that stand before each signature of this key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_KEY_ID_BYTES]

    def encode(self) -> str:
        """Write the vkey: `name+hex(key id)+base64(0x01 || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{base64std.encode(_ED25519 + self.public_key)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """Hold one signature line, of a known or unknown key."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a note whose signatures nobody has verified yet; do not act on its text."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """Hold a text and the known keys that signed it (at least one)."""

    text: str
    signers: tuple[VerifierKey, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State that the log `origin` has `size` entries under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Write the three lines that the log signs."""
        return f"{self.origin}\n{self.size}\n{base64std.encode(self.root)}\n"


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey; `vkey_malformed` unless it is an Ed25519 key under its own key id."""
    name, *rest = text.split("+", 2)
    material = base64std.decode(rest[1], code="vkey_malformed") if len(rest) == len(("id", "key")) else b""
    if material[:1] != _ED25519:
        raise FormatError("vkey_malformed")
    key = VerifierKey(name, material[1:])
    if key.encode() != text:
        raise FormatError("vkey_malformed")
    return key


def parse_note(encoded: str) -> Note:
    """Split a note into text and signatures, verifying none; `note_malformed` for a departure from the standard."""
    if len(encoded) > MAX_NOTE_CHARACTERS or _CONTROL.search(encoded):
        raise FormatError("note_malformed")
    text, blank, lines = encoded.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise FormatError("note_malformed")
    signatures = tuple(_parse_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise FormatError("note_malformed")
    return Note(text + "\n", signatures)


def encode_note(note: Note) -> str:
    """Write the note: text, blank line, one line for each signature."""
    return f"{note.text}\n{encode_signatures(note.signatures)}"


def encode_signatures(signatures: Iterable[Signature]) -> str:
    """Write signature lines, as they stand in a note or alone in a witness's answer."""
    return "".join(f"— {one.name} {base64std.encode(one.key_id + one.signature)}\n" for one in signatures)


def add_signatures(encoded: str, signatures: Iterable[Signature]) -> str:
    """Append signature lines to a note, such as those of witnesses to a checkpoint; `note_malformed`."""
    note = parse_note(encoded)
    return encode_note(Note(note.text, (*note.signatures, *signatures)))


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Read signature lines without a note, each ended by a newline; `note_malformed`."""
    note = parse_note(f"\n\n{lines}")
    if note.text != "\n":  # a blank line among them
        raise FormatError("note_malformed")
    return note.signatures


def verify_note(encoded: str, keys: Iterable[VerifierKey]) -> VerifiedNote:
    """Verify every signature by a known key, ignore all others, and demand at least one.

    Raises:
        FormatError: `note_malformed`, `note_duplicate_signature`, `note_signature_invalid` (a known key's signature
            is wrong: the whole note is refused) or `note_unsigned` (no known key signed).
    """
    note = parse_note(encoded)
    known = {(key.name, key.key_id): key for key in keys}
    signers: list[VerifierKey] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if key in signers:
            raise FormatError("note_duplicate_signature")
        _verify_ed25519(key, signature.signature, note.text.encode())
        signers.append(key)
    if not signers:
        raise FormatError("note_unsigned")
    return VerifiedNote(note.text, tuple(signers))


def parse_checkpoint_text(text: str) -> Checkpoint:
    """Read origin, size and root; `checkpoint_malformed` for anything else, extension lines included."""
    lines = text.split("\n")
    match lines:
        case [origin, size, root, ""] if origin and _SIZE.fullmatch(size) and int(size) <= MAX_SIZE:
            digest = base64std.decode(root, code="checkpoint_malformed", size=HASH_BYTES)
        case _:
            raise FormatError("checkpoint_malformed")
    return Checkpoint(origin, int(size), digest)


def verify_checkpoint(encoded: str, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Verify a checkpoint of the log `origin`, signed by a known key that bears the log's own name.

    Raises:
        FormatError: what `verify_note` raises, `checkpoint_malformed`, or `checkpoint_origin` for another log's.
    """
    note = verify_note(encoded, keys)
    checkpoint = parse_checkpoint_text(note.text)
    if checkpoint.origin != origin or all(key.name != origin for key in note.signers):
        raise FormatError("checkpoint_origin")
    return checkpoint


def is_key_name(name: str) -> bool:
    """Say whether a signature line can carry this name."""
    return bool(name) and not any(c == "+" or c.isspace() for c in name) and not _CONTROL.search(name)


def _parse_signature(line: str) -> Signature:
    match line.split(" "):
        case ["—", name, encoded] if is_key_name(name):
            data = base64std.decode(encoded, code="note_malformed")
        case _:
            raise FormatError("note_malformed")
    if len(data) <= _KEY_ID_BYTES:
        raise FormatError("note_malformed")
    return Signature(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


def _verify_ed25519(key: VerifierKey, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise FormatError("note_signature_invalid") from None
