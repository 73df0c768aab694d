"""The gate before an account may be closed; no registry hit alone opens it (domain.md 8).

Reasons, an appeal and a human on request: SAMR/CAC Order 116; refusal of purely automated decisions: PIPL art. 24.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from registry.domain.ids import Protective
from registry.domain.policy import Clocks, Policy
from registry.domain.scoring import Score


class ExitRight(StrEnum):
    """What a person keeps when an account is closed."""

    BALANCE = "balance"
    OPEN_ORDERS = "open_orders"
    AFTER_SALES = "after_sales"
    DATA_EXPORT = "data_export"


class ClosureRefusal(StrEnum):
    """Why the gate stays shut."""

    GROUPS_TOO_FEW = "closure_groups_too_few"
    EVIDENCE_INSUFFICIENT = "closure_evidence_insufficient"
    UNDER_DISPUTE = "closure_under_dispute"
    NOT_HEARD = "closure_not_heard"
    OWN_FINDING_MISSING = "closure_own_finding_missing"
    DECISION_MAKER_MISSING = "closure_decision_maker_missing"
    NOTICE_MISSING = "closure_notice_missing"
    EXIT_RIGHTS_MISSING = "closure_exit_rights_missing"
    IDENTITY_UNVERIFIED = "closure_identity_unverified"


CLOSURE_TEXT: Mapping[ClosureRefusal, str] = MappingProxyType(
    {
        ClosureRefusal.GROUPS_TOO_FEW: "Records of more than one independent group are needed",
        ClosureRefusal.EVIDENCE_INSUFFICIENT: "Heard evidence with proven identity must carry the severe band alone",
        ClosureRefusal.UNDER_DISPUTE: "A record is under dispute",
        ClosureRefusal.NOT_HEARD: "The person has not yet been heard on every record that counts",
        ClosureRefusal.OWN_FINDING_MISSING: "An own incident or an own fresh human finding is needed",
        ClosureRefusal.DECISION_MAKER_MISSING: "A named human must decide",
        ClosureRefusal.NOTICE_MISSING: "Send a notice with reasons first",
        ClosureRefusal.EXIT_RIGHTS_MISSING: "Balance, open orders, after-sales rights and data export must be kept",
        ClosureRefusal.IDENTITY_UNVERIFIED: "Verify the identity afresh before acting",
    }
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a member states, as it states it.

    Args:
        found_on: the day on which a human at the member confirmed a case of its own, or None.
        decision_maker: a reference to the named human who decides, or an empty text.
        notice_sent_at: when the person was sent a notice with reasons, or None.
        exit_rights: what the person keeps.
    """

    found_on: date | None
    decision_maker: str
    notice_sent_at: datetime | None
    exit_rights: frozenset[ExitRight]

    def weigh(self, policy: Policy, now: datetime) -> "ClosureCase":
        """Say what of it holds now: what lies in the future does not, nor an own finding too old to be filed."""
        oldest = policy.today(now) - timedelta(days=policy.clocks.file_after_confirmation_days)
        return ClosureCase(
            own_finding=self.found_on is not None and oldest <= self.found_on <= policy.today(now),
            decision_maker=self.decision_maker,
            reasons_sent=self.notice_sent_at is not None and self.notice_sent_at <= now,
            exit_rights=self.exit_rights,
            valid_until=valid_until(now, policy.clocks),
        )


@dataclass(frozen=True, slots=True)
class ClosureCase:
    """What the member brings to the gate.

    Args:
        own_finding: a human at the member confirmed a fresh case of its own.
        decision_maker: a reference to the named human who decides, or an empty text.
        reasons_sent: the person was sent a notice with reasons.
        exit_rights: what the person keeps.
        valid_until: until when a permission given now may be acted on.
        identity_verified: the identity was verified afresh, after any protective record among the warnings; over HTTP
            that is recorded by itself and takes the warning away (`protective.verify`).
    """

    own_finding: bool
    decision_maker: str
    reasons_sent: bool
    exit_rights: frozenset[ExitRight]
    valid_until: datetime
    identity_verified: bool = False


def valid_until(permitted_at: datetime, clocks: Clocks) -> datetime:
    """Return until when a permission may be acted on: what it rests on changes, which a fresh answer tells."""
    return permitted_at + timedelta(days=clocks.closure_permission_days)


def closure_refusals(
    answer: Score, case: ClosureCase, protective: Collection[Protective] = (), *, min_groups: int = 2
) -> tuple[ClosureRefusal, ...]:
    """Return everything that keeps the gate shut; nothing means that closure is permitted.

    Args:
        answer: a fresh score for the closing member.
        case: what the member brings.
        protective: warnings in favour of the person.
        min_groups: `closure_min_groups` of the score model.
    """
    shut = {
        ClosureRefusal.GROUPS_TOO_FEW: answer.groups < min_groups,
        ClosureRefusal.EVIDENCE_INSUFFICIENT: not answer.supports_closure,
        ClosureRefusal.UNDER_DISPUTE: answer.under_dispute,
        ClosureRefusal.NOT_HEARD: not answer.all_heard,
        ClosureRefusal.OWN_FINDING_MISSING: not (answer.own_incident or case.own_finding),
        ClosureRefusal.DECISION_MAKER_MISSING: not case.decision_maker,
        ClosureRefusal.NOTICE_MISSING: not case.reasons_sent,
        ClosureRefusal.EXIT_RIGHTS_MISSING: case.exit_rights != frozenset(ExitRight),
        ClosureRefusal.IDENTITY_UNVERIFIED: bool(protective) and not case.identity_verified,
    }
    return tuple(refusal for refusal, holds in shut.items() if holds)
