"""Recovery of an account whose owner lost what they sign in with: one person asks, another approves, neither the owner.

Who asks is in charge of the account. Who approves is somebody else who is in charge of it, or answers for the registry.
Either alone gets half of what the owner then needs: the countersign from the one, the link from the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from registry.domain.staff import Role, Staff, check_grant
from registry.errors import Conflict, Denied

RECOVERY_LIFE = timedelta(days=3)
_ANSWER_FOR_ALL = frozenset({Role.OPERATOR, Role.SUPERVISOR})


class RecoveryState(StrEnum):
    """How far a recovery is."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"


class RecoveryStep(StrEnum):
    """What may happen to a recovery."""

    APPROVE = "approve"
    REFUSE = "refuse"
    LAPSE = "lapse"


TRANSITIONS: Mapping[tuple[RecoveryState, RecoveryStep], RecoveryState] = MappingProxyType(
    {
        (RecoveryState.ASKED, RecoveryStep.APPROVE): RecoveryState.APPROVED,
        (RecoveryState.ASKED, RecoveryStep.REFUSE): RecoveryState.REFUSED,
        (RecoveryState.ASKED, RecoveryStep.LAPSE): RecoveryState.LAPSED,
    }
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose account it is that is recovered."""

    staff_id: UUID
    roles: frozenset[Role]
    member_id: UUID | None


def check_ask(by: Staff, holder: Holder) -> None:
    """Refuse who is not in charge of the account. Denied `own_account`, `role_not_yours_to_grant`."""
    check_grant(by, holder.staff_id, holder.roles, holder.member_id)


def decide(
    state: RecoveryState,
    step: RecoveryStep,
    holder: Holder,
    asked_by: UUID,
    asked_at: datetime,
    *,
    by: Staff | None,
    now: datetime,
) -> RecoveryState:
    """Return the state after a step; `by` is None for the passing of time.

    Errors: Conflict `recovery_step_refused`; Denied `own_account`, `same_person`, `role_not_yours_to_grant`.
    """
    lapses = step is RecoveryStep.LAPSE
    if by is not None:
        _check_person(step, by, holder, asked_by)
    after = TRANSITIONS.get((state, step))
    late = now >= asked_at + RECOVERY_LIFE
    if after is None or late is not lapses or (by is None) is not lapses:
        raise Conflict("recovery_step_refused")
    return after


def _check_person(step: RecoveryStep, by: Staff, holder: Holder, asked_by: UUID) -> None:
    # The owner may stop it, and who asked: to refuse is always the safe side.
    if step is RecoveryStep.REFUSE and by.staff_id in {holder.staff_id, asked_by}:
        return
    if by.staff_id == holder.staff_id:
        raise Denied("own_account")
    if by.staff_id == asked_by:
        raise Denied("same_person")
    if not by.roles & _ANSWER_FOR_ALL:
        check_grant(by, holder.staff_id, holder.roles, holder.member_id)
