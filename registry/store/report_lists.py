"""A member's reports in lists, by the order of filing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from registry.domain.ids import ReportState
from registry.store.database import WriteSession
from registry.store.reports import COLUMNS, Report, row_to_report
from registry.store.schema import report


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports of a list: so many, after (filed_at, id), changed at or after an instant, in one state.

    `newest_first` turns the order round, and with it what comes after a place.
    """

    limit: int
    after: tuple[datetime, UUID] | None = None
    updated_since: datetime | None = None
    state: ReportState | None = None
    newest_first: bool = False


async def page(session: WriteSession, wanted: Wanted, *, member_id: UUID) -> list[Report]:
    """List a member's reports in the order of filing, or from the newest back."""
    place = tuple_(report.c.filed_at, report.c.id)
    order = [column.desc() if wanted.newest_first else column for column in place.clauses]
    rows = select(*COLUMNS).where(report.c.member_id == member_id).order_by(*order)
    if wanted.after is not None:
        rows = rows.where(place < wanted.after if wanted.newest_first else place > wanted.after)
    if wanted.state is not None:
        rows = rows.where(report.c.state == wanted.state)
    if wanted.updated_since is not None:
        rows = rows.where((report.c.state_at >= wanted.updated_since) | (report.c.revised_at >= wanted.updated_since))
    return [row_to_report(row) for row in await session.execute(rows.limit(wanted.limit))]
