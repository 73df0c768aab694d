"""One-time links: a member lets a person read that member's own record of them, and nothing else."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.subjects import LINK_LIFE
from registry.errors import NotFound
from registry.services import audit
from registry.services.subjects.desk import Desk
from registry.services.subjects.sessions import hash_of, new_secret
from registry.store import reports
from registry.store import subjects as store
from registry.store.database import WriteSession
from registry.store.subjects import Link
from registry_formats.leaf import LeafType

BASIS = "own_report"


@dataclass(frozen=True, slots=True)
class Issued:
    """A link as its member gets it; the secret exists nowhere else."""

    link_id: UUID
    secret: str = field(repr=False)
    expires_at: datetime


async def issue(
    session: WriteSession, report_id: UUID, *, caller: Caller, act: Act, now: datetime, desk: Desk
) -> Issued:
    """Issue a link to one of the caller's own reports. NotFound `report_unknown` for any other.

    It is no proof of service: the registry serves its notice itself.
    """
    found = await reports.find(session, report_id=report_id, member_id=caller.member_id)
    if found is None:
        raise NotFound("report_unknown")
    issued = Issued(desk.new_id(now), new_secret(desk), now + LINK_LIFE)
    link = Link(issued.link_id, report_id, caller.member_id, issued.expires_at, None)
    await store.issue_link(session, link, secret_hash=hash_of(issued.secret), now=now)
    event = AuditEvent(
        LeafType.REPORT,
        "subject_link.issue",
        "issued",
        legal_basis=BASIS,
        subject=tuple(await reports.identities(session, report_id)),
        content={"link": str(issued.link_id), "report": str(report_id)},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return issued
