"""Who may open which page of the console: a session in a cookie, roles as a typed parameter, refusals recorded."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from starlette.responses import HTMLResponse

from registry.api.deps import EdgeDep
from registry.api.staff_access import admit, recognise, staff_act_of
from registry.console.drawing import DRAWING
from registry.console.sections import Section, sections_of
from registry.domain.events import Act
from registry.domain.staff import OF_MEMBERS, Role, Staff
from registry.services.staff.sessions import Recognised

COOKIE = "__Host-staff"
# What a page says that anybody with a session may open, whatever their roles.
ANY = "staff"


async def _recognised(request: Request, edge: EdgeDep) -> Recognised:
    return await recognise(edge, request.cookies.get(COOKIE, ""))


RecognisedDep = Annotated[Recognised, Depends(_recognised)]


def requires_role(*roles: Role) -> Any:  # noqa: ANN401 - what FastAPI's own Security() returns
    """Demand one of these roles, as the first parameter of a page. Errors: Denied `role_missing`."""
    return Security(_guard(frozenset(roles)), scopes=sorted(roles))


def _guard(roles: frozenset[Role]) -> Callable[..., Coroutine[Any, Any, Staff]]:
    async def guarded(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Staff:
        return await admit(request, edge, recognised, roles)

    return guarded


def _signed_in(recognised: RecognisedDep) -> Staff:
    return recognised.staff


def _act(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Act:
    return staff_act_of(request, edge, recognised.staff)


@dataclass(frozen=True, slots=True)
class Who:
    """Whose page it is, as the head of each page shows it."""

    name: str
    roles: tuple[Role, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """Draws pages for who is signed in."""

    request: Request
    who: Who

    def page(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - as `Drawing`
        """Draw a page with the head that fits its reader's roles."""
        return DRAWING.page(self.request, template, status=status, who=self.who, **facts)


def _screen(request: Request, recognised: RecognisedDep) -> Screen:
    roles = recognised.staff.roles
    return Screen(request, Who(recognised.name, tuple(sorted(roles)), sections_of(roles)))


ScreenDep = Annotated[Screen, Depends(_screen)]
StaffAct = Annotated[Act, Depends(_act)]
Auditor = Annotated[Staff, requires_role(Role.AUDITOR)]
MemberPerson = Annotated[Staff, requires_role(*OF_MEMBERS)]
Operator = Annotated[Staff, requires_role(Role.OPERATOR)]
SignedIn = Annotated[Staff, Security(_signed_in, scopes=[ANY])]
