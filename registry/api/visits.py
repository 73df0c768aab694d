"""What the outermost layer knows of a request, for problems, audit entries and the access log alike."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from registry.domain.access import Caller
from registry.translations import DEFAULT_LANGUAGE

_KEY = "registry.visit"


@dataclass(slots=True)
class Visit:
    """One request: its id, the language of its answer, who called once that is known."""

    request_id: str
    language: str = DEFAULT_LANGUAGE
    caller: Caller | None = None
    code: str | None = None


def begin(scope: MutableMapping[str, Any], visit: Visit) -> None:
    """Attach a visit to an ASGI scope."""
    scope[_KEY] = visit


def visit_of(scope: MutableMapping[str, Any]) -> Visit:
    """Return the visit of a request."""
    return cast("Visit", scope[_KEY])
