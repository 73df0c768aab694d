"""FRS-1.0 a second time, read from docs/scoring.md and the policy table alone, slow and plain.

It shares no arithmetic with the registry: its own roots, tables, unions and ladder. Both must give the same score.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from registry.domain.ids import IdentifierKind, ReportState, Severity
from registry.domain.incidents import Incident, Reliability
from tests.domain.score_cases import TABLE, Case

Q = 1_000_000_000
PERSONAL = {"national_id", "phone", "email"}


def ppm(value: int) -> int:
    return value * 1000


def times(*factors: int) -> int:
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor // Q
    return product


def at_least_one(beliefs: Iterable[int]) -> int:
    none = Q
    for survival in sorted(Q - belief for belief in beliefs):
        none = none * survival // Q
    return Q - none


def halvings(days: int, half_life: int) -> int:
    """Return 2^(-days / half_life) at scale 10^18 by the documented recurrence."""
    root = 0
    for bit in reversed(range(60)):
        if 2 * (root + 2**bit) ** half_life <= 10 ** (18 * half_life):
            root += 2**bit
    value = 10**18
    for _ in range(days):
        value = value * root // 10**18
    return value


class Halvings(dict[tuple[int, int], int]):
    """Remembered halvings."""

    def __missing__(self, key: tuple[int, int]) -> int:
        self[key] = halvings(*key)
        return self[key]


HALVED = Halvings()


def decay(incident: Incident, today: int) -> int:
    limit = TABLE["decay"]["retention_days"][incident.severity]
    limit = limit // 2 if incident.retention_halved else limit
    age = max(0, today - incident.act_ended_on.toordinal())
    if age >= limit:
        return 0
    half_life = TABLE["decay"]["half_life_days"]
    rest = HALVED[limit, half_life]
    return ppm((HALVED[age, half_life] - rest) * 10**6 // (10**18 - rest))


def phone(age: int) -> int:
    rules = TABLE["match"]["rules"]
    if age >= rules["phone_end_days"]:
        return 0
    faded = HALVED[max(0, age - rules["phone_grace_days"]), rules["phone_half_life_days"]]
    return ppm(TABLE["match"]["personal"]["phone"] * faded // 10**18)


class Found:
    """One incident that counts, compared with the query of a case."""

    def __init__(self, case: Case, incident: Incident) -> None:
        self.incident = incident
        self.today = case.as_of.toordinal()
        self.agreeing = [
            i for i in incident.identities if self.alive(i) and i.stored in {t.stored for t in case.tokens}
        ]
        self.agreed = {identity.kind.value for identity in self.agreeing}
        held = {(token.kind, token.epoch) for token in case.tokens}
        both = {i.kind.value for i in incident.identities if (i.kind, i.epoch) in held}
        equal = {i.kind.value for i in incident.identities if i.stored in {t.stored for t in case.tokens}}
        self.differing = both - equal
        self.match = self.strength()
        self.heard = self.was_heard(case)
        self.p = times(*self.factors(), self.match, decay(incident, self.today))

    def alive(self, identity: Any) -> bool:  # noqa: ANN401
        ended = identity.ends_on is not None and identity.ends_on.toordinal() <= self.today
        recycled = identity.kind is IdentifierKind.PHONE and not phone(self.age(identity))
        return not ended and not recycled

    def age(self, identity: Any) -> int:  # noqa: ANN401
        return max(0, self.today - int(identity.known_on.toordinal()))

    @property
    def lone(self) -> bool:
        """Whether it may be somebody near: household kinds alone, or a phone with at most an address."""
        return not self.agreed & PERSONAL or self.agreed in ({"phone"}, {"phone", "address"})

    @property
    def proven(self) -> bool:
        beside = self.agreed & set(TABLE["match"]["rules"]["companions"])
        return "national_id" in self.agreed or (bool(self.agreed & PERSONAL) and len(beside) >= 2)

    def strength(self) -> int:
        if "national_id" in self.differing or self.agreed <= {"address"}:
            return 0
        beliefs = [ppm(TABLE["match"]["personal"][kind]) for kind in self.agreed & PERSONAL - {"phone"}]
        beliefs += (
            [max(phone(self.age(i)) for i in self.agreeing if i.kind == "phone")] if "phone" in self.agreed else []
        )
        household = [ppm(TABLE["match"]["household"][kind]) for kind in self.agreed - PERSONAL]
        strength = at_least_one(beliefs + ([max(household)] if household else []))
        for _ in self.differing if self.lone else ():
            strength = times(strength, ppm(TABLE["match"]["rules"]["conflict_keep"]))
        return strength

    def was_heard(self, case: Case) -> bool:
        mine = {identity.stored for identity in self.agreeing}
        days = TABLE["heard"]["days"] * 86_400
        in_time = [s for s in self.incident.served if (case.as_of - s.at).total_seconds() >= days]
        return any(s.stored in mine for s in in_time) or any(t in mine for t in self.incident.answered)

    def factors(self) -> list[int]:
        tiers = TABLE["amount"]["thresholds_minor"].get(self.incident.currency, {})
        reached = [TABLE["amount"][tier] for tier, least in tiers.items() if self.incident.amount_minor >= least]
        return [
            ppm(TABLE["formula"]["recurrence"]),
            ppm(max(reached, default=10**6)),
            ppm(TABLE["proof"][self.incident.confidence]),
            ppm(TABLE["category"].get(self.incident.category, 0)),
        ]


def rho(record: Reliability) -> int:
    rules = TABLE["reliability"]
    slope, bad, every = int(rules["slope"]), int(rules["prior_bad"]), int(rules["prior_all"])
    if record.overturned >= rules["silenced_overturned"] and record.overturned * slope >= record.heard:
        return 0
    shares = [(bad + record.overturned, every + record.heard), (bad + record.failed, every + record.sampled)]
    return max(0, min(Q * (of - slope * part) // of for part, of in shares))


def counted(case: Case) -> list[Found]:
    events: dict[bytes, list[Incident]] = {}
    for incident in case.incidents:
        events.setdefault(incident.event, []).append(incident)
    found = []
    for reports in events.values():
        contested = any(
            r.state in {ReportState.DISPUTED, ReportState.SUSPENDED}
            or (r.state is ReportState.RESTRICTED and r.appeal_open)
            for r in reports
        )
        active = [r for r in reports if r.state is ReportState.ACTIVE and not r.act_denied and seen(case, r)]
        if active and not contested and not any(r.act_denied for r in reports):
            found.append(Found(case, min(active, key=lambda r: (r.filed_at, r.report_id))))
    return [f for f in found if f.p and bound(case, f)]


def seen(case: Case, incident: Incident) -> bool:
    own = case.asker is not None and case.asker.member_id == incident.member_id
    return incident.severity is not Severity.S1 or own


def bound(case: Case, found: Found) -> int:
    trust = rho(case.reliability.get(found.incident.group_id, Reliability()))
    return times(ppm(TABLE["formula"]["group_bound"]), trust)


def value(case: Case, evidence: Sequence[Found]) -> int:
    by_group = sorted(evidence, key=lambda f: f.incident.group_id)
    groups = [list(items) for _, items in groupby(by_group, key=lambda f: f.incident.group_id)]
    beliefs = [times(bound(case, items[0]), at_least_one(f.p for f in items)) for items in groups]
    return min(at_least_one(beliefs), max((f.match for f in evidence), default=0))


def rounded(belief: int) -> int:
    return (1000 * belief + Q // 2) // Q


def ladder(case: Case, evidence: Sequence[Found]) -> int:
    everything = min(value(case, evidence), ppm(TABLE["ceilings"]["uncertain"]))
    firm = [f for f in evidence if f.heard and f.agreed & PERSONAL]
    best = value(case, firm)
    groups = {f.incident.group_id for f in firm}
    remaining = [rounded(value(case, [f for f in firm if f.incident.group_id != g])) for g in groups]
    severe = (
        rounded(best) >= TABLE["bands"]["severe"]
        and any(f.proven for f in firm)
        and min(remaining) >= TABLE["severe"]["without_any_group"]
    )
    return max(everything, best if severe else min(best, ppm(TABLE["ceilings"]["unproven"])))


def reference(case: Case) -> tuple[int, int, int]:
    """Return the score of a case, the score without the asker's group, and the belief behind the score."""
    evidence = counted(case)
    own = None if case.asker is None else case.asker.group_id
    reached = ladder(case, evidence)
    return rounded(reached), rounded(ladder(case, [f for f in evidence if f.incident.group_id != own])), reached
