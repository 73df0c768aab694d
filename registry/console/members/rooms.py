"""The rooms of the members' console: which of them who may enter, and how each page is drawn in its room."""

from typing import Any

from starlette.responses import HTMLResponse

from registry.console.access import Screen
from registry.console.members.access import Ours
from registry.domain.access import Scope
from registry.domain.staff import Role

PATH = "/console/member"
SEE_OTHER = 303
LIMIT = 25
# The name in an address, what it is called, and the scope it takes; none: for who looks after keys.
_ROOMS: tuple[tuple[str, str, Scope | None], ...] = (
    ("", "Overview", Scope.MEMBER_READ),
    ("reports", "Reports", Scope.REPORTS_READ),
    ("appeals", "Appeals", Scope.APPEALS_READ),
    ("recalls", "Recalls", Scope.RECALLS_ACKNOWLEDGE),
    ("webhooks", "Webhooks", Scope.WEBHOOKS_READ),
    ("keys", "Signing keys", None),
    ("quota", "Quota", Scope.MEMBER_READ),
    ("go-live", "Go-live", Scope.MEMBER_READ),
)
NAMES = tuple(name for _, name, _ in _ROOMS)


def address(*parts: object) -> str:
    """Return the address of a page of the members' console."""
    return "/".join((PATH, *(str(part) for part in parts if part)))


def draw(screen: Screen, ours: Ours, room: str, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - whatever a template shows
    """Draw a page of a room, beneath the ways to the others that its reader may enter."""
    rooms = [
        (address(part), name, part == room)
        for part, name, scope in _ROOMS
        if (scope in ours.caller.scopes if scope else Role.MEMBER_ADMIN in ours.person.roles)
    ]
    return screen.page(template, status=status, rooms=rooms, address=address, member=ours.member, **facts)
