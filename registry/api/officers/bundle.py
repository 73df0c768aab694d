"""A case handed over in one archive: as JSON and as letters for people, with the proofs of its own trail in the log."""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from registry.api.deps import EdgeDep
from registry.api.edge import Edge
from registry.api.officers.access import Caseworker
from registry.api.officers.case import shown, whole
from registry.api.officers.models import CasePage
from registry.api.staff_access import StaffAct
from registry.domain.events import Act, timestamp
from registry.letters import pdf
from registry.letters.compose import Letter
from registry.services import appeals, auditing, casefiles
from registry.services.auditing import Look
from registry.services.casefiles import Bundle
from registry.store.appeal_threads import KeptLetter
from registry_formats import canonical, referrals

router = APIRouter(prefix="/v1/officers", tags=["officers"])

_ZIP: Mapping[int | str, dict[str, Any]] = {
    200: {
        "description": "The bundle; its manifest names every file.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "a ZIP"}},
    }
}


@router.get(
    "/appeals/{appeal_id}/bundle",
    operation_id="fetchCase",
    summary="Fetch a case with its proofs",
    response_class=Response,
    responses=dict(_ZIP),
)
async def fetch(_: Caseworker, edge: EdgeDep, act: StaffAct, appeal_id: UUID) -> Response:
    """Make the bundle: the case as shown, both manifests of evidence, the letters, proofs of the log."""
    made = await bundle(edge, act, appeal_id)
    headers = {"content-disposition": f'attachment; filename="case-{appeal_id}.zip"', "cache-control": "no-store"}
    return Response(made, headers=headers, media_type="application/zip")


async def bundle(edge: Edge, act: Act, appeal_id: UUID) -> bytes:
    """Read, make, record: apart, because no transaction may wait for the drawing of letters.

    Errors: NotFound `appeal_unknown`; Misconfigured `font_missing`, see `letters.pdf`.
    """
    async with edge.database.write() as session, edge.audit_database.read() as reads:
        found = await whole(session, reads, edge, act, appeal_id)
        tags, steps = auditing.tags_of(found.file.stored, edge.auditing), [one.entry_id for one in found.page.steps]
        entries = await auditing.proofs_of_appeal(reads, appeal_id, tags, steps, desk=edge.auditing)
    letters = appeals.opened_letters(found.page, desk=edge.appeals)
    page = shown(found, livemode=edge.facts.livemode)
    facts = {"appeal_id": str(appeal_id), "handed_at": timestamp(act.now), "realm": edge.facts.realm}
    made = await to_thread(assemble, page, letters, entries, facts)
    about = Bundle(appeal_id, tuple(one.id for one in entries), sha256(made).hexdigest())
    async with edge.database.write() as session:
        report_id = found.page.standing.report.id
        await casefiles.hand_over(session, report_id, found.file, about, act=act, desk=edge.casefiles)
    return made


def assemble(
    page: CasePage, letters: Sequence[tuple[KeptLetter, Letter]], entries: Sequence[Look], facts: Mapping[str, str]
) -> bytes:
    """Make the ZIP; each letter takes a good part of a second, so not on the event loop."""
    case = page.model_dump(mode="json", by_alias=True)
    filed = case["filing"]["evidence"] if case["filing"] else []
    files = {
        "case.json": canonical.dumps(case),
        "evidence.json": canonical.dumps({"appeal": case["evidence"], "report": filed}),
        **{f"letters/{kept.kind}-{kept.id}.pdf": pdf.render(letter) for kept, letter in letters},
    }
    for one in entries:
        files[f"log/{one.id}.json"] = referrals.entry_file(one.entry.sealed.leaf, one.entry.openings)
        if one.proof is not None:
            files[f"log/{one.id}.tlog-proof"] = one.proof.encode()
    return referrals.pack(files, facts, form=referrals.CASE_FORMAT)
