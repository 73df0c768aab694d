"""Everything the registry refuses, as one tree. An error carries a stable code, never an HTTP status.

RegistryError
├── Malformed             the payload cannot be read as what it claims to be
├── Unauthenticated       we do not know who asks
├── Denied                we know who asks, and they may not
├── NotFound              it does not exist, or the caller may not know that it does
├── Conflict              understood, but against a rule or the present state
├── QuotaExceeded         too much, too soon
├── Unavailable           a part we depend on cannot answer durably now
└── Misconfigured         the operator must act; raised at start, never in a request

Titles and what the caller can do stand in `docs/errors.md`, which is checked against every code that is raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one place of the input: a JSON pointer (RFC 6901) and a code. Never the value."""

    pointer: str
    code: str


class RegistryError(Exception):
    """Base of the tree.

    Args:
        code: a stable, documented code (`snake_case`).
        faults: what is wrong, place by place.
        facts: values that are safe to show and machine-readable, such as the id of an existing record.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self, code: str, *, faults: Sequence[Fault] = (), facts: Mapping[str, str | int] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.faults = tuple(faults)
        self.facts = dict(facts or {})


class Malformed(RegistryError):
    """The payload cannot be read as what it claims to be."""


class Unauthenticated(RegistryError):
    """We do not know who asks."""


class Denied(RegistryError):
    """We know who asks, and they may not."""


class NotFound(RegistryError):
    """It does not exist, or the caller may not know that it does."""


class Conflict(RegistryError):
    """Understood, but against a rule or the present state."""


class QuotaExceeded(RegistryError):
    """Too much, too soon. `facts["retry_after"]` is in seconds."""

    retryable = True


class Unavailable(RegistryError):
    """A part we depend on cannot answer durably now; nothing was changed or shown."""

    retryable = True


class Misconfigured(RegistryError):
    """The operator must act; raised at start, never in a request. The message names the setting and the cure."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.message = message

    def __str__(self) -> str:
        """Show the operator what to do, not only the code."""
        return f"{self.code}: {self.message}"
