"""Where an auditor works: a sight of the log, the reason that was given for this sitting, and how the log stands.

The reason is given once and kept in a cookie, bound to the session: whoever signs in next gives their own. No page of
the log is shown without one, because each look enters the log with it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from registry.api.audit.deps import AuditReads, Reasoned
from registry.api.deps import EdgeDep
from registry.api.edge import Edge
from registry.api.sights import open_sight
from registry.console.access import RecognisedDep, Screen, ScreenDep, StaffAct
from registry.console.audit.words import PURPOSE_TEXT
from registry.domain.audit_filters import Because
from registry.services import auditing, log
from registry.services.auditing import Sealed, Sight
from registry_formats import base64url
from registry_formats.errors import FormatError

PATH = "/console/audit"
COOKIE = "__Host-audit"
SEE_OTHER = 303


class UnexplainedError(Exception):
    """Nobody said yet why the log is to be read."""


class Stated(Reasoned):
    """A reason, and the session it was given in."""

    session: UUID


@dataclass(frozen=True, slots=True)
class Badge:
    """How the log stands: as told, and whether it is as it should be (`good`, `warn`, `bad`)."""

    sealed: Sealed | None
    kind: str


@dataclass(frozen=True, slots=True)
class Room:
    """What a page of the auditors works with."""

    screen: Screen
    sight: Sight
    why: Because
    badge: Badge
    zone: timezone

    def page(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - as `Screen`
        """Draw a page under the reason and the standing of the log."""
        why = (PURPOSE_TEXT[self.why.purpose], self.why.reason)
        return self.screen.page(template, status=status, why=why, badge=self.badge, **facts)


def zone_of(edge: Edge) -> timezone:
    """Return the zone of the registry's policy, in which pages write times and read them."""
    return timezone(timedelta(minutes=edge.policies[edge.facts.default_policy].utc_offset_minutes))


def reason_of(request: Request, session: UUID) -> Because | None:
    """Return the reason given in this session; None where there is none yet."""
    try:
        stated = Stated.model_validate_json(base64url.decode(request.cookies.get(COOKIE, "")))
    except (FormatError, ValidationError):
        return None
    return stated.because() if stated.session == session else None


def keep_reason(response: Response, reason: Reasoned, session: UUID) -> None:
    """Remember a reason for as long as the session lasts."""
    stated = Stated(purpose=reason.purpose, reason=reason.reason, session=session)
    value = base64url.encode(stated.model_dump_json().encode())
    response.set_cookie(COOKIE, value, secure=True, httponly=True, samesite="lax")


async def ask_why(request: Request, _: Exception) -> Response:
    """Lead to where the reason is given, and from there to what was asked for."""
    wanted = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    then = wanted if request.method == "GET" else PATH
    return RedirectResponse(f"{PATH}/reason?{urlencode({'then': then})}", SEE_OTHER)


def _why(request: Request, recognised: RecognisedDep) -> Because:
    because = reason_of(request, recognised.staff.session_id)
    if because is None:
        raise UnexplainedError
    return because


async def _sight(reads: AuditReads, act: StaffAct, edge: EdgeDep) -> AsyncIterator[Sight]:
    async with open_sight(reads, edge.database, act=act, desk=edge.auditing) as sight:
        yield sight


Why = Annotated[Because, Depends(_why)]
SightDep = Annotated[Sight, Depends(_sight, scope="function")]


async def _room(why: Why, sight: SightDep, screen: ScreenDep, edge: EdgeDep) -> Room:
    sealed = await auditing.standing(sight.reads, now=sight.act.now)
    return Room(screen, sight, why, Badge(sealed, _kind(sealed, witnessed=edge.facts.witnessed)), zone_of(edge))


def _kind(sealed: Sealed | None, *, witnessed: bool) -> str:
    if sealed is None or sealed.lag > log.CLOSED:
        return "bad"
    return "warn" if sealed.lag > log.ALARM or (witnessed and not sealed.witnesses) else "good"


RoomDep = Annotated[Room, Depends(_room)]
