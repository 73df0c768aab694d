"""What every auditor's operation asks for: the auditor's own sight of the log, and why it is wanted.

`AuditReads` signs in as the auditor, who can write nothing; the entry about the read is written by the API's own
role, in a transaction that begins when all is read. Both end before the first byte of the answer leaves, so what could
not be recorded is not shown.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from registry.api import cursors
from registry.api.deps import EdgeDep
from registry.api.sights import open_sight
from registry.api.staff_access import StaffAct, requires_role
from registry.api.strings import Cursor, RequestModel, Sentence
from registry.api.visits import visit_of
from registry.domain.audit_filters import Because
from registry.domain.ids import Purpose
from registry.domain.staff import Role
from registry.services.auditing import Sight
from registry.store.database import ReadSession

MOST = 100
_EPOCH_MS = 80

# An appeal, a subject's request, the auditor's own sample (domain.audit_filters.AUDITOR_PURPOSES).
AuditPurpose = Literal["Q3", "Q4", "Q5"]


def auditors_router() -> APIRouter:
    """Make a router whose every route is for auditors alone, which is checked before anything else."""
    return APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[requires_role(Role.AUDITOR)])


async def _audit_reads(edge: EdgeDep) -> AsyncIterator[ReadSession]:
    async with edge.audit_database.read() as session:
        yield session


AuditReads = Annotated[ReadSession, Depends(_audit_reads, scope="function")]


async def _sight(reads: AuditReads, act: StaffAct, edge: EdgeDep) -> AsyncIterator[Sight]:
    async with open_sight(reads, edge.database, act=act, desk=edge.auditing) as sight:
        yield sight


def _because(
    purpose: Annotated[AuditPurpose, Query(examples=["Q5"])],
    reason: Annotated[Sentence, Query(examples=["The yearly round."])],
) -> Because:
    return Because(Purpose(purpose), reason)


def _language(request: Request) -> str:
    return visit_of(request.scope).language


SightDep = Annotated[Sight, Depends(_sight, scope="function")]
Why = Annotated[Because, Depends(_because)]
Language = Annotated[str, Depends(_language)]
Limit = Annotated[int, Query(ge=1, le=MOST)]


class Reasoned(RequestModel):
    """Why something is read: for an appeal (Q3), for the subject (Q4), in an audit (Q5); and the reason in words."""

    purpose: AuditPurpose
    reason: Sentence

    def because(self) -> Because:
        """Return it as the use cases know it."""
        return Because(Purpose(self.purpose), self.reason)


def _before(cursor: Cursor | None = None) -> UUID | None:
    place = cursors.decode(cursor, at="cursor")
    return place[1] if place else None


Before = Annotated[UUID | None, Depends(_before)]


def next_cursor(last: UUID) -> str:
    """Write the place after the entry, look or sample of this id, whose time is in the id."""
    return cursors.encode(datetime.fromtimestamp((last.int >> _EPOCH_MS) / 1000, UTC), last)
