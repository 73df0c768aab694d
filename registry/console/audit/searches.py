"""Search the log, and keep searches under a name."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from registry.api.audit.deps import Before, next_cursor
from registry.api.audit.searches import SearchName
from registry.api.strings import RequestModel
from registry.console.access import Auditor
from registry.console.audit.forms import Sought, typed
from registry.console.audit.room import PATH, SEE_OTHER, Room, RoomDep
from registry.console.audit.saying import Names, address, facets, line, say
from registry.console.audit.words import PURPOSE_TEXT, TYPE_TEXT
from registry.pages import Filled, asked, fill
from registry.services import auditing
from registry.services.auditing.search import Wanted

router = APIRouter(prefix="/audit")
SHOWN = 50

CHOICES = {
    "types": [(one.name.lower(), text) for one, text in TYPE_TEXT.items()],
    "purposes": [(one.value, text) for one, text in PURPOSE_TEXT.items()],
}


def member_choices(names: Names) -> list[tuple[str, str]]:
    """Return members to choose from, by name as they come."""
    return [(str(id_), name) for id_, name in names.items()]


class Keeping(Sought):
    """A search to keep under a name."""

    name: SearchName
    shared: bool = False


class Taking(RequestModel):
    """The name of a search that is no longer wanted."""

    name: SearchName


@router.get("")
async def search(_: Auditor, request: Request, room: RoomDep, before: Before) -> Response:
    """Show what matches; where nothing is asked for yet, the form and the searches kept."""
    form = asked(request, Sought)
    if not form.typed:
        return await _begin(room)
    if form.model is None:
        return await _draw(room, "audit_search.html", status=422, form=form, saved=None, unkept=False)
    return await _results(room, Wanted(form.model.filter(room.zone), SHOWN, before, facets=before is None))


@router.post("/saved")
async def keep(_: Auditor, request: Request, room: RoomDep) -> Response:
    """Keep a search in the place of one's own of that name."""
    filled = await fill(request, Keeping)
    if filled.model is None:
        return await _begin(room, unkept=filled)
    wanted = filled.model.filter(room.zone)
    await auditing.save(room.sight, filled.model.name, wanted, shared=filled.model.shared)
    return RedirectResponse(PATH, SEE_OTHER)


@router.post("/saved/take-back")
async def take_back(_: Auditor, request: Request, room: RoomDep) -> Response:
    """Take back a search of one's own."""
    filled = await fill(request, Taking)
    if filled.model is not None:
        await auditing.save(room.sight, filled.model.name, None, shared=False)
    return RedirectResponse(PATH, SEE_OTHER)


async def _begin(room: Room, unkept: Filled[Keeping] | None = None) -> Response:
    kept = await auditing.kept(room.sight, because=room.why)
    status = 422 if unkept else 200
    return await _draw(room, "audit_search.html", status=status, form=unkept, saved=kept, unkept=unkept is not None)


async def _results(room: Room, wanted: Wanted) -> Response:
    page = await auditing.search(room.sight, wanted, because=room.why)
    document = wanted.filter.document()
    form: Filled[Sought] = Filled(typed=typed(document, room.zone))
    following = next_cursor(page.entries[-1].id) if page.more else None
    return await _draw(
        room,
        "audit_results.html",
        counts=page.counts,
        document=document,
        first=address(document) if wanted.before else "",
        form=form,
        lines=[line(one) for one in page.entries],
        next=address(document, cursor=following) if following else "",
    )


async def _draw(room: Room, template: str, *, status: int = 200, **facts: Any) -> Response:  # noqa: ANN401 - of templates
    names = await auditing.member_names(room.sight.reads)
    members = member_choices(names)
    words = {"address": address, "facets": partial(facets, names=names), "say": partial(say, names=names)}
    return room.page(
        template, status=status, choices=CHOICES, members=members, mine=room.sight.staff_id, **words, **facts
    )
