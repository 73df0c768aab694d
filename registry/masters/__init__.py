"""The master key: it wraps the key-encryption key of each writer of the audit log, and is asked once per process.

Where it is, a setting says: a file of 32 bytes, 64 hex digits in the environment, or an AES key that never leaves a
PKCS#11 token (RFC 7512 names it). All wrap alike, so a key may move from one to the other.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from registry import keys
from registry.errors import Misconfigured
from registry.keys import KEY_BYTES, KeyName
from registry.masters.protocol import Master
from registry.masters.secret import Secret
from registry.masters.writers import WriterKeys

__all__ = ["Master", "Secret", "WriterKeys", "find", "make"]

_HSM_ABSENT = "REGISTRY_KEK names a PKCS#11 token: install refund-integrity-registry[hsm]."
_SHAPES = "REGISTRY_KEK must be file:PATH, hex: and 64 digits, or pkcs11:token=NAME;object=LABEL?module-path=PATH."


def find(where: str | None, directory: Path) -> Master:
    """Find the master key.

    Args:
        where: the setting; None for the file `kek` in `directory`.
        directory: of the registry's keys.

    Errors: Misconfigured `kek_invalid`, `key_…` of the file, `hsm_absent`, `hsm_unreachable`.
    """
    if where is None:
        return Secret(keys.load(directory, [KeyName.KEY_ENCRYPTION], peppers=False)[KeyName.KEY_ENCRYPTION])
    scheme, _, rest = where.partition(":")
    if scheme not in _FINDERS:
        raise Misconfigured("kek_invalid", _SHAPES)
    return _FINDERS[scheme](rest)


def make(where: str) -> Master:
    """Make a master key in a file or on a token, where there is none yet, and find it. Errors: as `find`."""
    scheme, _, rest = where.partition(":")
    if scheme == "file" and not Path(rest).exists():
        keys.generate_file(Path(rest))
    if scheme == "pkcs11":
        return _hsm(rest, made=True)
    return find(where, Path())


def _of_file(path: str) -> Master:
    return Secret(keys.read(Path(path)))


def _of_digits(digits: str) -> Master:
    try:
        secret = bytes.fromhex(digits)
    except ValueError:
        raise Misconfigured("kek_invalid", _SHAPES) from None
    if len(secret) != KEY_BYTES:
        raise Misconfigured("kek_invalid", _SHAPES)
    return Secret(secret)


def _hsm(uri: str, *, made: bool = False) -> Master:
    try:
        from registry.masters.hsm import Token, read_uri  # noqa: PLC0415 - an extra, which most do without
    except ImportError:
        raise Misconfigured("hsm_absent", _HSM_ABSENT) from None
    token = Token(read_uri(uri))
    if made:
        token.make()
    token.check()
    return token


_FINDERS: Mapping[str, Callable[[str], Master]] = MappingProxyType(
    {"file": _of_file, "hex": _of_digits, "pkcs11": _hsm}
)
