"""Conduct of members: what they are recorded for, what follows by rule, how far they are believed (domain.md 9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from registry.domain.appeal_case import Result
from registry.domain.ids import MemberIntegrity, ReportState
from registry.domain.incidents import Reliability
from registry.domain.policy import IntegrityRules
from registry.domain.score_model import ReliabilityRules

_CENT = 100
# A member that takes a record back once it is contested, or is silent, is no better off than one that is overruled.
OVERTURNED = frozenset({Result.OVERTURNED, Result.WITHDRAWN})
# Nobody decided anything when the record ended by itself.
DECIDED = frozenset(Result) - {Result.ENDED}


class Sanction(StrEnum):
    """What follows for a member, by rule."""

    FILING_SUPERVISED = "filing_supervised"  # a supervisor of the registry confirms each report before it is taken
    QUERY_SUSPENDED = "query_suspended"  # until a supervisor lifts the finding


# Which sanction a finding may lead to; lifting that lifts the finding with it.
OF_SANCTION: Mapping[MemberIntegrity, Sanction] = MappingProxyType(
    {
        MemberIntegrity.FALSE_REPORT: Sanction.QUERY_SUSPENDED,
        MemberIntegrity.QUERY_WITHOUT_CLAIM: Sanction.QUERY_SUSPENDED,
        MemberIntegrity.LATE_ANSWER: Sanction.FILING_SUPERVISED,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry on a member's own record; `lifted_at` once a supervisor has lifted it."""

    kind: MemberIntegrity
    at: datetime
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """How one report fared.

    Args:
        filed_at: when it was filed.
        window_closed: the person was told, and the time to be heard has passed.
        state: now.
        appealed: an appeal against it was admitted at some time.
        confirmed_again: what the second look at a sampled report found, None if it was not sampled.
    """

    filed_at: datetime
    window_closed: bool
    state: ReportState
    appealed: bool = False
    confirmed_again: bool | None = None


def is_overturned(fate: Fate) -> bool:
    """Say whether it counts against its group: overturned, or taken back or unanswered once it was appealed against."""
    return fate.state is ReportState.OVERTURNED or (fate.state is ReportState.WITHDRAWN and fate.appealed)


def tally(fates: Iterable[Fate], *, since: datetime) -> Reliability:
    """Count how a group's reports fared since then; unheard ones count for nothing (scoring.md, rho)."""
    return tally_counted(((fate, 1) for fate in fates), since=since)


def tally_counted(fates: Iterable[tuple[Fate, int]], *, since: datetime) -> Reliability:
    """Count the same, of reports that fared alike together with how many there are."""
    heard = overturned = sampled = failed = 0
    for fate, count in fates:
        if fate.filed_at <= since:
            continue
        # Whoever appealed has been heard, however early.
        if is_overturned(fate) and (fate.window_closed or fate.appealed):
            heard, overturned = heard + count, overturned + count
        elif fate.state is ReportState.ACTIVE and fate.window_closed:
            heard += count
        if fate.confirmed_again is not None:
            sampled += count
            failed += 0 if fate.confirmed_again else count
    return Reliability(heard, overturned, sampled, failed)


def posteriors(rules: ReliabilityRules, record: Reliability) -> tuple[Fraction, Fraction]:
    """Return both posterior means under the prior Beta(2, 38): of being overturned, of failing a second look.

    The larger one is e; rho is max(0, 1 - 3e) (`weighing.rho`, in whole numbers).
    """
    return (
        Fraction(rules.prior_bad + record.overturned, rules.prior_all + record.heard),
        Fraction(rules.prior_bad + record.failed, rules.prior_all + record.sampled),
    )


def overturn_rate(results: Sequence[Result], rules: IntegrityRules) -> Fraction | None:
    """Return the share overturned of the latest decisions, or None while there are too few; `results` oldest first."""
    decided = [result for result in results if result in DECIDED][-rules.decisions :]
    if len(decided) < rules.decisions:
        return None
    return Fraction(sum(result in OVERTURNED for result in decided), len(decided))


def sanctions(
    results: Sequence[Result], findings: Sequence[Finding], rules: IntegrityRules, now: datetime
) -> tuple[Sanction, ...]:
    """Return what follows for a member now.

    Args:
        results: of all appeals against its reports, oldest first.
        findings: on its own record.
        rules: of the pack.
        now: the moment.
    """
    standing = [finding for finding in findings if finding.lifted_at is None]
    rate = overturn_rate(results, rules)
    since = now - timedelta(days=rules.late_answer_days)
    late = sum(finding.kind is MemberIntegrity.LATE_ANSWER and since < finding.at <= now for finding in standing)
    found = {
        Sanction.FILING_SUPERVISED: (rate is not None and rate * _CENT > rules.overturned_percent)
        or late >= rules.late_answers,
        Sanction.QUERY_SUSPENDED: any(
            OF_SANCTION.get(finding.kind) is Sanction.QUERY_SUSPENDED for finding in standing
        ),
    }
    return tuple(sanction for sanction, holds in found.items() if holds)
