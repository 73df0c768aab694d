"""The life of a report: what is possible (the table), when and why (the guards), and what follows (domain.md 6).

`decide` is the only way from one state to another. Nothing is overwritten: a step that `revises` makes a new revision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

from registry.domain.ids import ReportState
from registry.domain.notices import serve_by, window_ends_at
from registry.domain.policy import Policy
from registry.errors import Conflict

S = ReportState


class Step(StrEnum):
    """What can happen to a report. The comment says who does it."""

    SERVE = "serve"  # the relay, when the registry's notice is delivered
    UNSERVE = "unserve"  # the relay, when it came back after all
    ACTIVATE = "activate"  # the clock
    DISPUTE = "dispute"  # the registry, when an appeal is admitted
    DROP_DISPUTE = "drop_dispute"  # the subject
    UPHOLD = "uphold"  # the reviewer
    AMEND_BY_DECISION = "amend_by_decision"  # the reviewer
    OVERTURN = "overturn"  # the reviewer, the panel, or the clock
    FIND_INCONCLUSIVE = "find_inconclusive"  # the reviewer
    REINSTATE = "reinstate"  # second instance
    SUSPEND = "suspend"  # the clock, when the decision is overdue
    RESTRICT = "restrict"  # an officer
    LIFT = "lift"  # an officer
    AMEND = "amend"  # the member
    MARK_REPAID = "mark_repaid"  # the member
    WITHDRAW = "withdraw"  # the member, or the clock when the member is silent
    WITHDRAW_UNSERVED = "withdraw_unserved"  # the clock
    SEAL = "seal"  # an officer
    EXPIRE = "expire"  # the clock


class WithdrawReason(StrEnum):
    """Why a member takes a report back."""

    MISTAKE = "mistake"
    MISROUTED = "misrouted"
    SUBJECT_IS_VICTIM = "subject_is_victim"
    SETTLED = "settled"
    UNVERIFIED = "unverified"  # the member did not answer an appeal in time
    UNSERVED = "unserved"  # nobody could be told; set by the clock only


class RestrictReason(StrEnum):
    """Why a record is kept but neither shown nor scored."""

    COURT_ORDER = "court_order"
    LEGAL_BASIS_GONE = "legal_basis_gone"


class Inform(StrEnum):
    """What the members that received the record must hear."""

    NOTHING = "nothing"
    TELL = "tell"
    ACKNOWLEDGE = "acknowledge"  # within 24 hours


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a report stands.

    Args:
        state: now.
        filed_at: first filing.
        served_at: first delivery of the registry's notice.
        expires_on: first day without the record.
        open_dispute: an admitted appeal is undecided.
        concluded_on: day of an inconclusive decision, which shortens the record's life.
        held: it does not begin to count before somebody lets it: its member is supervised, or filed too fast.
        counted: it was active once.
    """

    state: ReportState
    filed_at: datetime
    served_at: datetime | None
    expires_on: date
    open_dispute: bool = False
    concluded_on: date | None = None
    held: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a step: the new state, the event's name, and whom to tell."""

    state: ReportState
    event: str
    revises: bool
    inform: Inform
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Effect:
    event: str
    inform: Inform = Inform.NOTHING
    revises: bool = False


