"""A case on one page: who says what, what was filed on what proof, every step, and what the log holds of it."""

from typing import NamedTuple
from uuid import UUID

from fastapi import APIRouter

from registry.api import appeal_models
from registry.api.audit.deps import AuditReads
from registry.api.audit.models import instant, type_name
from registry.api.deps import EdgeDep, Writes
from registry.api.edge import Edge
from registry.api.officers.access import Reader
from registry.api.officers.filed import ShownEffect, ShownFiling, ShownPillar, TracedEntry
from registry.api.officers.models import CasePage, ShownCorrection, ShownDraft, ShownStep
from registry.api.staff_access import StaffAct
from registry.domain.appeal_case import Case
from registry.domain.appeal_corrections import Correction
from registry.domain.appeal_digests import draft_digest
from registry.domain.appeal_files import Side
from registry.domain.events import Act
from registry.services import appeals, auditing, casefiles
from registry.services.appeals import Page
from registry.services.auditing import Trace, Traced
from registry.services.casefiles import CaseFile
from registry.store.appeals import Step
from registry.store.database import ReadSession, WriteSession
from registry_formats.leaf import Group, LeafType
from registry_formats.merkle import hash_leaf

router = APIRouter(prefix="/v1/officers", tags=["officers"])


class Whole(NamedTuple):
    """An appeal, its record, and what the log holds of it."""

    page: Page
    file: CaseFile
    trace: Trace


@router.get("/appeals/{appeal_id}", operation_id="showCase", summary="Show an appeal in full")
async def show(
    _: Reader, session: Writes, reads: AuditReads, edge: EdgeDep, act: StaffAct, appeal_id: UUID
) -> CasePage:
    """Show a case on one page: who says what, what was filed, what was put forward, the draft, and every step."""
    return shown(await whole(session, reads, edge, act, appeal_id), livemode=edge.facts.livemode)


async def whole(session: WriteSession, reads: ReadSession, edge: Edge, act: Act, appeal_id: UUID) -> Whole:
    """Open all of a case; both looks leave their trace. NotFound `appeal_unknown`."""
    page = await appeals.show(session, appeal_id, side=Side.REGISTRY, act=act, desk=edge.appeals)
    file = await casefiles.show(session, page.standing.report, appeal_id=appeal_id, act=act, desk=edge.casefiles)
    tags = auditing.tags_of(file.stored, edge.auditing)
    steps = [one.entry_id for one in page.steps]
    return Whole(page, file, await auditing.of_appeal(reads, appeal_id, tags, steps, desk=edge.auditing))


def shown(found: Whole, *, livemode: bool) -> CasePage:
    """Shape a case."""
    row, told = found.page.standing.appeal, found.file.told
    return CasePage(
        **appeal_models.page(found.page, livemode=livemode),
        holder=row.holder,
        next_due_at=row.next_due_at,
        draft=_draft(found.page.standing.case),
        steps=[_step(one) for one in found.page.steps],
        filing=ShownFiling.of(told) if told else None,
        pillars=[ShownPillar.of(one) for one in told.pillars] if told else [],
        effect=ShownEffect.of(found.file.effect),
        trace=[_traced(one) for one in found.trace.entries],
        trace_more=found.trace.more,
    )


def _draft(case: Case) -> ShownDraft | None:
    draft = case.draft
    if draft is None:
        return None
    return ShownDraft(
        digest=draft_digest(draft),
        result=draft.result,
        reasons=draft.reasons,
        findings=sorted(draft.findings),
        act_denied=draft.act_denied,
        automation=list(draft.automation),
        correction=_correction(draft.correction),
        void=draft.evidence != case.evidence,
        approved_by=list(case.approved_by),
    )


def _correction(says: Correction | None) -> ShownCorrection | None:
    if says is None:
        return None
    left = None if says.aggravations is None else sorted(says.aggravations)
    return ShownCorrection(amount_minor=says.amount_minor, confidence=says.confidence, aggravations=left)


def _step(one: Step) -> ShownStep:
    return ShownStep(
        step=one.step or "lodge",
        party=one.party,
        staff_id=one.staff_id,
        state=one.state,
        at=one.at,
        due_at=one.due_at,
        entry_id=one.entry_id,
    )


def _traced(one: Traced) -> TracedEntry:
    sealed, org = one.entry.sealed, one.entry.openings.get(Group.ORG)
    said = org.detail if org is not None else {}
    return TracedEntry(
        entry_id=sealed.id,
        action=str(said.get("action", "")),
        type=type_name(LeafType(one.entry.leaf.kind)),
        at=instant(one.entry.leaf.t_ms),
        legal_basis=str(said.get("legal_basis", "")),
        leaf_hash=hash_leaf(sealed.leaf).hex(),
        index=sealed.idx,
        checkpoint_size=one.signed.size if one.signed is not None else None,
    )
