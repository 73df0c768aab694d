"""The rooms of the operators' console, and how each page is drawn in its room."""

from typing import Any

from starlette.responses import HTMLResponse

from registry.console.access import Screen

PATH = "/console/operator"
SEE_OTHER = 303
_ROOMS = (
    ("", "Health"),
    ("members", "All members"),
    ("admissions", "Admissions"),
    ("log", "Log"),
    ("epochs", "Epochs"),
)
NAMES = tuple(name for _, name in _ROOMS)


def address(*parts: object) -> str:
    """Return the address of a page of the operators' console."""
    return "/".join((PATH, *(str(part) for part in parts if part)))


def draw(screen: Screen, room: str, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:  # noqa: ANN401 - whatever a template shows
    """Draw a page of a room, beneath the ways to the others."""
    rooms = [(address(part), name, part == room) for part, name in _ROOMS]
    return screen.page(template, status=status, rooms=rooms, address=address, **facts)