_RUNNING = (S.SUBMITTED, S.NOTICE_WINDOW, S.ACTIVE, S.DISPUTED)
# DROP_DISPUTE and LIFT return to the state before, which the facts of the report determine; here stands the usual one.
TRANSITIONS: Mapping[tuple[ReportState, Step], ReportState] = MappingProxyType(
    {
        (S.SUBMITTED, Step.SERVE): S.NOTICE_WINDOW,
        (S.SUBMITTED, Step.WITHDRAW_UNSERVED): S.WITHDRAWN,
        # Nobody was told of the record yet, and the person has to be told first.
        (S.NOTICE_WINDOW, Step.UNSERVE): S.SUBMITTED,
        # It counted for less than it will once it is heard, and does so again.
        (S.ACTIVE, Step.UNSERVE): S.ACTIVE,
        (S.NOTICE_WINDOW, Step.ACTIVATE): S.ACTIVE,
        (S.NOTICE_WINDOW, Step.DISPUTE): S.DISPUTED,
        (S.ACTIVE, Step.DISPUTE): S.DISPUTED,
        (S.ACTIVE, Step.RESTRICT): S.RESTRICTED,
        # What a reviewer refuses of the reports that are held has never counted.
        (S.SUBMITTED, Step.OVERTURN): S.OVERTURNED,
        (S.NOTICE_WINDOW, Step.OVERTURN): S.OVERTURNED,
        (S.DISPUTED, Step.DROP_DISPUTE): S.ACTIVE,
        (S.DISPUTED, Step.UPHOLD): S.ACTIVE,
        (S.DISPUTED, Step.AMEND_BY_DECISION): S.ACTIVE,
        (S.DISPUTED, Step.OVERTURN): S.OVERTURNED,
        (S.DISPUTED, Step.FIND_INCONCLUSIVE): S.INCONCLUSIVE,
        (S.DISPUTED, Step.SUSPEND): S.SUSPENDED,
        (S.DISPUTED, Step.RESTRICT): S.RESTRICTED,
        (S.SUSPENDED, Step.UPHOLD): S.ACTIVE,
        (S.SUSPENDED, Step.AMEND_BY_DECISION): S.ACTIVE,
        (S.SUSPENDED, Step.OVERTURN): S.OVERTURNED,
        (S.SUSPENDED, Step.WITHDRAW): S.WITHDRAWN,
        (S.SUSPENDED, Step.DROP_DISPUTE): S.ACTIVE,
        (S.RESTRICTED, Step.LIFT): S.ACTIVE,
        # A wrong record dies also while a court or a missing basis keeps it out of use.
        (S.RESTRICTED, Step.OVERTURN): S.OVERTURNED,
        (S.RESTRICTED, Step.WITHDRAW): S.WITHDRAWN,
        (S.OVERTURNED, Step.REINSTATE): S.ACTIVE,
        (S.INCONCLUSIVE, Step.REINSTATE): S.ACTIVE,
        # Second instance decides anew what the first upheld or left open; meanwhile the record stays as it is.
        (S.ACTIVE, Step.AMEND_BY_DECISION): S.ACTIVE,
        (S.ACTIVE, Step.OVERTURN): S.OVERTURNED,
        (S.ACTIVE, Step.FIND_INCONCLUSIVE): S.INCONCLUSIVE,
        (S.INCONCLUSIVE, Step.OVERTURN): S.OVERTURNED,
        # A further appeal only flags the record, but its delay costs the record its weight all the same.
        (S.ACTIVE, Step.SUSPEND): S.SUSPENDED,
        **{(state, Step.WITHDRAW): S.WITHDRAWN for state in _RUNNING},
        **{(state, step): state for state in _RUNNING for step in (Step.AMEND, Step.MARK_REPAID)},
        **{(state, Step.SEAL): S.SEALED for state in S if state not in {S.SEALED, S.EXPIRED}},
        **{(state, Step.EXPIRE): S.EXPIRED for state in S if state is not S.EXPIRED},
    }
)
_EFFECTS: Mapping[Step, _Effect] = MappingProxyType(
    {
        Step.SERVE: _Effect("report.served"),
        Step.UNSERVE: _Effect("report.unserved", Inform.TELL),
        Step.ACTIVATE: _Effect("report.activated"),
        Step.DISPUTE: _Effect("report.disputed", Inform.TELL),
        Step.DROP_DISPUTE: _Effect("report.dispute_dropped", Inform.TELL),
        Step.UPHOLD: _Effect("report.upheld", Inform.TELL),
        Step.AMEND_BY_DECISION: _Effect("report.amended", Inform.TELL, revises=True),
        Step.OVERTURN: _Effect("report.overturned", Inform.ACKNOWLEDGE),
        Step.FIND_INCONCLUSIVE: _Effect("report.inconclusive", Inform.ACKNOWLEDGE),
        Step.REINSTATE: _Effect("report.reinstated", Inform.TELL, revises=True),
        Step.SUSPEND: _Effect("report.suspended", Inform.ACKNOWLEDGE),
        Step.RESTRICT: _Effect("report.restricted", Inform.ACKNOWLEDGE),
        Step.LIFT: _Effect("report.restriction_lifted", Inform.TELL),
        Step.AMEND: _Effect("report.amended", Inform.TELL, revises=True),
        Step.MARK_REPAID: _Effect("report.repaid", Inform.TELL, revises=True),
        Step.WITHDRAW: _Effect("report.withdrawn", Inform.ACKNOWLEDGE, revises=True),
        Step.WITHDRAW_UNSERVED: _Effect("report.withdrawn", revises=True),
        Step.SEAL: _Effect("report.sealed", Inform.ACKNOWLEDGE),
        Step.EXPIRE: _Effect("report.expired", Inform.TELL),
    }
)
_REASONS: Mapping[Step, frozenset[str]] = MappingProxyType(
    {
        Step.WITHDRAW: frozenset(WithdrawReason) - {WithdrawReason.UNSERVED},
        Step.RESTRICT: frozenset(RestrictReason),
    }
)


