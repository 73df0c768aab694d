"""Check the newest part of the log while the auditor waits, and say what was checked and what was found.

All of it is checked by `registry log verify` and, with no word of ours to be believed, by `registry-client`.
"""

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.deps import EdgeDep
from registry.console.access import Auditor
from registry.console.audit.room import RoomDep
from registry.console.audit.words import FAULT_TEXT
from registry.services import auditing, detail_check, log_check
from registry.services.log_check import OF_DETAILS, Fault, Finding

router = APIRouter(prefix="/audit")
# So many are checked in less than a second; what is older, the commands check.
NEWEST = 1_024


@router.post("/verify")
async def verify(_: Auditor, room: RoomDep, edge: EdgeDep) -> Response:
    """Check the newest leaves against the newest checkpoint, and what lies sealed beside them against the leaves."""
    reads = room.sight.reads
    recent = await log_check.check_recent(reads, log_public_key=edge.facts.log_public_key, most=NEWEST)
    details = await detail_check.check(reads, master=edge.master, among=recent.entries)
    sealed = [Fault(OF_DETAILS[state], "", -1, id_) for id_, state in details.faults]
    kept = [Fault(Finding.DETAIL_KEPT, "", -1, id_) for id_ in details.kept]
    faults = [(FAULT_TEXT[one.finding], one) for one in (*recent.faults, *sealed, *kept)]
    counted = {"first": recent.first, "size": recent.size, "faults": len(faults)}
    await auditing.record_check(room.sight, because=room.why, **counted)
    return room.page("audit_verified.html", recent=recent, shredded=len(details.shredded), faults=faults)
