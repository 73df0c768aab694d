"""Where somebody of the staff works on one case: its page, and one step after which it is shown anew."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep
from registry.api.edge import Edge
from registry.api.officers.access import Counter
from registry.api.officers.case import whole
from registry.api.problems import status_of
from registry.console.access import RecognisedDep, Screen, ScreenDep, StaffAct, requires_role
from registry.console.cases import words
from registry.console.cases.views import CaseView, meaning
from registry.domain.appeal_case import AppealStep, Said
from registry.domain.appeal_skips import SkipReason
from registry.domain.events import Act
from registry.domain.staff import Role, Staff
from registry.errors import Conflict, Denied, RegistryError
from registry.pages import Filled
from registry.services import appeals, uploads
from registry.services.appeals import Exhibit, Words
from registry.store.reports import Report

PATH = "/console/appeals"
SEE_OTHER = 303
# As the JSON API admits them; the rest is decided by the rules of appeals.
Worker = Annotated[Staff, requires_role(Role.OFFICER, Role.REVIEWER)]
Caseworker = Annotated[Staff, requires_role(Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR)]
SecondPerson = Annotated[Staff, requires_role(Role.REVIEWER, Role.SUPERVISOR)]
Decider = Annotated[Staff, requires_role(Role.OFFICER, Role.PANEL, Role.REVIEWER, Role.SUPERVISOR)]
Reader = Annotated[Staff, requires_role(Role.AUDITOR, Role.OFFICER, Role.PANEL, Role.REVIEWER, Role.SUPERVISOR)]
Officer = Annotated[Staff, requires_role(Role.OFFICER)]
Panelist = Annotated[Staff, requires_role(Role.PANEL)]
Reviewer = Annotated[Staff, requires_role(Role.REVIEWER)]
Supervisor = Annotated[Staff, requires_role(Role.SUPERVISOR)]


@dataclass(frozen=True, slots=True)
class Bench:
    """One request at one case; each of its transactions ends before the page is drawn."""

    request: Request
    edge: Edge
    act: Act
    screen: Screen
    staff: Staff

    async def view(self, appeal_id: UUID) -> CaseView:
        """Open all of a case; the look leaves its traces. NotFound `appeal_unknown`."""
        async with self.edge.database.write() as session, self.edge.audit_database.read() as reads:
            found = await whole(session, reads, self.edge, self.act, appeal_id)
            people = await appeals.people(session)
            files = await uploads.openable(session, appeal_id)
        policy = self.edge.policies[found.page.standing.report.policy]
        return CaseView(found, people, files, policy, self.staff, livemode=self.edge.facts.livemode)

    async def report(self, appeal_id: UUID) -> Report:
        """Read the record that a form is about; nothing of it is shown."""
        async with self.edge.database.write() as session:
            return (await appeals.look(session, appeal_id, self.edge.appeals)).report

    async def page(self, appeal_id: UUID, *, refusal: RegistryError | None = None, **forms: Filled) -> Response:  # type: ignore[type-arg] # of any form
        """Show a case, with what was just refused above it, and what was typed at its field."""
        faulty = any(form.faults for form in forms.values())
        status = status_of(refusal) if refusal else 422 if faulty else 200
        view = await self.view(appeal_id)
        shown = {name: forms.get(name) for name in ("message", "question")}
        return self.draw("case.html", view, status=status, refusal=meaning(refusal), **shown)

    def draw(self, template: str, view: CaseView, *, status: int = 200, **facts: object) -> Response:
        """Draw a page about a case."""
        return self.screen.page(template, status=status, case=view, words=words, **facts)

    async def step(self, appeal_id: UUID, step: AppealStep, said: Said = None, spoken: Words | None = None) -> None:
        """Take a step in a transaction of its own; what the rules deny is recorded."""
        async with self.edge.database.write() as session:
            await Counter(session, self.edge, self.act).step(self.staff, appeal_id, step, said, spoken)

    async def take(self, appeal_id: UUID, step: AppealStep, said: Said = None) -> Response:
        """Take a step and lead back to the case, or show it as it is with what was refused."""
        try:
            await self.step(appeal_id, step, said)
        except (Conflict, Denied) as refusal:
            return await self.page(appeal_id, refusal=refusal)
        return back(appeal_id)

    async def skip(self, appeal_id: UUID, reason: SkipReason) -> None:
        """Leave a case to colleagues."""
        async with self.edge.database.write() as session:
            await Counter(session, self.edge, self.act).skip(self.staff, appeal_id, reason)

    async def remark(self, appeal_id: UUID, spoken: Words) -> None:
        """Add to the thread."""
        async with self.edge.database.write() as session:
            await Counter(session, self.edge, self.act).remark(self.staff, appeal_id, spoken)

    async def put_forward(self, appeal_id: UUID, exhibit: Exhibit) -> None:
        """Add to the manifest."""
        async with self.edge.database.write() as session:
            await Counter(session, self.edge, self.act).put_forward(self.staff, appeal_id, [exhibit])


def back(appeal_id: UUID, part: str = "main") -> Response:
    """Lead to the page of a case, and to a part of it."""
    return RedirectResponse(f"{PATH}/{appeal_id}#{part}", SEE_OTHER)


def _bench(request: Request, edge: EdgeDep, act: StaffAct, screen: ScreenDep, recognised: RecognisedDep) -> Bench:
    return Bench(request, edge, act, screen, recognised.staff)


AtBench = Annotated[Bench, Depends(_bench)]
