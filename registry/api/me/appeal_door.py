"""The person's door to appeals: first whose record it is, then the step, then the trace of who took it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from registry.api import appeal_models
from registry.api.appeal_models import ShownAppeal
from registry.api.edge import Edge
from registry.domain.appeal_case import SUBJECT, AppealStep
from registry.domain.appeal_files import MessageKind, Side
from registry.domain.events import Act
from registry.domain.subjects import Hearing, Subject, reads_appeal, require_contact
from registry.errors import Denied, NotFound
from registry.letters.compose import Letter
from registry.services import appeals, uploads
from registry.services.appeals import Exhibit, Lodging, Page, Standing, Summary, Words
from registry.services.subjects import cases
from registry.services.subjects.cases import Own
from registry.services.uploads import Opened, Reader
from registry.store.appeal_threads import KeptLetter
from registry.store.database import WriteSession

# After these the person has been heard.
_ANSWERS = frozenset({AppealStep.PROVE, AppealStep.REPLY})


class Door(NamedTuple):
    """One request of a person about appeals."""

    subject: Subject
    edge: Edge
    session: WriteSession
    act: Act

    async def listed(self) -> list[Summary]:
        """List the appeals that the person may read."""
        own = await cases.own_records(self.session, self.subject, act=self.act)
        found = await appeals.of_reports(self.session, list(own), desk=self.edge.appeals)
        shown = [one for one in found if reads_appeal(own[one.report.id].sight, one.appeal.proved_kinds)]
        await self._note("list", {"appeals": " ".join(str(one.appeal.id) for one in shown)})
        return shown

    async def lodge(self, report_id: UUID, said: Lodging) -> ShownAppeal:
        """Lodge an appeal. NotFound `record_unknown`, and as `appeals.lodge`."""
        await cases.own_record(self.session, self.subject, report_id, act=self.act)
        done = await appeals.lodge(self.session, report_id, said, act=self.act, desk=self.edge.appeals)
        if done.appeal.proved_kinds:
            await cases.answered(self.session, self.subject, report_id, act=self.act)
        return await self.done(done, "lodge")

    async def prove(self, appeal_id: UUID) -> ShownAppeal:
        """Bring the proof that an appeal waits for. NotFound `appeal_unknown`; Denied `contact_needed`."""
        standing, _ = await self.reads(appeal_id)
        require_contact(self.subject)
        proved, desk = cases.proved(self.subject), self.edge.appeals
        done = await appeals.prove(self.session, appeal_id, proved, act=self.act, desk=desk)
        await cases.answered(self.session, self.subject, standing.report.id, act=self.act)
        return await self.done(done, AppealStep.PROVE)

    async def step(self, appeal_id: UUID, step: AppealStep, words: Words | None = None) -> ShownAppeal:
        """Take a step that is the person's. NotFound `appeal_unknown`; Denied `second_contact_needed`."""
        await self.acts(appeal_id)
        desk = self.edge.appeals
        done = await appeals.step(self.session, appeal_id, step, by=SUBJECT, act=self.act, desk=desk, words=words)
        if step in _ANSWERS:
            await cases.answered(self.session, self.subject, done.report.id, act=self.act)
        return await self.done(done, step)

    async def reads(self, appeal_id: UUID) -> tuple[Standing, Hearing]:
        """Demand that the person may read this appeal, note the look, and say how much. NotFound `appeal_unknown`."""
        standing, own = await self._own(appeal_id)
        own.check_reads(standing.appeal.proved_kinds)
        await self._note("read", {"appeal": str(appeal_id)})
        return standing, own.hears(standing.appeal)

    async def page(self, appeal_id: UUID) -> Page:
        """Read all of an appeal that the person may see. NotFound `appeal_unknown`."""
        _, heard = await self.reads(appeal_id)
        found = await appeals.show(self.session, appeal_id, side=Side.SUBJECT, act=self.act, desk=self.edge.appeals)
        return _within(found, heard)

    async def file(self, appeal_id: UUID, evidence_id: UUID) -> Opened:
        """Open a file of it. NotFound `appeal_unknown`, `evidence_unknown`, `file_missing`."""
        _, heard = await self.reads(appeal_id)
        by, desk = Reader(Side.SUBJECT, own_only=heard is Hearing.OWN), self.edge.uploads
        return await uploads.look(self.session, appeal_id, evidence_id, by=by, act=self.act, desk=desk)

    async def put_forward(self, appeal_id: UUID, exhibits: Sequence[Exhibit]) -> ShownAppeal:
        """Add to the manifest; the bytes follow apart. Errors as `step`."""
        await self.acts(appeal_id)
        desk = self.edge.appeals
        done = await appeals.add_evidence(self.session, appeal_id, exhibits, by=SUBJECT, act=self.act, desk=desk)
        return await self.done(done, "add_evidence")

    async def say(self, appeal_id: UUID, text: str) -> ShownAppeal:
        """Add a remark to the thread, which the member that filed the record reads as well. Errors as `step`."""
        await self.acts(appeal_id)
        words, desk = Words(MessageKind.REMARK, text), self.edge.appeals
        done = await appeals.remark(self.session, appeal_id, words, by=SUBJECT, act=self.act, desk=desk)
        return await self.done(done, "say")

    async def letter(self, appeal_id: UUID, letter_id: UUID) -> tuple[KeptLetter, Letter]:
        """Read a letter to the person. NotFound `appeal_unknown`, `letter_unknown`; Denied `second_contact_needed`."""
        _, heard = await self.reads(appeal_id)
        if heard is not Hearing.ALL:
            raise Denied("second_contact_needed")
        desk = self.edge.appeals
        return await appeals.letter(self.session, appeal_id, letter_id, side=Side.SUBJECT, act=self.act, desk=desk)

    async def acts(self, appeal_id: UUID) -> Standing:
        """Demand that the person may act in it. NotFound `appeal_unknown`; Denied `second_contact_needed`."""
        standing, own = await self._own(appeal_id)
        own.check_acts(standing.appeal)
        return standing

    async def done(self, done: Standing, step: str) -> ShownAppeal:
        """Note who took a step, and show what it led to."""
        await self._note(step, {"appeal": str(done.appeal.id), "report": str(done.report.id)})
        shown = appeals.summary(done, self.edge.appeals)
        return ShownAppeal(**appeal_models.summary(shown, livemode=self.edge.facts.livemode))

    async def _own(self, appeal_id: UUID) -> tuple[Standing, Own]:
        standing = await appeals.look(self.session, appeal_id, self.edge.appeals)
        own = (await cases.own_records(self.session, self.subject, act=self.act)).get(standing.report.id)
        if own is None:
            raise NotFound("appeal_unknown")
        return standing, own

    async def _note(self, step: str, content: dict[str, str]) -> None:
        await cases.note(self.session, self.subject, step, content, act=self.act, desk=self.edge.subjects)


def _within(found: Page, heard: Hearing) -> Page:
    """Leave out of an appeal what its reader does not hear; letters name the member and what the record says."""
    if heard is Hearing.ALL:
        return found
    if heard is Hearing.OPEN:
        thread = tuple(one for one in found.thread if Side.MEMBER in one.message.visible_to)
        return replace(found, thread=thread, letters=())
    standing = found.standing
    silent = replace(standing.case, draft=None, second=standing.case.second and replace(standing.case.second, votes=()))
    return replace(
        found,
        standing=replace(standing, case=silent),
        thread=tuple(one for one in found.thread if one.message.side is not Side.MEMBER),
        evidence=tuple(one for one in found.evidence if one.side is Side.SUBJECT),
        letters=(),
    )
