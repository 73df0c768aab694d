"""Who looked at a person: each look with what it was for and what was told, and never which clerk it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.api.audit.deps import Before, next_cursor
from registry.api.strings import RequestModel
from registry.console.access import Auditor
from registry.console.audit.forms import Tags, query
from registry.console.audit.room import PATH, Room, RoomDep
from registry.console.audit.words import PURPOSE_TEXT, STATE_TEXT, TYPE_TEXT
from registry.domain.audit_filters import Filter
from registry.pages import Filled, asked
from registry.services import auditing
from registry.services.auditing import Look
from registry.services.auditing.looks import Wanted
from registry.services.auditing.standing import at_ms
from registry_formats.leaf import Group, LeafType

router = APIRouter(prefix="/audit")
SHOWN = 25
_PURPOSES = {one.value: text for one, text in PURPOSE_TEXT.items()}


class OfWhom(RequestModel):
    """Whom it is about: tags of one person, or a report."""

    subjects: Tags | None = None
    case: UUID | None = None

    def filter(self) -> Filter:
        """Return it as the use cases know it."""
        return Filter(subjects=tuple(bytes.fromhex(tag) for tag in (self.subjects or "").split()), case=self.case)


@dataclass(frozen=True, slots=True)
class Shown:
    """A look as its row shows it; `detail` is what was told, None where that is gone."""

    id: UUID
    entry_id: UUID
    kind: str
    at: datetime
    member: str | None
    purpose: str
    basis: str
    state: tuple[str, str, str]
    detail: Mapping[str, Any] | None
    is_proved: bool


@router.get("/looks")
async def looks(_: Auditor, request: Request, room: RoomDep, before: Before) -> Response:
    """List every look at a person."""
    form = asked(request, OfWhom)
    if form.model is None or form.model == OfWhom():
        return _page(room, form, status=422 if form.faults else 200)
    meant = form.model.filter()
    found = await auditing.look_up(room.sight, meant, Wanted(SHOWN, before), because=room.why)
    more = {"cursor": next_cursor(found.looks[-1].id)} if found.more else {}
    return _page(
        room,
        form,
        first=f"{PATH}/looks?{query(meant.document())}" if before else "",
        looks=[_shown(one) for one in found.looks],
        next=f"{PATH}/looks?{query(meant.document(), **more)}" if more else "",
    )


def _page(room: Room, form: Filled[OfWhom], *, status: int = 200, **found: Any) -> Response:  # noqa: ANN401 - of the template
    return room.page("audit_looks.html", status=status, form=form, **{"looks": None, "first": "", "next": "", **found})


def _shown(look: Look) -> Shown:
    entry, item = look.entry, look.entry.item
    org = entry.openings.get(Group.ORG)
    said = org.detail if org else {}
    told = item.opening if item else entry.openings.get(Group.CONTENT)
    purpose = item.purpose if item else str(said.get("purpose", ""))
    return Shown(
        look.id,
        entry.sealed.id,
        TYPE_TEXT[LeafType(entry.leaf.kind)],
        at_ms(entry.leaf.t_ms),
        entry.sealed.member_name,
        _PURPOSES.get(purpose, ""),
        str(said.get("legal_basis", "")),
        STATE_TEXT[item.state if item else entry.states[Group.CONTENT]],
        told.detail if told else None,
        look.proof is not None,
    )
