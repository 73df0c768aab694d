"""Contest a record, one question a page: why, in one's own words, check and lodge, then photos if there are any.

What was answered is kept after each page, so that whoever stops can go on later.
"""

from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me.appeal_door import Door
from registry.api.strings import Remark, RequestModel
from registry.clock import real_time
from registry.domain.appeal_case import Ground
from registry.domain.appeal_words import GROUND_TEXT
from registry.domain.subjects import grounds
from registry.pages import Filled, fill
from registry.portal.access import SEE_OTHER, Screen, ScreenDep, SubjectDep
from registry.services.appeals import Lodging
from registry.services.subjects import cases, drafts
from registry.services.subjects.cases import Own
from registry.services.subjects.drafts import Draft

router = APIRouter(prefix="/records/{report_id}/appeal")

STEPS = 4
Then = Literal["on", "later"]


class Why(RequestModel):
    """On which grounds."""

    grounds: Annotated[tuple[Ground, ...], Field(min_length=1, max_length=len(Ground))]
    then: Then = "on"


class Words(RequestModel):
    """What happened, in one's own words; it may be left empty."""

    text: Remark = ""
    then: Then = "on"


class Begun(NamedTuple):
    """An appeal that is being written: against which record, and what is said so far."""

    door: Door
    own: Own
    draft: Draft

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"/me/records/{self.own.found.report.id}/appeal"

    def next(self) -> str:
        """Return the first question that is not answered."""
        if not self.draft.grounds:
            return f"{self.path}/why"
        return f"{self.path}/words" if self.draft.text is None else f"{self.path}/check"

    async def keep(self, draft: Draft, then: Then, following: str) -> Response:
        """Keep what was answered, and go on, or leave it at that for now."""
        door = self.door
        desk, now = door.edge.subjects, real_time()
        await drafts.keep(door.session, door.subject, self.own, draft, act=door.act, now=now, desk=desk)
        return RedirectResponse(f"{self.path}/{following}" if then == "on" else "/me/appeals?kept=1", SEE_OTHER)

    def facts(self, step: int) -> dict[str, Any]:
        """Return what each of the pages shows."""
        policy = self.door.edge.policies[self.own.found.report.policy]
        return {
            "clocks": policy.clocks,
            "draft": self.draft,
            "here": self.path,
            "own": self.own,
            "step": step,
            "steps": STEPS,
        }


async def _begun(subject: SubjectDep, report_id: UUID, edge: EdgeDep, session: Writes, act: StrangerAct) -> Begun:
    own = await cases.own_record(session, subject, report_id, act=act)
    draft = await drafts.read(session, subject, own, act=act, now=real_time(), desk=edge.subjects)
    return Begun(Door(subject, edge, session, act), own, draft)


BegunDep = Annotated[Begun, Depends(_begun)]


@router.get("")
async def resume(_: SubjectDep, begun: BegunDep) -> Response:
    """Lead to the first question that is not answered."""
    return RedirectResponse(begun.next(), SEE_OTHER)


@router.get("/why")
async def ask_why(_: SubjectDep, screen: ScreenDep, begun: BegunDep) -> Response:
    """Ask for the grounds."""
    return _why(screen, begun, None, 200)


@router.post("/why")
async def tell_why(_: SubjectDep, screen: ScreenDep, begun: BegunDep, request: Request) -> Response:
    """Keep the grounds."""
    filled = await fill(request, Why)
    if filled.model is None:
        return _why(screen, begun, filled, 422)
    possible = set(grounds(begun.own.sight))
    draft = Draft(tuple(one for one in filled.model.grounds if one in possible), begun.draft.text)
    return await begun.keep(draft, filled.model.then, "words")


@router.get("/words")
async def ask_words(_: SubjectDep, screen: ScreenDep, begun: BegunDep) -> Response:
    """Ask what happened."""
    return screen.page("appeal_words.html", form=None, **begun.facts(2))


@router.post("/words")
async def tell_words(_: SubjectDep, screen: ScreenDep, begun: BegunDep, request: Request) -> Response:
    """Keep what is said."""
    filled = await fill(request, Words)
    if filled.model is None:
        return screen.page("appeal_words.html", status=422, form=filled, **begun.facts(2))
    return await begun.keep(Draft(begun.draft.grounds, filled.model.text), filled.model.then, "check")


@router.get("/check")
async def check(_: SubjectDep, screen: ScreenDep, begun: BegunDep) -> Response:
    """Show all that will be lodged, before it is."""
    if not begun.next().endswith("/check"):
        return RedirectResponse(begun.next(), SEE_OTHER)
    return screen.page("appeal_check.html", ground_text=GROUND_TEXT, **begun.facts(3))


@router.post("/check")
async def lodge(subject: SubjectDep, screen: ScreenDep, begun: BegunDep) -> Response:
    """Lodge the appeal; what was kept of it goes."""
    if not begun.next().endswith("/check"):
        return RedirectResponse(begun.next(), SEE_OTHER)
    door, draft = begun.door, begun.draft
    said = Lodging(draft.grounds, draft.text or "", screen.language, cases.proved(subject))
    lodged = await door.lodge(begun.own.found.report.id, said)
    await drafts.drop(door.session, subject, begun.own, act=door.act, now=real_time(), desk=door.edge.subjects)
    return RedirectResponse(f"/me/appeals/{lodged.appeal_id}/add?lodged=1", SEE_OTHER)


@router.post("/drop")
async def drop(subject: SubjectDep, begun: BegunDep) -> Response:
    """Forget what was written."""
    door = begun.door
    await drafts.drop(door.session, subject, begun.own, act=door.act, now=real_time(), desk=door.edge.subjects)
    return RedirectResponse("/me/", SEE_OTHER)


def _why(screen: Screen, begun: Begun, form: Filled[Why] | None, status: int) -> Response:
    possible = set(grounds(begun.own.sight))
    typed = form.typed.get("grounds", ()) if form else begun.draft.grounds
    return screen.page(
        "appeal_why.html",
        status=status,
        form=form,
        ground_text=GROUND_TEXT,
        possible=possible,
        chosen=typed,
        **begun.facts(1),
    )
