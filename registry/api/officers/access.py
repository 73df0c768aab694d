"""What every step of the registry's people has in common: the door, one use case, the case as it stands after it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from registry.api import appeal_models
from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.officers.models import ShownCase
from registry.api.staff_access import StaffAct, denials_recorded, requires_role
from registry.domain.appeal_case import Actor, AppealStep, Said
from registry.domain.appeal_skips import SkipReason
from registry.domain.events import Act
from registry.domain.staff import Role, Staff
from registry.services import appeals
from registry.services.appeals import Exhibit, Standing, Words
from registry.store.database import WriteSession

# As the table of docs/appeals.md says, step by step; the rest is decided there.
Worker = Annotated[Staff, requires_role(Role.OFFICER, Role.REVIEWER)]
Caseworker = Annotated[Staff, requires_role(Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR)]
SecondPerson = Annotated[Staff, requires_role(Role.REVIEWER, Role.SUPERVISOR)]
Reader = Annotated[Staff, requires_role(Role.AUDITOR, Role.OFFICER, Role.PANEL, Role.REVIEWER, Role.SUPERVISOR)]


@dataclass(frozen=True, slots=True)
class Counter:
    """One request at one case: its transaction, and in whose name."""

    session: WriteSession
    edge: Edge
    act: Act

    async def step(
        self, staff: Staff, appeal_id: UUID, step: AppealStep, said: Said = None, words: Words | None = None
    ) -> ShownCase:
        """Take a step; what the rules deny to this person is recorded."""
        by, desk = Actor.of(staff), self.edge.appeals
        async with denials_recorded(self.edge, self.act):
            done = await appeals.step(self.session, appeal_id, step, said, by=by, act=self.act, desk=desk, words=words)
            if step is AppealStep.CLAIM:
                await appeals.note_passed_over(self.session, done, by=staff.staff_id, act=self.act, desk=desk)
        return self.shown(done)

    async def skip(self, staff: Staff, appeal_id: UUID, reason: SkipReason) -> ShownCase:
        """Leave a case to colleagues."""
        by, desk = staff.staff_id, self.edge.appeals
        return self.shown(await appeals.skip(self.session, appeal_id, reason, by=by, act=self.act, desk=desk))

    async def put_forward(self, staff: Staff, appeal_id: UUID, exhibits: list[Exhibit]) -> ShownCase:
        """Add to the manifest."""
        by, desk = Actor.of(staff), self.edge.appeals
        async with denials_recorded(self.edge, self.act):
            done = await appeals.add_evidence(self.session, appeal_id, exhibits, by=by, act=self.act, desk=desk)
        return self.shown(done)

    async def remark(self, staff: Staff, appeal_id: UUID, words: Words) -> ShownCase:
        """Add to the thread."""
        by, desk = Actor.of(staff), self.edge.appeals
        return self.shown(await appeals.remark(self.session, appeal_id, words, by=by, act=self.act, desk=desk))

    def shown(self, standing: Standing) -> ShownCase:
        """Show a case as it stands."""
        summed = appeals.summary(standing, self.edge.appeals)
        return ShownCase(**case_fields(summed, livemode=self.edge.facts.livemode))


def case_fields(one: appeals.Summary, *, livemode: bool) -> dict[str, object]:
    """Return what the registry's people see of an appeal beyond what a member does."""
    return appeal_models.summary(one, livemode=livemode) | {
        "holder": one.appeal.holder,
        "next_due_at": one.appeal.next_due_at,
        "evidence_digest": one.appeal.evidence or None,
    }


def _counter(session: Writes, edge: EdgeDep, act: StaffAct) -> Counter:
    return Counter(session, edge, act)


AtCounter = Annotated[Counter, Depends(_counter, scope="function")]
