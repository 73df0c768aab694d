"""Passwords: Argon2id (RFC 9106) in a thread of its own, few at a time; rules after NIST SP 800-63B section 3.1.1."""

import asyncio
import secrets
import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from registry.errors import Conflict

SHORTEST, LONGEST = 12, 128
_FEWEST_CHARACTERS = 6
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a password fits, and its hash under today's parameters if the stored one has older ones."""

    fits: bool
    fresh_hash: str | None = None


class Passwords:
    """Hashes and checks passwords.

    Args:
        hasher: its parameters are those that new hashes get; the library's are RFC 9106's second recommendation.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a password in PHC string form."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _bytes(password))

    async def check(self, stored: str | None, password: str) -> Match:
        """Tell whether a password fits a hash; None stands for nobody's and takes just as long."""
        async with self._turns:
            return await asyncio.to_thread(self._check, stored, _bytes(password))

    def _check(self, stored: str | None, password: bytes) -> Match:
        try:
            self._hasher.verify(stored or self._nobodys(), password)
        except (Argon2Error, InvalidHashError):
            return Match(fits=False)
        old = stored is not None and self._hasher.check_needs_rehash(stored)
        return Match(fits=stored is not None, fresh_hash=self._hasher.hash(password) if old else None)

    def _nobodys(self) -> str:
        if self._decoy is None:
            self._decoy = self._hasher.hash(secrets.token_urlsafe())
        return self._decoy


def check_choice(password: str, *, name: str) -> None:
    """Refuse a password that is easily guessed. Conflict `password_weak`."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    long_enough = SHORTEST <= len(plain) <= LONGEST
    if not long_enough or len(set(plain)) < _FEWEST_CHARACTERS or name.casefold() in plain:
        raise Conflict("password_weak")


def _bytes(password: str) -> bytes:
    # The same password typed on another keyboard may arrive as other code points.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
