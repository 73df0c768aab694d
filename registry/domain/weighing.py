"""From the reports behind a query to what counts: one report per event, each with its weight.

An event is one order. The report that was filed first counts, even if it names somebody else: two members that name two
persons for one order cannot both be right. While any report of the event is contested, none counts.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Self
from uuid import UUID

from registry.domain.beliefs import SCALE
from registry.domain.ids import ReportState, Severity
from registry.domain.incidents import Asker, Incident, QueryToken, Reliability
from registry.domain.matching import ANY_PERSONAL, Match, Wanted, match
from registry.domain.score_model import ReliabilityRules, ScoreModel

CONTESTED = frozenset({ReportState.DISPUTED, ReportState.SUSPENDED})
UNKNOWN = Reliability()


class Weighed(NamedTuple):
    """One incident that counts, with its factors. A named tuple: one is made per incident of every answer.

    Args:
        incident: the report.
        group: who vouches for it, as a place in `Found.groups`.
        belief: p, the product of all factors, scale 10^9.
        match: how sure we are of the person.
        decay: how fresh the act is, scale 10^9.
        tier: of the amount, 0 below the first threshold.
        firm: it was heard, and matched by a personal kind.
    """

    incident: Incident
    group: int
    belief: int
    match: Match
    decay: int
    tier: int
    firm: bool


Evidence = Sequence[Weighed]
Bounds = Sequence[int]


class View(NamedTuple):
    """From where the reports are looked at."""

    wanted: Wanted
    asker: Asker | None
    today: int
    heard_by: datetime

    @classmethod
    def of(cls, heard_after: timedelta, tokens: Sequence[QueryToken], asker: Asker | None, as_of: datetime) -> Self:
        """Arrange a query for comparison with many reports."""
        return cls(Wanted(tokens), asker, as_of.toordinal(), as_of - heard_after)

    def sees(self, incident: Incident) -> bool:
        """Say whether the asker may see it: a small single case is its own member's alone."""
        if incident.severity is not Severity.S1:
            return True
        return self.asker is not None and self.asker.member_id == incident.member_id


class Found(NamedTuple):
    """What counts, its groups with the most each can create, and the matching reports of contested events."""

    evidence: Evidence
    groups: Mapping[UUID, int]
    bounds: Bounds
    contested: tuple[Incident, ...]


def find(
    model: ScoreModel, incidents: Sequence[Incident], reliability: Mapping[UUID, Reliability], view: View
) -> Found:
    """Choose what counts and weigh it."""
    first, contested, silent = _events(incidents, view)
    evidence = []
    groups: dict[UUID, int] = {}
    bounds: list[int] = []
    for event, incident in first.items():
        if event in silent:
            continue
        group = groups.setdefault(incident.group_id, len(bounds))
        if group == len(bounds):
            record = reliability.get(incident.group_id, UNKNOWN)
            bounds.append(model.group_bound * rho(model.reliability, record) // SCALE)
        if bounds[group]:
            item = _weigh(model, incident, view, group)
            if item.belief:
                evidence.append(item)
    if len(evidence) > 1:
        evidence.sort(key=_by_filing)
    if not contested:
        return Found(evidence, groups, bounds, ())
    shown = {
        incident.report_id: incident
        for incident in incidents
        if incident.event in contested and _shows(model, incident, view)
    }
    return Found(evidence, groups, bounds, tuple(sorted(shown.values(), key=_filing)))


def rho(rules: ReliabilityRules, record: Reliability) -> int:
    """Return how far a group's reports are believed, scale 10^9."""
    if record.overturned >= rules.silenced_overturned and rules.slope * record.overturned >= record.heard:
        return 0
    return min(_trust(rules, record.overturned, record.heard), _trust(rules, record.failed, record.sampled))


def _trust(rules: ReliabilityRules, bad: int, seen: int) -> int:
    every = rules.prior_all + seen
    return max(0, SCALE * (every - rules.slope * (rules.prior_bad + bad)) // every)


def _events(incidents: Sequence[Incident], view: View) -> tuple[dict[bytes, Incident], set[bytes], set[bytes]]:
    """Return the report that counts by event, the contested events, and all events that are silent."""
    first: dict[bytes, Incident] = {}
    contested: set[bytes] = set()
    denied: set[bytes] = set()
    for incident in incidents:
        state = incident.state
        if incident.act_denied:
            denied.add(incident.event)
        elif state in CONTESTED or (state is ReportState.RESTRICTED and incident.appeal_open):
            contested.add(incident.event)
        elif state is ReportState.ACTIVE and view.sees(incident):
            held = first.setdefault(incident.event, incident)
            if held is not incident and _filing(incident) < _filing(held):
                first[incident.event] = incident
    return first, contested - denied, contested | denied


def _filing(incident: Incident) -> tuple[datetime, UUID]:
    return incident.filed_at, incident.report_id


def _by_filing(item: Weighed) -> tuple[datetime, UUID]:
    return _filing(item.incident)


def _weigh(model: ScoreModel, incident: Incident, view: View, group: int) -> Weighed:
    found = match(model.match, view.wanted, incident, view.today, view.heard_by)
    tier = bisect_right(model.thresholds.get(incident.currency, ()), incident.amount_minor)
    weight = model.weights[incident.category, incident.confidence][tier]
    table = (model.decay_halved if incident.retention_halved else model.decay)[incident.severity]
    age = max(0, view.today - incident.act_ended_on.toordinal())
    decay = table[age] if age < len(table) else 0
    belief = weight * found.value // SCALE * decay // SCALE
    return Weighed(incident, group, belief, found, decay, tier, found.heard and found.agreed & ANY_PERSONAL > 0)


def _shows(model: ScoreModel, incident: Incident, view: View) -> bool:
    """Say whether a report of a contested event may be called disputed in this answer."""
    if incident.state is not ReportState.ACTIVE and (incident.state not in CONTESTED or not incident.activated):
        return False
    return view.sees(incident) and _weigh(model, incident, view, 0).belief > 0
