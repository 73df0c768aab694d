"""Who may open which page of the portal: a session in a cookie, recognised as the API recognises its bearer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from starlette.responses import HTMLResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me.appeal_door import Door
from registry.api.subject_access import ANY, recognise, refusals_kept
from registry.api.visits import visit_of
from registry.domain.subjects import Subject
from registry.portal import words
from registry.portal.drawing import DRAWING

COOKIE = "__Host-subject"
SEE_OTHER = 303


async def _recognised(request: Request, edge: EdgeDep, act: StrangerAct) -> AsyncIterator[Subject]:
    subject = await recognise(edge, request.cookies.get(COOKIE, ""))
    async with refusals_kept(edge, subject, act):
        yield subject


SubjectDep = Annotated[Subject, Security(_recognised, scopes=[ANY])]


@dataclass(frozen=True, slots=True)
class Screen:
    """Draws pages for a person who has shown something to be theirs."""

    request: Request
    subject: Subject

    @property
    def language(self) -> str:
        """Return the language of the page, which is that of letters asked for on it."""
        return visit_of(self.request.scope).language

    def page(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - as `Drawing`
        """Draw a page with the head of the person's own pages."""
        return DRAWING.page(self.request, template, status=status, who=self.subject, words=words, **facts)


def _screen(request: Request, subject: SubjectDep) -> Screen:
    return Screen(request, subject)


def _door(subject: SubjectDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> Door:
    return Door(subject, edge, session, act)


ScreenDep = Annotated[Screen, Depends(_screen)]
DoorDep = Annotated[Door, Depends(_door)]


def begin(response: Response, bearer: str) -> None:
    """Let the browser keep a session."""
    response.set_cookie(COOKIE, bearer, secure=True, httponly=True, samesite="lax")


def end(response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
