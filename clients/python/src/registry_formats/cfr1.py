"""Tokens of format CFR1 (tokens.md, section 2): how a buyer is named without being known.

The output of an oblivious PRF (RFC 9497) is stretched by Argon2id (RFC 9106) and expanded by HKDF-SHA512 (RFC 5869).
Integers are big-endian.
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from argon2.low_level import Type, hash_secret_raw

from registry_formats import base64url
from registry_formats.errors import FormatError

PROFILE = 1  # of normalisation; its number is inside the input

_PREFIX = "cfr1_"
_MAGIC = 0xC1
_STORE = b"CFR1-store"
_LENGTH = 36
_LOOKUP = 32
_VALUE_MAX = 512
_EPOCH_MAX = 2**16 - 1


class Kind(StrEnum):
    """What an identifier is. An event names an order and is never used to match a person."""

    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national_id"
    PAYMENT = "payment"
    ADDRESS = "address"
    DEVICE = "device"
    EVENT = "event"

    @property
    def number(self) -> int:
        """The byte of this kind inside tokens: phone 1 to event 7."""
        return _KINDS.index(self) + 1


_KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one Argon2id costs: m in KiB, t passes, p lanes."""

    m: int = 19456
    t: int = 2
    p: int = 1


FLOOR = Cost()


@dataclass(frozen=True, slots=True)
class Token:
    """One identifier in one epoch. Pseudonymous personal data, so its repr shows no part of the lookup value."""

    kind: Kind
    epoch: int
    lookup: bytes

    def __repr__(self) -> str:
        """Show what kind of token this is, not whose."""
        return f"Token({self.kind.value}, epoch {self.epoch})"

    @property
    def data(self) -> bytes:
        """The 36 bytes that are stored under HMAC."""
        return bytes([_MAGIC, self.kind.number]) + self.epoch.to_bytes(2, "big") + self.lookup

    @property
    def text(self) -> str:
        """The 53 characters that travel."""
        return _PREFIX + base64url.encode(self.data)


def oprf_input(kind: Kind, value: str) -> bytes:
    """Frame a normalised value of 1 to 512 bytes for the PRF; `input_invalid` outside that."""
    raw = value.encode()
    if not 1 <= len(raw) <= _VALUE_MAX:
        raise FormatError("input_invalid")
    return b"CFR1-input" + bytes([PROFILE, kind.number]) + len(raw).to_bytes(2, "big") + raw


def key_info(realm: str, epoch: int, kind: Kind) -> bytes:
    """Say what a key is for: the `info` of RFC 9497 DeriveKeyPair, or the session of a distributed key generation."""
    return b"CFR1-key" + _scope(realm, epoch, kind)


def key_id(realm: str, epoch: int, kind: Kind, *, cost: Cost, public: bytes) -> bytes:
    """Commit in 8 bytes to a key and to everything else that a token depends on."""
    costs = b"".join(number.to_bytes(4, "big") for number in (cost.m, cost.t, cost.p))
    scope = _scope(realm, epoch, kind)
    return hashlib.sha256(b"CFR1-keyid" + scope + bytes([PROFILE]) + costs + public).digest()[:8]


def stretch(output: bytes, key: bytes, cost: Cost) -> bytes:
    """Make the 64-byte PRF output slow to tabulate; 32 bytes, about 25 ms at the floor. Releases the GIL."""
    salt = hashlib.sha256(b"CFR1-salt" + key).digest()[:16]
    return hash_secret_raw(
        output, salt, time_cost=cost.t, memory_cost=cost.m, parallelism=cost.p, hash_len=32, type=Type.ID, version=0x13
    )


def token(kind: Kind, epoch: int, key: bytes, *, output: bytes, stretched: bytes) -> Token:
    """Derive the token from the PRF output, its stretch and the id of the key."""
    extracted = hmac.digest(b"CFR1-token", output + stretched, "sha512")
    lookup = hmac.digest(extracted, b"CFR1-lookup" + key + b"\x01", "sha512")[:_LOOKUP]
    return Token(kind, epoch, lookup)


def parse(text: str) -> Token:
    """Read the one text of a token; `token_malformed` for every other string."""
    return from_bytes(decode(text))


def decode(text: str) -> bytes:
    """Read the one text of a token as its 36 bytes; `token_malformed` for every other string."""
    if not text.startswith(_PREFIX):
        raise FormatError("token_malformed")
    return _checked(base64url.decode(text[len(_PREFIX) :], code="token_malformed"))


def from_bytes(data: bytes) -> Token:
    """Read the 36 bytes of a token; `token_malformed` otherwise."""
    _checked(data)
    return Token(_KINDS[data[1] - 1], _epoch_of(data), data[4:])


def fields(text: str) -> tuple[int, int, bytes]:
    """Read a token as its kind's number, its epoch, and what the HMAC of `stored` is over; `token_malformed`."""
    data = decode(text)
    return data[1], _epoch_of(data), _STORE + data


def stored(pepper: bytes, value: Token) -> bytes:
    """Return what the store keeps instead of the token; the 32-byte pepper of the epoch is outside the database."""
    return hmac.digest(pepper, _STORE + value.data, "sha256")


def _epoch_of(data: bytes) -> int:
    return data[2] << 8 | data[3]


def _checked(data: bytes) -> bytes:
    if len(data) != _LENGTH or data[0] != _MAGIC or not 1 <= data[1] <= len(_KINDS) or data[2:4] == b"\x00\x00":
        raise FormatError("token_malformed")
    return data


def _scope(realm: str, epoch: int, kind: Kind) -> bytes:
    name = realm.encode()
    if not 1 <= len(name) < 2**8:
        raise FormatError("realm_invalid")
    if not 1 <= epoch <= _EPOCH_MAX:
        raise FormatError("epoch_invalid")
    return bytes([len(name)]) + name + epoch.to_bytes(2, "big") + bytes([kind.number])
