"""Erasures: one person proposes, another decides, the worker carries out (audit-log.md section 7).

`decide` is the only way from one state to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from registry.errors import Conflict, Denied

# A proposal nobody decides on is forgotten, and its tag with it.
OPEN_FOR = timedelta(days=7)


class ErasureState(StrEnum):
    """Where an erasure stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"  # the worker destroys, batch by batch
    REFUSED = "refused"
    EXPIRED = "expired"
    COMPLETED = "completed"


class Step(StrEnum):
    """What can happen to an erasure. The comment says who does it."""

    APPROVE = "approve"  # a supervisor who did not propose it
    REFUSE = "refuse"  # a supervisor who did not propose it
    EXPIRE = "expire"  # the clock
    COMPLETE = "complete"  # the worker, when nothing bears the tag any more


class LegalBasis(StrEnum):
    """Why it must be erased (PIPL article 47)."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    COURT_ORDER = "court_order"
    PURPOSE_ENDED = "purpose_ended"
    RETENTION_OVER = "retention_over"
    UNLAWFUL = "unlawful"


TRANSITIONS: Mapping[tuple[ErasureState, Step], ErasureState] = MappingProxyType(
    {
        (ErasureState.PROPOSED, Step.APPROVE): ErasureState.APPROVED,
        (ErasureState.PROPOSED, Step.REFUSE): ErasureState.REFUSED,
        (ErasureState.PROPOSED, Step.EXPIRE): ErasureState.EXPIRED,
        (ErasureState.APPROVED, Step.COMPLETE): ErasureState.COMPLETED,
    }
)
_BY_A_PERSON = frozenset({Step.APPROVE, Step.REFUSE})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an erasure stands, who proposed it and when."""

    state: ErasureState
    proposed_by: UUID
    proposed_at: datetime

    @property
    def expires_at(self) -> datetime:
        """From when on nobody can decide any more."""
        return self.proposed_at + OPEN_FOR


def decide(standing: Standing, step: Step, *, now: datetime, by: UUID | None = None) -> ErasureState:
    """Take one step, or say why not.

    Args:
        standing: where the erasure stands.
        step: what is to happen.
        now: the moment, with a time zone.
        by: the member of staff who decides; None for the clock and the worker.

    Raises:
        Conflict: `erasure_step_refused` (not from this state, too early or too late); facts name state and step.
        Denied: `same_person`, when who proposed it would decide on it.
    """
    target = TRANSITIONS.get((standing.state, step))
    if target is None or not _is_due(standing, step, now):
        raise Conflict("erasure_step_refused", facts={"state": standing.state, "step": step})
    if step in _BY_A_PERSON and by in {None, standing.proposed_by}:
        raise Denied("same_person")
    return target


def _is_due(standing: Standing, step: Step, now: datetime) -> bool:
    is_over = now >= standing.expires_at
    return {Step.APPROVE: not is_over, Step.REFUSE: not is_over, Step.EXPIRE: is_over}.get(step, True)
