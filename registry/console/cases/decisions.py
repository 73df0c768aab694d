"""Decide a case: reasons, the letter they become in both languages, a second person. Never several cases at once."""

import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field
from starlette.responses import Response

from registry.api.officers.models import ReadDraft
from registry.api.problems import status_of
from registry.api.staff_access import denials_recorded
from registry.api.strings import Remark, Sha256Hex
from registry.console.cases.bench import AtBench, Bench, SecondPerson, Worker, back
from registry.console.cases.forms import Corrected, draft_typed
from registry.console.cases.views import meaning
from registry.domain.appeal_case import Actor, AppealStep, Approval, Draft, Result
from registry.domain.appeal_digests import draft_digest
from registry.domain.ids import MemberIntegrity
from registry.errors import Conflict, Denied, Malformed, RegistryError
from registry.pages import Filled, fill
from registry.services import appeals
from registry.services.appeals import Rehearsal
from registry.store.reports import Report

router = APIRouter(prefix="/appeals/{appeal_id}")
# As the JSON API takes them.
_MOST = 8
_SYSTEM = r"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,63}"


def _named(systems: str) -> str:
    if len(_names(systems)) > _MOST or not all(re.fullmatch(_SYSTEM, name) for name in _names(systems)):
        raise ValueError("not the name of a system")
    return systems


def _names(systems: str) -> tuple[str, ...]:
    return tuple(systems.replace(",", " ").split())


class NewDraft(Corrected):
    """A decision with its reasons, on the evidence that its maker saw; `go` says what the button pressed does."""

    evidence_digest: Sha256Hex | None = None
    act_denied: Annotated[tuple[Literal["yes"], ...], Field(max_length=1)] = ()
    findings: Annotated[
        tuple[Literal[MemberIntegrity.FALSE_REPORT, MemberIntegrity.NO_NOTICE], ...], Field(max_length=2)
    ] = ()
    automation: Annotated[Remark, AfterValidator(_named)] = ""
    go: Literal["preview", "edit", "confirm"] = "preview"

    def draft(self, report: Report) -> Draft:
        """Return what the rules take."""
        return Draft(
            Result(self.result),
            self.reasons,
            self.evidence_digest or "",
            act_denied=bool(self.act_denied),
            findings=frozenset(map(MemberIntegrity, self.findings)),
            automation=_names(self.automation),
            correction=self.correction(report),
        )


@router.get("/draft")
async def begin(_: Worker, bench: AtBench, appeal_id: UUID) -> Response:
    """Show the form of a decision, with what is left of a draft that was returned or is void."""
    view = await bench.view(appeal_id)
    typed = draft_typed(view.case.draft, view.report) if view.case.draft else {}
    return bench.draw("case_draft.html", view, form=Filled(None, typed), refusal=None)


@router.post("/draft")
async def draft(request: Request, _: Worker, bench: AtBench, appeal_id: UUID) -> Response:
    """Show the letter that a draft would become; once that is confirmed, put it forward for approval."""
    filled = await fill(request, NewDraft)
    if filled.model is None or filled.model.go == "edit":
        return await _form(bench, appeal_id, filled)
    said = filled.model.draft(await bench.report(appeal_id))
    try:
        if filled.model.go == "confirm":
            await bench.step(appeal_id, AppealStep.DRAFT, said)
            return back(appeal_id)
        found = await _rehearse(bench, appeal_id, said)
    except (Conflict, Denied) as refusal:
        return await _form(bench, appeal_id, filled.refused(refusal))
    typed = {name: value for name, value in filled.typed.items() if name != "go"}
    return bench.draw("case_preview.html", await bench.view(appeal_id), found=found, typed=typed)


@router.get("/approval")
async def second_look(_: SecondPerson, bench: AtBench, appeal_id: UUID) -> Response:
    """Show a draft to a second person, with its letter; not to its maker, and not once the evidence has changed."""
    try:
        found = await _rehearse(bench, appeal_id, None)
    except (Conflict, Denied) as refusal:
        return await bench.page(appeal_id, refusal=refusal)
    digest = draft_digest(found.draft)
    return bench.draw("case_approval.html", await bench.view(appeal_id), found=found, digest=digest)


@router.post("/approve")
async def approve(request: Request, _: SecondPerson, bench: AtBench, appeal_id: UUID) -> Response:
    """Approve the draft that was shown and no other; the last approval that the severity needs decides."""
    told = (await fill(request, ReadDraft)).model
    if told is None:
        raise Malformed("request_invalid")
    return await bench.take(appeal_id, AppealStep.APPROVE, Approval(told.draft_digest))


@router.post("/return")
async def give_back(_: SecondPerson, bench: AtBench, appeal_id: UUID) -> Response:
    """Give a draft back to its maker."""
    return await bench.take(appeal_id, AppealStep.RETURN)


async def _rehearse(bench: Bench, appeal_id: UUID, said: Draft | None) -> Rehearsal:
    by = Actor.of(bench.staff)
    async with denials_recorded(bench.edge, bench.act), bench.edge.database.write() as session:
        return await appeals.rehearse(session, appeal_id, said, by=by, act=bench.act, desk=bench.edge.appeals)


async def _form(bench: Bench, appeal_id: UUID, filled: Filled[NewDraft]) -> Response:
    refusal: RegistryError | None = filled.refusal
    status = status_of(refusal) if refusal else 422 if filled.faults else 200
    view = await bench.view(appeal_id)
    return bench.draw("case_draft.html", view, status=status, form=filled, refusal=meaning(refusal))
