"""What the outermost layer knows of a request, for problems, audit entries and the access log alike."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

from registry.domain.access import Caller
from registry.translations import DEFAULT_LANGUAGE

_KEY = "registry.visit"


@dataclass(slots=True)
class Visit:
    """One request: its id, the language of its answer, who called and what became of it once that is known.

    Args:
        headers: of the request, the first one of each name.
        head: the header lines that every answer ends with, for who writes an answer by hand.
    """

    request_id: str
    language: str = DEFAULT_LANGUAGE
    headers: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    caller: Caller | None = None
    code: str | None = None
    status: int | None = None
    head: bytes = b""


def begin(scope: MutableMapping[str, Any], visit: Visit) -> None:
    """Attach a visit to an ASGI scope."""
    scope[_KEY] = visit


def visit_of(scope: MutableMapping[str, Any]) -> Visit:
    """Return the visit of a request."""
    return cast("Visit", scope[_KEY])
