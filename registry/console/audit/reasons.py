"""Why the log is read: asked before anything of it is shown, and remembered until the session ends."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import StringConstraints
from starlette.responses import RedirectResponse, Response

from registry.api.audit.deps import Reasoned
from registry.console.access import Auditor, ScreenDep
from registry.console.audit.room import PATH, SEE_OTHER, keep_reason, reason_of
from registry.console.audit.words import PURPOSE_TEXT
from registry.domain.audit_filters import AUDITOR_PURPOSES, Because
from registry.pages import Filled, fill

router = APIRouter(prefix="/audit")

# A page of the auditors, and nothing elsewhere.
Ours = Annotated[str, StringConstraints(pattern=rf"^{PATH}([/?][^\\]*)?$", max_length=4_000)]


class Reason(Reasoned):
    """A reason, and where to go from here."""

    then: Ours = PATH


@router.get("/reason")
async def ask(auditor: Auditor, request: Request, screen: ScreenDep, then: Ours = PATH) -> Response:
    """Ask why."""
    return _page(screen, then, said=reason_of(request, auditor.session_id))


@router.post("/reason")
async def give(auditor: Auditor, request: Request, screen: ScreenDep) -> Response:
    """Remember why, and go on."""
    filled = await fill(request, Reason)
    if filled.model is None:
        return _page(screen, str(filled.typed.get("then") or PATH), form=filled)
    response = RedirectResponse(filled.model.then, SEE_OTHER)
    keep_reason(response, filled.model, auditor.session_id)
    return response


def _page(screen: ScreenDep, then: str, *, said: Because | None = None, form: Filled[Reason] | None = None) -> Response:
    purposes = [(one.value, PURPOSE_TEXT[one]) for one in AUDITOR_PURPOSES]
    known: Filled[Reason] = Filled(typed={"purpose": said.purpose.value, "reason": said.reason} if said else {})
    return screen.page(
        "audit_reason.html", status=422 if form else 200, form=form or known, purposes=purposes, then=then
    )
