"""What the doors of the console share: the session's cookie, a passkey's form, and a refusal shown above a form."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Request
from pydantic import StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api.problem_codes import CODES, FALLBACK
from registry.api.problems import status_of
from registry.api.staff_models import Countersign
from registry.api.strings import Remark, RequestModel
from registry.console.access import COOKIE
from registry.pages import Filled, sitting
from registry.services.staff import Answer, Opened

SEE_OTHER = 303
_UNREADABLE = 422
Model = TypeVar("Model", bound=RequestModel)


class PasskeyAnswer(RequestModel):
    """What the script of a passkey's form fills in; `name` is what its owner calls a new one."""

    ticket: Annotated[str, StringConstraints(pattern=r"^[0-9]{9,11}-[0-9a-f]{32}$")]
    credential: Annotated[str, StringConstraints(pattern=r"^\{[ -~]{0,8190}\}$")]
    name: Annotated[Remark, StringConstraints(max_length=60)] = ""
    countersign: Countersign = ""

    def answer(self, request: Request) -> Answer:
        """Return it with what binds it to this browser."""
        return Answer(self.ticket, sitting.proof_of(request), self.credential)


@dataclass(frozen=True, slots=True)
class Again:
    """A form that is shown again: what was typed, and why."""

    form: Filled[RequestModel] | None = None
    meaning: tuple[str, str] | None = None
    status: int = 200


def again(filled: Filled[Model]) -> Again:
    """Show a form again with what was wrong: its fields, or what a use case refused."""
    shown: Filled[RequestModel] = Filled(None, filled.typed, filled.faults, filled.refusal)
    if filled.refusal is None:
        return Again(shown, None, _UNREADABLE)
    meaning = CODES.get(filled.refusal.code, FALLBACK)
    return Again(shown, (meaning.title, meaning.cure), status_of(filled.refusal))


def welcome(opened: Opened) -> Response:
    """Let somebody in, with a session in a cookie that no script and no other site gets."""
    response = RedirectResponse("/console", SEE_OTHER)
    response.set_cookie(COOKIE, opened.bearer, secure=True, httponly=True, samesite="lax")
    sitting.end(response)
    return response
