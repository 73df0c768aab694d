"""Try a use case with what a form brought: done, or the form again with what was refused of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from registry.api.edge import Edge
from registry.api.problem_codes import CODES, FALLBACK
from registry.api.problems import status_of
from registry.api.strings import RequestModel
from registry.errors import Conflict, Malformed, QuotaExceeded
from registry.pages import Filled
from registry.store.database import WriteSession
from registry_formats.errors import FormatError

T = TypeVar("T")
Model = TypeVar("Model", bound=RequestModel)
_UNREADABLE = 422


@dataclass(frozen=True, slots=True)
class Retry(Generic[Model]):
    """A form that has to be drawn again: what was typed, why, and the status of the page."""

    form: Filled[Model]
    status: int = _UNREADABLE

    @property
    def meaning(self) -> tuple[str, str] | None:
        """Return the title and cure of what a use case refused, not yet translated."""
        if self.form.refusal is None:
            return None
        meaning = CODES.get(self.form.refusal.code, FALLBACK)
        return meaning.title, meaning.cure


async def attempt(
    edge: Edge, filled: Filled[Model], use: Callable[[WriteSession, Model], Awaitable[T]]
) -> T | Retry[Model]:
    """Do it in a transaction of its own, which a refusal rolls back; what cannot be mended by typing is raised."""
    if filled.model is None:
        return Retry(filled)
    try:
        async with edge.database.write() as session:
            return await use(session, filled.model)
    except FormatError as error:
        refusal = Malformed(error.code)
        return Retry(filled.refused(refusal), status_of(refusal))
    except (Conflict, Malformed, QuotaExceeded) as refusal:
        return Retry(filled.refused(refusal), status_of(refusal))
