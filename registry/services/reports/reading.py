"""Show a member its own reports; each look leaves a trace."""

from dataclasses import dataclass, replace
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.notices import serve_by
from registry.errors import NotFound
from registry.services import audit
from registry.services.reports.desk import LEGAL_BASIS, Desk
from registry.services.reports.filing import Filed
from registry.store import report_lists
from registry.store import reports as store
from registry.store.database import WriteSession
from registry.store.report_lists import Wanted
from registry.store.reports import Report, Revision
from registry_formats.leaf import LeafType


@dataclass(frozen=True, slots=True)
class History:
    """A report and everything that was done to it."""

    filed: Filed
    revisions: tuple[Revision, ...]


async def get(session: WriteSession, report_id: UUID, *, caller: Caller, act: Act, desk: Desk) -> History:
    """Show one report of the caller's; NotFound `report_unknown` for any other."""
    found = await store.find(session, report_id=report_id, member_id=caller.member_id)
    if found is None:
        raise NotFound("report_unknown")
    history = await store.revisions(session, report_id)
    event = AuditEvent(
        LeafType.QUERY,
        "report.read",
        "answered",
        legal_basis=LEGAL_BASIS,
        subject=tuple(await store.identities(session, report_id)),
        content={"report": str(report_id), "revision": found.revision},
    )
    await audit.record(session, event, act=act, trail=desk.trail)
    return History(_filed(found, desk), tuple(history))


async def page(
    session: WriteSession, wanted: Wanted, *, caller: Caller, act: Act, desk: Desk
) -> tuple[list[Filed], bool]:
    """List the wanted ones of the caller's reports in the order of filing; and say whether more follow."""
    one_more = replace(wanted, limit=wanted.limit + 1)
    rows = await report_lists.page(session, one_more, member_id=caller.member_id)
    found, more = rows[: wanted.limit], len(rows) > wanted.limit
    content = {"reports": [str(one.id) for one in found]}
    event = AuditEvent(LeafType.QUERY, "report.list", "answered", legal_basis=LEGAL_BASIS, content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
    return [_filed(one, desk) for one in found], more


def _filed(report: Report, desk: Desk) -> Filed:
    return Filed(report, serve_by(report.filed_at, desk.policies[report.policy].clocks))
