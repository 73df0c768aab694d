"""The verifiable oblivious PRF of RFC 9497, mode 0x01, ristretto255-SHA512: the client, and what both sides share.

The group operations are `sodium`; the secret key's side is the server's alone. One batch has one proof. The RFC proves
neither batches nor key shares; batches therefore stay at 256 elements or fewer (tokens.md, sections 1 and 5).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from registry_formats import sodium
from registry_formats.errors import FormatError

ORDER = 2**252 + 27742317777372353535851937790883648493
PROOF = 64
BATCH = 256

_CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"
KEY_TAG = b"DeriveKeyPair" + _CONTEXT  # under which a server derives its key (RFC 9497, section 3.2.1)
_TO_GROUP = b"HashToGroup-" + _CONTEXT
_TO_SCALAR = b"HashToScalar-" + _CONTEXT
_SEED = b"Seed-" + _CONTEXT
_INPUT_MAX = 2**16 - 1
_BLOCK = 128  # of SHA-512, in bytes


def decode_element(data: bytes) -> bytes:
    """Return `data` when it is an element as the RFC allows it; `element_invalid` if not canonical or the identity."""
    if data == bytes(sodium.SIZE) or not sodium.is_element(data):
        raise FormatError("element_invalid")
    return data


def decode_scalar(data: bytes) -> bytes:
    """Return `data` when it is a little-endian integer below the order; `scalar_invalid` otherwise."""
    if len(data) != sodium.SIZE or int.from_bytes(data, "little") >= ORDER:
        raise FormatError("scalar_invalid")
    return data


def hash_to_scalar(message: bytes, tag: bytes = _TO_SCALAR) -> bytes:
    """Hash to a scalar (RFC 9497, section 4.1) under a domain-separation tag."""
    return sodium.reduce(_expand(hashlib.sha512(bytes(_BLOCK) + message), tag))


def blind(value: bytes, scalar: bytes) -> bytes:
    """Hash 1 to 65535 bytes to the group and hide that behind a secret, uniform, non-zero scalar."""
    if not 1 <= len(value) <= _INPUT_MAX:
        raise FormatError("input_invalid")
    uniform = _expand(hashlib.sha512(bytes(_BLOCK) + value), _TO_GROUP)
    return sodium.multiply(decode_scalar(scalar), sodium.from_uniform(uniform))


def verify(public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes) -> None:
    """Check that every element was multiplied by the key behind `public` (RFC 9497, section 2.2.2).

    Codes: `element_invalid`, `scalar_invalid`, `batch_size`, `proof_invalid`.
    """
    if len(blinded) != len(evaluated) or not 1 <= len(blinded) <= BATCH:
        raise FormatError("batch_size")
    if len(proof) != PROOF:
        raise FormatError("proof_invalid")
    for element in (public, *blinded, *evaluated):
        decode_element(element)
    c, s = decode_scalar(proof[: sodium.SIZE]), decode_scalar(proof[sodium.SIZE :])
    weights = composite_weights(public, blinded, evaluated)
    m, z = combine(weights, blinded), combine(weights, evaluated)
    try:
        t2 = sodium.add(sodium.multiply_base(s), sodium.multiply(c, public))
        t3 = sodium.add(sodium.multiply(s, m), sodium.multiply(c, z))
    except FormatError as error:  # a zero challenge or response: an honest proof has neither
        raise FormatError("proof_invalid") from error
    if challenge(public, m, z, t2, t3) != c:
        raise FormatError("proof_invalid")


def finalize(values: Sequence[bytes], scalars: Sequence[bytes], evaluated: Sequence[bytes]) -> list[bytes]:
    """Take the blinds off *verified* evaluations; return the PRF's 64-byte outputs (RFC 9497, section 3.3.1)."""
    return [
        hashlib.sha512(_sized(value) + _sized(sodium.multiply(sodium.invert(scalar), element)) + b"Finalize").digest()
        for value, scalar, element in zip(values, scalars, evaluated, strict=True)
    ]


def interpolate(shares: Mapping[int, bytes]) -> bytes:
    """Combine points f(i)·P of t operators into f(0)·P, by Lagrange's coefficients at zero; indexes are 1 or more."""
    weights = []
    for i in shares:
        top = bottom = 1
        for j in shares:
            if j != i:
                top, bottom = top * j % ORDER, bottom * (j - i) % ORDER
        weights.append((top * pow(bottom, -1, ORDER) % ORDER).to_bytes(sodium.SIZE, "little"))
    return combine(weights, shares.values())


def combine(weights: Iterable[bytes], elements: Iterable[bytes]) -> bytes:
    """Return the sum of weight·element."""
    terms = (sodium.multiply(weight, element) for weight, element in zip(weights, elements, strict=True))
    total = next(terms)
    for term in terms:
        total = sodium.add(total, term)
    return total


def composite_weights(public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes]) -> list[bytes]:
    """Return the scalars that fold a batch into one statement (RFC 9497, section 2.2.1)."""
    seed = hashlib.sha512(_sized(public) + _sized(_SEED)).digest()
    # Every transcript starts with this block and this seed: hashed once, copied for each element.
    start = hashlib.sha512(bytes(_BLOCK) + _sized(seed))
    weights = []
    for index, (before, after) in enumerate(zip(blinded, evaluated, strict=True)):
        transcript = start.copy()
        transcript.update(index.to_bytes(2, "big") + _sized(before) + _sized(after) + b"Composite")
        weights.append(sodium.reduce(_expand(transcript, _TO_SCALAR)))
    return weights


def challenge(public: bytes, m: bytes, z: bytes, t2: bytes, t3: bytes) -> bytes:
    """Return the challenge of the proof: the hash of everything it speaks about (RFC 9497, section 2.2.1)."""
    return hash_to_scalar(b"".join(map(_sized, (public, m, z, t2, t3))) + b"Challenge")


def _expand(padded: "hashlib._Hash", tag: bytes) -> bytes:
    """expand_message_xmd of RFC 9380 for 64 bytes, from a hash that has taken the zero block and the message."""
    suffix = tag + bytes([len(tag)])
    padded.update(sodium.UNIFORM.to_bytes(2, "big") + b"\x00" + suffix)
    return hashlib.sha512(padded.digest() + b"\x01" + suffix).digest()


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
