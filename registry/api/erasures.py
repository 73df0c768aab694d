"""Erasures: one supervisor proposes, another approves or refuses; auditors may look."""

import secrets
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from registry.api import cursors
from registry.api.audit.deps import AuditReads
from registry.api.deps import EdgeDep, Writes, record_denial
from registry.api.edge import Edge
from registry.api.staff_access import StaffAct, Supervisor, requires_role
from registry.api.strings import Cursor, RequestModel, Sha256Hex
from registry.domain.erasures import ErasureState, LegalBasis, Step
from registry.domain.events import Act
from registry.domain.staff import Role, Staff
from registry.errors import Denied
from registry.services import erasures
from registry.store.database import WriteSession
from registry.store.erasures import Erasure

router = APIRouter(prefix="/v1/erasures", tags=["erasures"])

Looker = Annotated[Staff, requires_role(Role.AUDITOR, Role.SUPERVISOR)]

_ID = "01937d5e-8c00-7a10-8000-0000000000f1"
_ENTRY = "01937d5e-8c00-7a10-8000-0000000000e1"
_SHOWN: dict[str, Any] = {
    "erasure_id": _ID,
    "state": "proposed",
    "legal_basis": "consent_withdrawn",
    "entry_id": _ENTRY,
    "proposed_by": "01937d5e-8c00-7a10-8000-0000000000d1",
    "proposed_at": "2026-11-21T12:00:00Z",
    "expires_at": "2026-11-28T12:00:00Z",
    "decided_by": None,
    "decided_at": None,
    "completed_at": None,
    "entries": 0,
    "items": 0,
    "identities": 0,
}


class ProposedErasure(RequestModel):
    """Whom to erase, by the opaque tag of an entry about them, and why (PIPL article 47)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"entry_id": _ENTRY, "tag": "5f" * 32, "legal_basis": "consent_withdrawn"}]}
    )

    entry_id: UUID
    tag: Sha256Hex
    legal_basis: LegalBasis


class ShownErasure(BaseModel):
    """An erasure and how far it has come: entries, claims of batches, and identities of reports. Never the tag."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    erasure_id: UUID
    state: ErasureState
    legal_basis: LegalBasis
    entry_id: UUID
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    completed_at: datetime | None
    entries: int
    items: int
    identities: int


class ErasurePage(BaseModel):
    """Erasures, the newest first; `next_cursor` leads to older ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"erasures": [_SHOWN], "next_cursor": None}]})

    erasures: list[ShownErasure]
    next_cursor: str | None


@router.post("", operation_id="proposeErasure", summary="Propose to erase a person", status_code=201)
async def propose(
    staff: Supervisor, wish: ProposedErasure, edge: EdgeDep, session: Writes, reads: AuditReads, act: StaffAct
) -> ShownErasure:
    """Propose an erasure; another supervisor has seven days to decide."""
    one = await erasures.propose(
        session,
        reads,
        bytes.fromhex(wish.tag),
        wish.entry_id,
        wish.legal_basis,
        by=staff.staff_id,
        act=act,
        trail=edge.trail,
        entropy=secrets.token_bytes,
    )
    return _shown(one)


@router.post("/{erasure_id}:approve", operation_id="approveErasure", summary="Approve an erasure")
async def approve(staff: Supervisor, erasure_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownErasure:
    """Approve what another supervisor proposed; the worker begins within seconds, and nothing takes it back."""
    return await _resolve(session, erasure_id, Step.APPROVE, staff=staff, act=act, edge=edge)


@router.post("/{erasure_id}:refuse", operation_id="refuseErasure", summary="Refuse an erasure")
async def refuse(staff: Supervisor, erasure_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownErasure:
    """Refuse what another supervisor proposed; its tag is forgotten."""
    return await _resolve(session, erasure_id, Step.REFUSE, staff=staff, act=act, edge=edge)


@router.get("", operation_id="listErasures", summary="List erasures")
async def page(
    _: Looker,
    edge: EdgeDep,
    session: Writes,
    act: StaffAct,
    state: Annotated[ErasureState | None, Query(examples=["approved"])] = None,
    limit: Annotated[int, Query(ge=1, le=cursors.MOST)] = 50,
    cursor: Cursor | None = None,
) -> ErasurePage:
    """List erasures, the newest first."""
    after = cursors.decode(cursor, at="cursor")
    found = await erasures.page(session, state=state, limit=limit, after=after, act=act, trail=edge.trail)
    return ErasurePage(
        erasures=[_shown(one) for one in found],
        next_cursor=cursors.following(found, limit, lambda one: (one.proposed_at, one.id)),
    )


@router.get("/{erasure_id}", operation_id="showErasure", summary="Show an erasure")
async def show(_: Looker, erasure_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownErasure:
    """Show an erasure and how far it has come."""
    return _shown(await erasures.show(session, erasure_id, act=act, trail=edge.trail))


async def _resolve(
    session: WriteSession, erasure_id: UUID, step: Step, *, staff: Staff, act: Act, edge: Edge
) -> ShownErasure:
    try:
        done = await erasures.resolve(session, erasure_id, step, by=staff.staff_id, act=act, trail=edge.trail)
    except Denied:
        # The attempt is itself worth knowing, and this transaction is rolled back.
        await record_denial(edge, {"erasure": str(erasure_id), "step": step.value}, act=act)
        raise
    return _shown(done)


def _shown(one: Erasure) -> ShownErasure:
    return ShownErasure(
        erasure_id=one.id,
        state=one.state,
        legal_basis=one.legal_basis,
        entry_id=one.entry_id,
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at,
        expires_at=one.standing.expires_at,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        completed_at=one.completed_at,
        entries=one.entries,
        items=one.items,
        identities=one.identities,
    )
