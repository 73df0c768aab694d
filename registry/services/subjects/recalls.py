"""What became of the recalls of one's own records: the whole chain, from being told to the restriction being lifted."""

from datetime import datetime
from uuid import UUID

from registry.domain.events import Act, AuditEvent
from registry.domain.subjects import Subject, require_more_than_a_phone
from registry.services.subjects.desk import Desk
from registry.services.subjects.file import touched
from registry.store import recall_chains as store
from registry.store.database import WriteSession
from registry.store.recall_chains import Chain
from registry_formats.leaf import LeafType


async def chains(
    session: WriteSession,
    subject: Subject,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None,
    act: Act,
    desk: Desk,
) -> list[Chain]:
    """List the recalls of every record whose details the proved contacts show, newest first.

    The log has each step, tagged with the record's identities; the look leaves a trace as well.

    Errors: Denied `contact_needed`, `second_contact_needed`.
    """
    require_more_than_a_phone(subject)
    found = await touched(session, subject, act=act)
    own = [one.report.id for one in found if subject.reads(one.report.id, one.kinds)]
    shown = await store.of_reports(session, own, limit=limit, before=before)
    content = {"recalls": [str(one.recall.id) for one in shown]}
    event = AuditEvent(LeafType.QUERY, "subject.recalls", "answered", content=content)
    await desk.record(session, subject, event, act=act)
    return shown