def decide(standing: Standing, step: Step, *, policy: Policy, now: datetime, reason: str = "") -> Decision:
    """Take one step, or say why not.

    Args:
        standing: where the report stands.
        step: what is to happen.
        policy: whose clocks rule.
        now: the moment, with a time zone.
        reason: a `WithdrawReason` or `RestrictReason` for the two steps that need one.

    Raises:
        Conflict: `report_step_refused` (not from this state), `report_step_early` (the clock has not come), or
            `report_reason_refused` (no reason, or not one of the list); facts name state and step.
    """
    target = TRANSITIONS.get((standing.state, step))
    if target is None:
        _refuse("report_step_refused", standing, step)
    if not _is_due(standing, step, policy, now):
        _refuse("report_step_early", standing, step)
    if reason not in _REASONS.get(step, {""}):
        _refuse("report_reason_refused", standing, step)
    if step in {Step.DROP_DISPUTE, Step.LIFT}:
        target = _state_before(standing, step, policy, now)
    effect = _EFFECTS[step]
    kept = WithdrawReason.UNSERVED.value if step is Step.WITHDRAW_UNSERVED else reason
    return Decision(target, effect.event, effect.revises, effect.inform, kept)


def deleted_on(standing: Standing, policy: Policy) -> date:
    """Return the first day without the record; an inconclusive one lives 90 days more at most."""
    if standing.state is not S.INCONCLUSIVE or standing.concluded_on is None:
        return standing.expires_on
    return min(standing.expires_on, standing.concluded_on + timedelta(days=policy.clocks.inconclusive_days))


def render() -> str:
    """Write the table in Markdown, for docs/reports.md."""
    rows = [("from", "step", "to", "event", "members that saw it"), ("---",) * 5]
    for (state, step), target in sorted(TRANSITIONS.items(), key=lambda item: _order(item[0])):
        effect = _EFFECTS[step]
        rows.append((f"`{state}`", f"`{step}`", _target_in_words(step, target), f"`{effect.event}`", effect.inform))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _is_due(standing: Standing, step: Step, policy: Policy, now: datetime) -> bool:
    if step is Step.ACTIVATE:
        return not standing.held and _is_window_over(standing, policy, now)
    if step is Step.WITHDRAW_UNSERVED:
        return now >= serve_by(standing.filed_at, policy.clocks)
    if step is Step.EXPIRE:
        return policy.today(now) >= deleted_on(standing, policy)
    return True


def _is_window_over(standing: Standing, policy: Policy, now: datetime) -> bool:
    return standing.served_at is not None and now >= window_ends_at(standing.served_at, policy.clocks)


def _state_before(standing: Standing, step: Step, policy: Policy, now: datetime) -> ReportState:
    if step is Step.LIFT and standing.open_dispute:
        return S.DISPUTED
    counts = not standing.held and _is_window_over(standing, policy, now)
    # What was restricted in the middle of its window, because it was disputed there, has not waited it out.
    counted = step is Step.LIFT and standing.counted
    return S.ACTIVE if counts or counted else S.NOTICE_WINDOW


def _refuse(code: str, standing: Standing, step: Step) -> NoReturn:
    raise Conflict(code, facts={"state": standing.state, "step": step})


def _target_in_words(step: Step, target: ReportState) -> str:
    return "the state before" if step in {Step.DROP_DISPUTE, Step.LIFT} else f"`{target}`"


def _order(move: tuple[ReportState, Step]) -> tuple[int, int]:
    return list(S).index(move[0]), list(Step).index(move[1])
