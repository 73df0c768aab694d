"""Referral: a record with its proofs is handed to somebody outside, when two people say so (domain.md 8, Q6; 11)."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from registry.domain.ids import ReportState, Severity
from registry.domain.policy import Policy
from registry.errors import Conflict, Denied


class Recipient(StrEnum):
    """Who may be handed a record, and nobody else."""

    AI_PROVIDER = "ai_provider"  # whose service made the picture
    COURT = "court"
    CREDIT_BUREAU = "credit_bureau"  # off without a licence reference in the policy pack
    POLICE = "police"
    REGULATOR = "regulator"


# What was never told to the person, is taken out of use, or was found wrong is handed to nobody.
REFERRABLE = frozenset({ReportState.ACTIVE})


@dataclass(frozen=True, slots=True)
class Proposed:
    """A referral as it stands; `approved` is None until another person decides."""

    proposed_by: UUID
    approved: bool | None = None


def check_bureau(recipient: Recipient, policy: Policy, severity: Severity) -> None:
    """Refuse the export to a credit bureau, which is licensed, and of what is no judgment (征信业管理条例 7, 36, 44).

    Errors: Conflict `bureau_export_off` while the pack has no licence reference; `bureau_export_unlisted` for a
    platform's own finding.
    """
    if recipient is not Recipient.CREDIT_BUREAU:
        return
    if not policy.bureau_export.enabled or not policy.bureau_export.licence_reference:
        raise Conflict("bureau_export_off")
    if severity is not Severity.S4:
        raise Conflict("bureau_export_unlisted")


def check_record(state: ReportState, *, own_only: bool) -> None:
    """Refuse to hand out a record that does not stand, or that is its own member's alone. Conflict `referral_refused`.

    A disputed record waits for its decision.
    """
    if state not in REFERRABLE or own_only:
        raise Conflict("referral_refused", facts={"state": state})


def check_decision(one: Proposed, *, by: UUID) -> None:
    """Refuse a second decision, and one by whoever proposed.

    Errors: Conflict `referral_decided`; Denied `referral_same_person`.
    """
    if one.approved is not None:
        raise Conflict("referral_decided")
    if one.proposed_by == by:
        raise Denied("referral_same_person")


def check_approved(one: Proposed) -> None:
    """Refuse to hand out what was not approved. Conflict `referral_not_approved`."""
    if one.approved is not True:
        raise Conflict("referral_not_approved")
