"""Recovery of accounts: one person asks and is shown a countersign, another approves and is shown a link."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from registry.api.deps import Writes
from registry.clock import real_time
from registry.console.access import SignedIn
from registry.console.accounts.charge import AtStaff, InCharge
from registry.console.accounts.home import AtHome
from registry.console.doors import SEE_OTHER
from registry.services import staff as use_cases

router = APIRouter()


@router.post("/staff/{staff_id}/recover")
async def ask(by: InCharge, desk: AtStaff, session: Writes, staff_id: UUID) -> Response:
    """Ask that the owner of an account may choose afresh; show the countersign, once."""
    async with desk.watched():
        asked = await use_cases.ask(session, staff_id, act=desk.act, now=real_time(), desk=desk.desk, by=by)
    return desk.screen.page("staff_asked.html", asked=asked)


@router.post("/staff/recoveries/{recovery_id}/approve")
async def approve(by: InCharge, desk: AtStaff, session: Writes, recovery_id: UUID) -> Response:
    """Approve what another asked for; show the link, once."""
    async with desk.watched():
        made = await use_cases.approve(session, recovery_id, act=desk.act, now=real_time(), desk=desk.desk, by=by)
    return desk.handed(made)


@router.post("/staff/recoveries/{recovery_id}/refuse")
async def refuse(by: InCharge, desk: AtStaff, session: Writes, recovery_id: UUID) -> Response:
    """Stop a recovery that nobody has approved."""
    async with desk.watched():
        await use_cases.refuse(session, recovery_id, act=desk.act, now=real_time(), desk=desk.desk, by=by)
    return RedirectResponse("/console/staff", SEE_OTHER)


@router.post("/account/recovery/{recovery_id}/refuse")
async def refuse_own(staff: SignedIn, home: AtHome, session: Writes, recovery_id: UUID) -> Response:
    """Stop the recovery of one's own account, which nobody needs who is signed in."""
    await use_cases.refuse(session, recovery_id, act=home.act, now=home.now, desk=home.desk, by=staff)
    return RedirectResponse("/console/account", SEE_OTHER)
