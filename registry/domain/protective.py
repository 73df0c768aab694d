"""Protective records: a warning in favour of the person, "verify the identity afresh before acting" (domain.md 3).

They add a code to answers and forbid A4 and A5 to a member until it has done so. They never change a score:
`scoring.py` does not know them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from registry.domain.appeal_case import Actor, Party
from registry.domain.ids import IdentifierKind, Protective
from registry.domain.incidents import QueryToken
from registry.errors import Conflict, Denied

P = Party
# The registry places one when a member answers an appeal with "the subject is a victim".
_BY_OTHERS_TOO = frozenset({P.SUBJECT, P.OFFICER, P.REGISTRY})
PLACED_BY: Mapping[Protective, frozenset[Party]] = MappingProxyType(
    {
        Protective.ACCOUNT_TAKEN_OVER: _BY_OTHERS_TOO,
        Protective.IDENTITY_MISUSED: _BY_OTHERS_TOO,
        Protective.FROZEN_BY_SUBJECT: frozenset({P.SUBJECT}),
    }
)
# Who has taken over an account may hold its phone too, so a person of the registry looks before that warning goes.
LIFTED_BY: Mapping[Protective, frozenset[Party]] = MappingProxyType(
    {
        Protective.ACCOUNT_TAKEN_OVER: frozenset({P.OFFICER}),
        Protective.IDENTITY_MISUSED: frozenset({P.OFFICER}),
        Protective.FROZEN_BY_SUBJECT: frozenset({P.SUBJECT}),
    }
)


@dataclass(frozen=True, slots=True)
class ProtectiveRecord:
    """One warning.

    Args:
        id: its own.
        kind: what members are told.
        placed_at: when.
        lifted_at: when it ended, if it has.
        verified: the members that have verified the identity afresh since, and when.
        placed_by: on whose side it was placed.
        staff_id: who of the staff placed it, if one did.
        reason: why, in the words of whoever of the staff placed it.
    """

    id: UUID
    kind: Protective
    placed_at: datetime
    lifted_at: datetime | None = None
    verified: Mapping[UUID, datetime] = field(default_factory=dict)
    placed_by: Party = P.SUBJECT
    staff_id: UUID | None = None
    reason: str | None = None


def place(
    record_id: UUID, kind: Protective, *, by: Actor, now: datetime, reason: str | None = None
) -> ProtectiveRecord:
    """Place a warning. Denied `protective_role_refused`."""
    side = _check(by, PLACED_BY[kind])
    return ProtectiveRecord(record_id, kind, now, placed_by=side, staff_id=by.staff_id, reason=reason)


def lift(record: ProtectiveRecord, *, by: Actor, now: datetime) -> ProtectiveRecord:
    """Lift a warning; what one of the staff placed, another one lifts.

    Errors: Denied `protective_role_refused`, `protective_same_person`; Conflict `protective_lifted`.
    """
    _check(by, LIFTED_BY[record.kind])
    _check_in_force(record)
    if record.staff_id is not None and record.staff_id == by.staff_id:
        raise Denied("protective_same_person")
    return replace(record, lifted_at=now)


def verify(record: ProtectiveRecord, member_id: UUID, *, now: datetime) -> ProtectiveRecord:
    """Note that a member has verified the identity afresh, which frees it. Conflict `protective_lifted`."""
    _check_in_force(record)
    return replace(record, verified={member_id: now, **record.verified})


def carried(
    protected: Mapping[bytes, int], contacts: Sequence[Sequence[QueryToken]], proved: Collection[QueryToken]
) -> tuple[QueryToken, ...]:
    """Return the tokens over which a warning is to be extended, because they name a contact that it protects already.

    Args:
        protected: what it protects, each token with its epoch.
        contacts: those proved just now, each as its tokens of every live epoch.
        proved: the tokens of all contacts proved in this session.

    A phone number may be another's by now, so by itself it carries only what protects nothing else.
    """
    live, known = {one.epoch for one in proved}, {one.stored for one in proved}
    is_phone_alone = {one.kind for one in proved} == {IdentifierKind.PHONE}
    if is_phone_alone and not {stored for stored, epoch in protected.items() if epoch in live} <= known:
        return ()
    held = (contact for contact in contacts if any(one.stored in protected for one in contact))
    return tuple(one for contact in held for one in contact if one.stored not in protected)


def binding(records: Iterable[ProtectiveRecord], member_id: UUID) -> tuple[Protective, ...]:
    """Return the warnings that bind this member now, for `actions.permitted` and `closures.closure_refusals`."""
    kinds = {one.kind for one in records if one.lifted_at is None and member_id not in one.verified}
    return tuple(kind for kind in Protective if kind in kinds)


def _check(by: Actor, allowed: frozenset[Party]) -> Party:
    """Return the side on which somebody acts."""
    if not by.parties & allowed:
        raise Denied("protective_role_refused")
    return min(by.parties & allowed)


def _check_in_force(record: ProtectiveRecord) -> None:
    if record.lifted_at is not None:
        raise Conflict("protective_lifted")
