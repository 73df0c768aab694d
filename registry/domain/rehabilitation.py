"""Rehabilitation: who has repaid and stayed clean for half the record's life may ask that it end (domain.md 10)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from registry.domain.appeal_case import Actor, Party
from registry.domain.ids import ReportState
from registry.domain.policy import Policy
from registry.errors import Conflict, Denied

_DECIDERS = frozenset({Party.OFFICER, Party.REVIEWER})
_CENT = 100


class Obstacle(StrEnum):
    """Why an application is not taken."""

    NOT_ACTIVE = "rehabilitation_not_active"
    NOT_REPAID = "rehabilitation_not_repaid"
    TOO_EARLY = "rehabilitation_too_early"
    NOT_CLEAN = "rehabilitation_not_clean"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The record that is to end; `last_other_act` is the latest act of another standing record of the person."""

    state: ReportState
    act_ended_on: date
    expires_on: date
    repaid_on: date | None
    last_other_act: date | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An application; `granted` is None until it is decided."""

    applied_at: datetime
    granted: bool | None = None
    decided_at: datetime | None = None


def obstacles(record: Candidate, *, today: date, policy: Policy) -> tuple[Obstacle, ...]:
    """Return everything that speaks against an application today; nothing means that it is taken."""
    percent = policy.clocks.rehabilitation_clean_percent
    life = (record.expires_on - record.act_ended_on).days

    def long_enough(since: date) -> bool:
        return (today - since).days * _CENT >= life * percent

    other = record.last_other_act
    found = {
        Obstacle.NOT_ACTIVE: record.state is not ReportState.ACTIVE,
        Obstacle.NOT_REPAID: record.repaid_on is None or record.repaid_on > today,
        Obstacle.TOO_EARLY: not long_enough(record.act_ended_on),
        Obstacle.NOT_CLEAN: other is not None and not long_enough(other),
    }
    return tuple(obstacle for obstacle, holds in found.items() if holds)


def clean_from(act_ended_on: date, expires_on: date, policy: Policy) -> date:
    """Return the first day on which enough of a record's life has passed without another act."""
    needed = (expires_on - act_ended_on).days * policy.clocks.rehabilitation_clean_percent
    return act_ended_on + timedelta(days=-(-needed // _CENT))


def due(application: Application, policy: Policy) -> datetime:
    """Return when the decision is due."""
    return policy.days_after(application.applied_at, policy.clocks.rehabilitation_decision_days)


def decide(application: Application, *, granted: bool, by: Actor, policy: Policy, now: datetime) -> Application:
    """Decide an application; one not decided in time is granted by the clock, since its conditions were met.

    Granting brings the record's last day forward to today, and the clock that ends records does the rest.

    Raises:
        Conflict: `rehabilitation_decided`, `rehabilitation_early` (the clock before the day).
        Denied: `rehabilitation_role_refused`.
    """
    if application.granted is not None:
        raise Conflict("rehabilitation_decided")
    if Party.CLOCK in by.parties and granted:
        if now < due(application, policy):
            raise Conflict("rehabilitation_early")
    elif not by.parties & _DECIDERS:
        raise Denied("rehabilitation_role_refused")
    return replace(application, granted=granted, decided_at=now)
