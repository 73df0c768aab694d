"""Admission of a member: one operator proposes it, another one decides.

Who admits alone could let a friend read the registry. `decide` is the only way from one state to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from registry.errors import Conflict, Denied

# What nobody decides on in this time is out of date: its key may be, too.
OPEN_FOR = timedelta(days=14)


class AdmissionState(StrEnum):
    """Where an admission stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"  # the member exists
    REFUSED = "refused"


class AdmissionStep(StrEnum):
    """What can happen to an admission. The comment says who does it."""

    APPROVE = "approve"  # an operator who did not propose it
    REFUSE = "refuse"  # any operator: whoever proposed it may take it back


TRANSITIONS: Mapping[tuple[AdmissionState, AdmissionStep], AdmissionState] = MappingProxyType(
    {
        (AdmissionState.PROPOSED, AdmissionStep.APPROVE): AdmissionState.APPROVED,
        (AdmissionState.PROPOSED, AdmissionStep.REFUSE): AdmissionState.REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an admission stands, who proposed it and when."""

    state: AdmissionState
    proposed_by: UUID
    proposed_at: datetime

    @property
    def expires_at(self) -> datetime:
        """From when on nobody can decide any more."""
        return self.proposed_at + OPEN_FOR


def decide(standing: Standing, step: AdmissionStep, *, by: UUID, now: datetime) -> AdmissionState:
    """Take one step, or say why not.

    Raises:
        Conflict: `admission_step_refused` (decided already, or too late); facts name state and step.
        Denied: `same_person`, when who proposed it would approve it.
    """
    target = TRANSITIONS.get((standing.state, step))
    if target is None or now >= standing.expires_at:
        raise Conflict("admission_step_refused", facts={"state": standing.state, "step": step})
    if step is AdmissionStep.APPROVE and by == standing.proposed_by:
        raise Denied("same_person")
    return target
