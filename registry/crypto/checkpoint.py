"""Sign notes and checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519 (RFC 8032).

One key, one purpose: the sequencer's checkpoint key bears the log's origin as its name, the receipt key of the API
another name. Whoever takes over the API can then promise entries, but cannot rewrite the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from registry_formats import sodium
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint, Note, Signature, VerifierKey, encode_note, parse_note

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Hold a note key, made from a 32-byte random seed."""

    name: str
    seed: bytes = field(repr=False)
    vkey: VerifierKey = field(init=False)
    _secret: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the key pair; `seed_malformed` or `vkey_malformed`."""
        if len(self.seed) != SEED_BYTES:
            raise FormatError("seed_malformed")
        secret = sodium.signing_key(self.seed)
        object.__setattr__(self, "_secret", secret)
        object.__setattr__(self, "vkey", VerifierKey(self.name, secret[SEED_BYTES:]))

    def sign(self, message: bytes) -> bytes:
        """Sign the text of a note as UTF-8; 64 bytes."""
        return sodium.sign(self._secret, message)


def sign_note(text: str, keys: Sequence[SigningKey]) -> str:
    """Write a note over a text that ends in a newline, one signature for each key; `note_malformed` for other texts."""
    signatures = tuple(Signature(key.name, key.vkey.key_id, key.sign(text.encode())) for key in keys)
    note = Note(text, signatures)
    encoded = encode_note(note)
    if parse_note(encoded) != note:  # a text without its last newline, or no key at all, would be read otherwise
        raise FormatError("note_malformed")
    return encoded


def sign_checkpoint(checkpoint: Checkpoint, keys: Sequence[SigningKey]) -> str:
    """Sign a checkpoint; `checkpoint_origin` unless a key bears the log's name, which every client demands."""
    if all(key.name != checkpoint.origin for key in keys):
        raise FormatError("checkpoint_origin")
    return sign_note(checkpoint.text(), keys)
