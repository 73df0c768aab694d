"""Read operator's data strictly: every key is asked for once, and a key nobody asked for is an error (TOML 1.0).

A message names the place and the cure and never repeats the value.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from registry.errors import Misconfigured
from registry_formats import canonical

CODE = "policy_invalid"
Word = TypeVar("Word", bound=StrEnum)


class Table:
    """One table of a parsed document and its path; `close` it when all has been read."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = dict(values)
        self.where = where

    @classmethod
    def parse(cls, text: bytes, where: str) -> "Table":
        """Parse TOML; Misconfigured(policy_invalid) when it is not."""
        try:
            return cls(tomllib.loads(text.decode()), where)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise Misconfigured(CODE, f"{where}: not a TOML document in UTF-8") from error

    def refuse(self, name: str, what: str) -> NoReturn:
        """Raise Misconfigured for one key."""
        raise Misconfigured(CODE, f"{self.where}.{name}: {what}")

    def document(self) -> dict[str, Any]:
        """Return what has not been read yet as JSON values; dates become ISO 8601 texts."""
        return {name: _as_json(value) for name, value in self._values.items()}

    def names(self) -> tuple[str, ...]:
        """List the keys not read yet, in the order of the file."""
        return tuple(self._values)

    def has(self, name: str) -> bool:
        """Say whether a key is there."""
        return name in self._values

    def text(self, name: str) -> str:
        """Take a non-empty string."""
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, "must be a text")
        return value

    def integer(self, name: str, *, least: int = 0) -> int:
        """Take an integer of at least `least`."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.refuse(name, f"must be an integer of at least {least}")
        return value

    def flag(self, name: str) -> bool:
        """Take true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            self.refuse(name, "must be true or false")
        return value

    def day(self, name: str) -> date:
        """Take a local date."""
        value = self._take(name)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.refuse(name, "must be a date")
        return value

    def days(self, name: str) -> tuple[date, ...]:
        """Take a list of different local dates in their order."""
        value = self._take(name)
        if not isinstance(value, list) or not all(type(item) is date for item in value):
            self.refuse(name, "must be a list of dates")
        if value != sorted(set(value)):
            self.refuse(name, "must rise")
        return tuple(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of different non-empty strings."""
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.refuse(name, "must be a list of texts")
        if len(set(value)) != len(value):
            self.refuse(name, "must not repeat an item")
        return tuple(value)

    def table(self, name: str) -> "Table":
        """Take a table."""
        value = self._take(name)
        if not isinstance(value, dict):
            self.refuse(name, "must be a table")
        return Table(value, f"{self.where}.{name}")

    def tables(self, name: str) -> tuple["Table", ...]:
        """Take an array of tables."""
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(name, "must be an array of tables")
        return tuple(Table(item, f"{self.where}.{name}[{index}]") for index, item in enumerate(value))

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for name in self._values:
            self.refuse(name, "unknown key; remove it or correct its spelling")

    def _take(self, name: str) -> Any:  # noqa: ANN401 - any TOML value; the caller narrows it
        if name not in self._values:
            self.refuse(name, "is missing")
        return self._values.pop(name)


def digest(document: Mapping[str, Any]) -> str:
    """Return SHA-256 in hex over the canonical JSON of a document."""
    return hashlib.sha256(canonical.dumps(dict(document))).hexdigest()


def read_word(table: Table, name: str, vocabulary: type[Word]) -> Word:
    """Take one word of a closed vocabulary."""
    return _as_word(table, name, table.text(name), vocabulary)


def read_words(table: Table, name: str, vocabulary: type[Word]) -> tuple[Word, ...]:
    """Take a list of different words of a closed vocabulary."""
    return tuple(_as_word(table, name, item, vocabulary) for item in table.texts(name))


def _as_word(table: Table, name: str, value: str, vocabulary: type[Word]) -> Word:
    if value not in set(vocabulary):
        table.refuse(name, f"must be one of {', '.join(vocabulary)}")
    return vocabulary(value)


def _as_json(value: Any) -> Any:  # noqa: ANN401 - any TOML value
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value
