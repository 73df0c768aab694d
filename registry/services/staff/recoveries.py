"""Recovery by two people: one asks and gets a countersign, another approves and gets a link; the owner needs both."""

from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from registry.domain.events import Act
from registry.domain.recoveries import RECOVERY_LIFE, Holder, RecoveryState, RecoveryStep, check_ask, decide
from registry.domain.staff import Staff
from registry.errors import Conflict
from registry.services.staff.desk import Desk
from registry.services.staff.invitations import Invitation, countersign_hash, start_afresh
from registry.store import recoveries as store
from registry.store import staff as accounts
from registry.store.database import ReadSession, WriteSession
from registry.store.recoveries import Recovery
from registry.store.staff import Account

_COUNTERSIGN_BYTES = 10  # 16 letters and digits


@dataclass(frozen=True, slots=True)
class Asked:
    """A recovery as whoever asked for it is told, once."""

    recovery_id: UUID
    countersign: str = field(repr=False)
    expires_at: datetime


async def ask(session: WriteSession, staff_id: UUID, *, act: Act, now: datetime, desk: Desk, by: Staff) -> Asked:
    """Ask that an account be recovered.

    Errors: NotFound `staff_unknown`; Denied `own_account`, `role_not_yours_to_grant`; Conflict `recovery_open`.
    """
    account = await accounts.lock(session, staff_id=staff_id)
    check_ask(by, _holder(account))
    await _let_lapse(session, account, now=now)
    countersign = _spelled(desk.entropy(_COUNTERSIGN_BYTES))
    asked = Recovery(desk.new_id(now), staff_id, RecoveryState.ASKED, by.staff_id, now, countersign_hash(countersign))
    await store.insert_one(session, asked)
    await desk.record_change(session, "staff.ask_recovery", staff_id, act=act, recovery=str(asked.id))
    return Asked(asked.id, countersign, now + RECOVERY_LIFE)


async def approve(
    session: WriteSession, recovery_id: UUID, *, act: Act, now: datetime, desk: Desk, by: Staff
) -> Invitation:
    """Approve what another asked for: all the account signed in with ends, and its owner is invited afresh.

    Errors: NotFound `recovery_unknown`; Denied `own_account`, `same_person`, `role_not_yours_to_grant`; Conflict
    `recovery_step_refused`.
    """
    found, account = await _step(session, recovery_id, RecoveryStep.APPROVE, by=by, now=now)
    return await start_afresh(
        session, account, "staff.approve_recovery", act=act, now=now, desk=desk, countersign_hash=found.countersign_hash
    )


async def refuse(session: WriteSession, recovery_id: UUID, *, act: Act, now: datetime, desk: Desk, by: Staff) -> None:
    """Put an end to a recovery that nobody has approved; its owner may, too. Errors as of `approve`."""
    _, account = await _step(session, recovery_id, RecoveryStep.REFUSE, by=by, now=now)
    await desk.record_change(session, "staff.refuse_recovery", account.id, act=act, recovery=str(recovery_id))


async def waiting(session: ReadSession, *, now: datetime, by: Staff) -> list[Recovery]:
    """List what waits to be decided; a member's people see their own colleagues only."""
    return await store.list_asked(session, since=now - RECOVERY_LIFE, member_id=by.member_id)


async def _step(
    session: WriteSession, recovery_id: UUID, step: RecoveryStep, *, by: Staff, now: datetime
) -> tuple[Recovery, Account]:
    found = await store.lock(session, recovery_id=recovery_id)
    account = await accounts.lock(session, staff_id=found.staff_id)
    state = decide(found.state, step, _holder(account), found.asked_by, found.asked_at, by=by, now=now)
    await store.save(session, recovery_id=recovery_id, state=state, by=by.staff_id, now=now)
    return found, account


async def _let_lapse(session: WriteSession, account: Account, *, now: datetime) -> None:
    """Let what nobody decided lapse. Conflict `recovery_open` if there is still time for it."""
    before = await store.find_asked(session, staff_id=account.id)
    if before is None:
        return
    if now < before.asked_at + RECOVERY_LIFE:
        raise Conflict("recovery_open")
    holder, step = _holder(account), RecoveryStep.LAPSE
    state = decide(before.state, step, holder, before.asked_by, before.asked_at, by=None, now=now)
    await store.save(session, recovery_id=before.id, state=state, by=None, now=now)


def _holder(account: Account) -> Holder:
    return Holder(account.id, account.roles, account.member_id)


def _spelled(secret: bytes) -> str:
    """Write a secret as groups of four that can be read out."""
    text = b32encode(secret).decode("ascii").lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))
