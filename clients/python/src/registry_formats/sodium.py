"""The group ristretto255 (RFC 9496) as libsodium >= 1.0.18 computes it, and its Ed25519 signatures (RFC 8032).

Elements and scalars are 32 bytes, no more. libsodium signs in half the time that OpenSSL takes.

cffi releases the GIL around every call, so a thread pool evaluates on all cores. libsodium takes the identity for an
element and RFC 9497 does not; the checks on input are `voprf.decode_element` and `voprf.decode_scalar`.
"""

import contextlib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cffi

from registry_formats.errors import FormatError

SIZE = 32
UNIFORM = 64
SIGNING_KEY = 64

_NAMES = ("libsodium.so.26", "libsodium.so.23", "libsodium.26.dylib", "libsodium.23.dylib", "libsodium.dll")
_OLDEST = (1, 0, 18)
_ffi = cffi.FFI()
_ffi.cdef("""
    int sodium_init(void);
    const char *sodium_version_string(void);
    int crypto_core_ristretto255_is_valid_point(const unsigned char *p);
    int crypto_core_ristretto255_add(unsigned char *r, const unsigned char *p, const unsigned char *q);
    int crypto_core_ristretto255_from_hash(unsigned char *p, const unsigned char *h);
    int crypto_scalarmult_ristretto255(unsigned char *q, const unsigned char *n, const unsigned char *p);
    int crypto_scalarmult_ristretto255_base(unsigned char *q, const unsigned char *n);
    int crypto_core_ristretto255_scalar_invert(unsigned char *recip, const unsigned char *s);
    void crypto_core_ristretto255_scalar_reduce(unsigned char *r, const unsigned char *s);
    void crypto_core_ristretto255_scalar_mul(unsigned char *z, const unsigned char *x, const unsigned char *y);
    void crypto_core_ristretto255_scalar_sub(unsigned char *z, const unsigned char *x, const unsigned char *y);
    int crypto_sign_seed_keypair(unsigned char *pk, unsigned char *sk, const unsigned char *seed);
    int crypto_sign_detached(unsigned char *sig, unsigned long long *siglen, const unsigned char *m,
                             unsigned long long mlen, const unsigned char *sk);
""")


def load(names: Sequence[str] = _NAMES) -> Any:  # noqa: ANN401 - a cffi library has no static type
    """Open the first of `names` that is libsodium >= 1.0.18, else the copy inside the wheel rbcl.

    Raises:
        ImportError: neither is there.
    """
    for name in names:
        with contextlib.suppress(OSError):
            library = _ffi.dlopen(name)
            if version(library) >= _OLDEST and library.sodium_init() >= 0:
                return library
    return _bundled()


def version(library: Any) -> tuple[int, ...]:  # noqa: ANN401 - a cffi library has no static type
    """Return the version of an open libsodium, (0,) when it does not say."""
    try:
        return tuple(int(part) for part in _ffi.string(library.sodium_version_string()).decode("ascii").split("."))
    except (AttributeError, ValueError):
        return (0,)


def _bundled() -> Any:  # noqa: ANN401 - a cffi library has no static type
    copy = Path(importlib.import_module("rbcl._sodium").lib_path)
    if not copy.exists():  # rbcl was imported, and its file deleted, before: only a fresh import writes a new one
        copy = Path(importlib.reload(importlib.import_module("rbcl._sodium")).lib_path)
    library = _ffi.dlopen(str(copy))
    with contextlib.suppress(OSError):  # rbcl leaves this file behind; Windows keeps a loaded one
        copy.unlink()
    if library.sodium_init() < 0:
        raise ImportError("libsodium cannot initialise")
    return library


_lib = load()


def is_element(data: bytes) -> bool:
    """Tell whether these bytes are the canonical encoding of an element, the identity included."""
    return len(data) == SIZE and bool(_lib.crypto_core_ristretto255_is_valid_point(data))


