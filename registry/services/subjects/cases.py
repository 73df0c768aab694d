"""The person's side of an appeal: whose record it is, what they may read and do there, and the trace of who did it.

What an appeal itself does is in `services/appeals`; the edge asks here first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.ids import IdentifierKind
from registry.domain.subjects import (
    Hearing,
    Sight,
    Subject,
    hearing,
    reads_appeal,
    require_standing,
    same_contacts,
)
from registry.errors import Denied, NotFound
from registry.services.subjects.desk import Desk
from registry.services.subjects.file import touched
from registry.store import reports
from registry.store import subject_records as store
from registry.store.appeals import Appeal
from registry.store.database import WriteSession
from registry.store.subject_records import Touched
from registry_formats.leaf import LeafType

_PHONE = frozenset({IdentifierKind.PHONE})


@dataclass(frozen=True, slots=True)
class Own:
    """A record of one's own, and how much of it one sees."""

    found: Touched
    sight: Sight
    subject: Subject

    def check_details(self) -> None:
        """Demand that its details are seen: a phone alone may be another's by now. Denied `second_contact_needed`."""
        if self.sight is not Sight.DETAILS:
            raise Denied("second_contact_needed")

    def check_reads(self, proved: Collection[IdentifierKind]) -> None:
        """Demand that an appeal of who had proved these contacts may be read. NotFound `appeal_unknown`."""
        if not reads_appeal(self.sight, proved):
            raise NotFound("appeal_unknown")

    def hears(self, appeal: Appeal) -> Hearing:
        """Say how much is heard of an appeal about it."""
        return hearing(self.sight, self._same(appeal), appeal.proved_kinds)

    def check_acts(self, appeal: Appeal) -> None:
        """Demand that a step may be taken in it. NotFound `appeal_unknown`; Denied `second_contact_needed`."""
        self.check_reads(appeal.proved_kinds)
        require_standing(self._same(appeal), appeal.proved_kinds)

    def _same(self, appeal: Appeal) -> frozenset[IdentifierKind]:
        return same_contacts(self.subject, appeal.id, appeal.proved_marks, self.found.kinds)


async def own_records(session: WriteSession, subject: Subject, *, act: Act) -> dict[UUID, Own]:
    """Return every record one sees anything of, by its id."""
    found = await touched(session, subject, act=act)
    own = {one.report.id: Own(one, subject.sees(one.report.id, one.kinds), subject) for one in found}
    return {report_id: one for report_id, one in own.items() if one.sight is not Sight.NOTHING}


async def own_record(session: WriteSession, subject: Subject, report_id: UUID, *, act: Act) -> Own:
    """Return a record of one's own. NotFound `record_unknown`."""
    own = (await own_records(session, subject, act=act)).get(report_id)
    if own is None:
        raise NotFound("record_unknown")
    return own


def proved(subject: Subject) -> Mapping[IdentifierKind, frozenset[bytes]]:
    """Return the stored tokens whose control was proved, by kind."""
    return {kind: frozenset(one.stored for one in subject.tokens if one.kind is kind) for kind in subject.kinds}


async def note(
    session: WriteSession, subject: Subject, step: str, content: Mapping[str, str], *, act: Act, desk: Desk
) -> None:
    """Leave the trace of who took a step or looked, in which capacity, beside that of the step itself."""
    event = AuditEvent(LeafType.APPEAL, "subject.appeal", step, content=content)
    await desk.record(session, subject, event, act=act)


async def answered(session: WriteSession, subject: Subject, report_id: UUID, *, act: Act) -> None:
    """Remember that whoever controls the proved contacts has answered a record: by these it counts as heard.

    A phone number alone says nothing of the person: it may have said only that the number is somebody else's.
    """
    on_record = set(await reports.identities(session, report_id))
    mine = [one for one in subject.tokens if one.stored in on_record]
    if {one.kind for one in mine} - _PHONE:
        await store.add_answers(session, report_id, [one.stored for one in mine], at=act.now)