def multiply(scalar: bytes, element: bytes) -> bytes:
    """Return scalar·element in constant time; `element_invalid` for a bad encoding or an identity product."""
    _sized(SIZE, scalar, element)
    out = _ffi.new("unsigned char[32]")
    if _lib.crypto_scalarmult_ristretto255(out, scalar, element) != 0:
        raise FormatError("element_invalid")
    return bytes(_ffi.buffer(out))


def multiply_base(scalar: bytes) -> bytes:
    """Return scalar·G in constant time; `element_invalid` when that is the identity."""
    _sized(SIZE, scalar)
    out = _ffi.new("unsigned char[32]")
    if _lib.crypto_scalarmult_ristretto255_base(out, scalar) != 0:
        raise FormatError("element_invalid")
    return bytes(_ffi.buffer(out))


def add(left: bytes, right: bytes) -> bytes:
    """Return the sum of two elements; `element_invalid` for a bad encoding."""
    _sized(SIZE, left, right)
    out = _ffi.new("unsigned char[32]")
    if _lib.crypto_core_ristretto255_add(out, left, right) != 0:
        raise FormatError("element_invalid")
    return bytes(_ffi.buffer(out))


def from_uniform(data: bytes) -> bytes:
    """Map 64 uniform bytes to an element (RFC 9496, section 4.3.4)."""
    _sized(UNIFORM, data)
    out = _ffi.new("unsigned char[32]")
    _lib.crypto_core_ristretto255_from_hash(out, data)
    return bytes(_ffi.buffer(out))


def reduce(data: bytes) -> bytes:
    """Reduce 64 little-endian bytes modulo the group's order; uniform bytes give a uniform scalar."""
    _sized(UNIFORM, data)
    out = _ffi.new("unsigned char[32]")
    _lib.crypto_core_ristretto255_scalar_reduce(out, data)
    return bytes(_ffi.buffer(out))


def invert(scalar: bytes) -> bytes:
    """Return 1/scalar; `scalar_invalid` for zero."""
    _sized(SIZE, scalar)
    out = _ffi.new("unsigned char[32]")
    if _lib.crypto_core_ristretto255_scalar_invert(out, scalar) != 0:
        raise FormatError("scalar_invalid")
    return bytes(_ffi.buffer(out))


def scalar_multiply(left: bytes, right: bytes) -> bytes:
    """Return the product of two scalars."""
    _sized(SIZE, left, right)
    out = _ffi.new("unsigned char[32]")
    _lib.crypto_core_ristretto255_scalar_mul(out, left, right)
    return bytes(_ffi.buffer(out))


def scalar_subtract(left: bytes, right: bytes) -> bytes:
    """Return the difference of two scalars."""
    _sized(SIZE, left, right)
    out = _ffi.new("unsigned char[32]")
    _lib.crypto_core_ristretto255_scalar_sub(out, left, right)
    return bytes(_ffi.buffer(out))


def signing_key(seed: bytes) -> bytes:
    """Expand a 32-byte Ed25519 seed into the 64 bytes that `sign` wants: the seed, then the public key."""
    _sized(SIZE, seed)
    public, secret = _ffi.new("unsigned char[32]"), _ffi.new("unsigned char[64]")
    _lib.crypto_sign_seed_keypair(public, secret, seed)
    return bytes(_ffi.buffer(secret))


def sign(key: bytes, message: bytes) -> bytes:
    """Return the Ed25519 signature of a message, 64 bytes."""
    _sized(SIGNING_KEY, key)
    out = _ffi.new("unsigned char[64]")
    _lib.crypto_sign_detached(out, _ffi.NULL, message, len(message), key)
    return bytes(_ffi.buffer(out))


def _sized(size: int, *operands: bytes) -> None:
    """C reads what it was promised: a short operand would leak the memory behind it."""
    for operand in operands:
        if len(operand) != size:
            raise FormatError("length_invalid")
