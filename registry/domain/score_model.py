"""The numbers of the score, read from a policy table and checked, with every lookup table built once.

All factors are kept at scale 10^9 (a part per million is 1000). The promises of docs/scoring.md that are about numbers
(one group is never severe, unheard evidence is never high) are checked here, so no policy can break them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Self

from registry.domain.beliefs import POINTS, SCALE, points
from registry.domain.decay import PPM, faded, powers, shifted
from registry.domain.ids import Band, Category, Confidence, IdentifierKind, Severity
from registry.domain.matching import HOUSEHOLD, PERSONAL, MatchRules
from registry.domain.tables import CODE, Table, digest, read_words
from registry.errors import Misconfigured

TIERS = ("serious", "large", "huge")
DAYS = (2, 3660)  # no period of the score is shorter or longer
PHONE_DAYS_MOST = 365  # numbers are recycled: no policy may let one name a person for longer
BANDS = (Band.LOW, Band.GUARDED, Band.HIGH, Band.SEVERE)


@dataclass(frozen=True, slots=True)
class ReliabilityRules:
    """How far a group's reports are believed, from how they fared."""

    slope: int
    prior_bad: int
    prior_all: int
    silenced_overturned: int


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """A version of the score: every number, and the tables made of them.

    Args:
        version: names the formula and its numbers.
        digest: SHA-256 of the policy table as canonical JSON, hex.
        recurrence: S, scale 10^9.
        proof: factor by confidence, scale 10^9.
        category: factor by category, scale 10^9.
        lightest: the category with the least factor of those that can be reported.
        amount: factor by tier, scale 10^9, tier 0 first.
        thresholds: minor units at which tiers 1, 2, … begin, by currency.
        group_bound: B, scale 10^9.
        decay: by severity, then by age in days, scale 10^9.
        decay_halved: the same for people of 18 to 20, whose retention is halved.
        match: see MatchRules.
        reliability: see ReliabilityRules.
        ceiling_uncertain: most that unheard or household-only evidence can reach, scale 10^9.
        ceiling_unproven: most without proven identity or with one group carrying it, scale 10^9.
        heard_after: from the served notice until a report is heard.
        bands: first point of low, guarded, high, severe.
        without_any_group: points that must remain when any one group is left out.
        closure_min_groups: independent groups that a closure needs.
        closure_recent_days: one supporting incident must be younger.
        recent: decay above which an incident is recent, scale 10^9.
        weights: S x amount x proof x category, by category and confidence, then by tier, scale 10^9.
    """

    version: str
    digest: str
    recurrence: int
    proof: Mapping[Confidence, int]
    category: Mapping[Category, int]
    lightest: Category
    amount: tuple[int, ...]
    thresholds: Mapping[str, tuple[int, ...]]
    group_bound: int
    decay: Mapping[Severity, tuple[int, ...]]
    decay_halved: Mapping[Severity, tuple[int, ...]]
    match: MatchRules
    reliability: ReliabilityRules
    ceiling_uncertain: int
    ceiling_unproven: int
    heard_after: timedelta
    bands: tuple[int, ...]
    without_any_group: int
    closure_min_groups: int
    closure_recent_days: int
    recent: int
    weights: Mapping[tuple[Category, Confidence], tuple[int, ...]]

    @classmethod
    def from_table(cls, content: Mapping[str, Any]) -> Self:
        """Read and check a policy table such as `policies/frs_1_0.toml`.

        Raises:
            Misconfigured: `policy_invalid`, naming the entry and the cure.
        """
        root = Table(content, "score")
        formula, ceilings, closure = root.table("formula"), root.table("ceilings"), root.table("closure")
        bands, heard, severe, reasons = (root.table(name) for name in ("bands", "heard", "severe", "reasons"))
        recurrence = _share(formula, "recurrence")
        proof, category = _proof(root.table("proof")), _category(root.table("category"))
        amount, thresholds = _amount(root.table("amount"))
        decay, halved = _decay(root.table("decay"))
        model = cls(
            version=root.text("version"),
            digest=digest(content),
            recurrence=recurrence,
            proof=proof,
            category=category,
            lightest=min(set(Category) - {Category.LABEL_REMOVED}, key=lambda kind: (category[kind], kind)),
            amount=amount,
            thresholds=thresholds,
            group_bound=_share(formula, "group_bound"),
            decay=decay,
            decay_halved=halved,
            match=_match(root.table("match")),
            reliability=_reliability(root.table("reliability")),
            ceiling_uncertain=_share(ceilings, "uncertain"),
            ceiling_unproven=_share(ceilings, "unproven"),
            heard_after=timedelta(days=_bounded(heard, "days", *DAYS)),
            bands=tuple(bands.integer(band, least=1) for band in BANDS),
            without_any_group=severe.integer("without_any_group", least=1),
            closure_min_groups=closure.integer("min_groups", least=2),
            closure_recent_days=closure.integer("recent_days", least=1),
            recent=_share(reasons, "recent"),
            weights=_weights(recurrence, amount, proof, category),
        )
        for table in (formula, ceilings, closure, bands, heard, severe, reasons, root):
            table.close()
        _check_promises(model)
        return model

    def with_thresholds(self, thresholds: Mapping[str, tuple[int, int, int]]) -> Self:
        """Add the currencies of a policy pack; those that the model itself lists stay as they are."""
        return replace(self, thresholds=MappingProxyType({**thresholds, **self.thresholds}))


def _weight(recurrence: int, amount: int, proof: int, category: int) -> int:
    """Return S x amount x proof x category, multiplied in this order, each product floored."""
    return recurrence * amount // SCALE * proof // SCALE * category // SCALE


def _share(table: Table, name: str) -> int:
    return _scaled(_bounded(table, name, 0, PPM))


def _bounded(table: Table, name: str, least: int, most: int) -> int:
    value = table.integer(name, least=least)
    if value > most:
        table.refuse(name, f"must be at most {most}")
    return value


def _scaled(ppm: int) -> int:
    return ppm * (SCALE // PPM)


def _proof(table: Table) -> Mapping[Confidence, int]:
    factors = {level: _share(table, level) for level in Confidence}
    table.close()
    if any(stronger < weaker for stronger, weaker in pairwise(factors.values())):
        table.refuse(Confidence.A, "must not be below B, nor B below C")
    return MappingProxyType(factors)


def _category(table: Table) -> Mapping[Category, int]:
    weightless = Category.LABEL_REMOVED
    factors = {kind: 0 if kind is weightless else _share(table, kind) for kind in Category}
    table.close()
    return MappingProxyType(factors)


def _amount(table: Table) -> tuple[tuple[int, ...], Mapping[str, tuple[int, ...]]]:
    factors = (PPM, *(_bounded(table, tier, PPM, 2 * PPM) for tier in TIERS))
    by_currency = table.table("thresholds_minor")
    thresholds = {}
    for currency in by_currency.names():
        row = by_currency.table(currency)
        thresholds[currency] = tuple(row.integer(tier, least=1) for tier in TIERS)
        row.close()
        if not _rises(thresholds[currency]):
            by_currency.refuse(currency, "thresholds must rise")
    table.close()
    if list(factors) != sorted(factors):
        table.refuse(TIERS[0], "factors must not fall from tier to tier")
    return tuple(map(_scaled, factors)), MappingProxyType(thresholds)


def _decay(table: Table) -> tuple[Mapping[Severity, tuple[int, ...]], Mapping[Severity, tuple[int, ...]]]:
    limits = table.table("retention_days")
    days = {severity: _bounded(limits, severity, *DAYS) for severity in Severity}
    limits.close()
    values = powers(_bounded(table, "half_life_days", *DAYS), max(days.values()))
    table.close()
    if any(lighter > graver for lighter, graver in pairwise(days.values())):
        table.refuse("retention_days", "must not fall as severity rises")
    full = {severity: tuple(map(_scaled, shifted(values, limit))) for severity, limit in days.items()}
    halved = {severity: tuple(map(_scaled, shifted(values, limit // 2))) for severity, limit in days.items()}
    return MappingProxyType(full), MappingProxyType(halved)


def _match(table: Table) -> MatchRules:
    personal, household, rules = table.table("personal"), table.table("household"), table.table("rules")
    phone = _bounded(personal, IdentifierKind.PHONE, 0, PPM)
    strengths = {kind: _share(personal, kind) for kind in PERSONAL if kind is not IdentifierKind.PHONE}
    fading = faded(
        phone,
        grace_days=_bounded(rules, "phone_grace_days", 0, DAYS[1]),
        half_life_days=_bounded(rules, "phone_half_life_days", *DAYS),
        end_days=_bounded(rules, "phone_end_days", 1, PHONE_DAYS_MOST),
    )
    match = MatchRules.build(
        strengths | {kind: _share(household, kind) for kind in HOUSEHOLD},
        read_words(rules, "companions", IdentifierKind),
        _share(rules, "conflict_keep"),
        tuple(map(_scaled, fading)),
    )
    for part in (personal, household, rules, table):
        part.close()
    return match


def _reliability(table: Table) -> ReliabilityRules:
    rules = ReliabilityRules(
        slope=table.integer("slope", least=1),
        prior_bad=table.integer("prior_bad"),
        prior_all=table.integer("prior_all", least=1),
        silenced_overturned=table.integer("silenced_overturned", least=1),
    )
    table.close()
    return rules


def _weights(
    recurrence: int, amount: tuple[int, ...], proof: Mapping[Confidence, int], category: Mapping[Category, int]
) -> Mapping[tuple[Category, Confidence], tuple[int, ...]]:
    return MappingProxyType(
        {
            (kind, level): tuple(_weight(recurrence, factor, proof[level], category[kind]) for factor in amount)
            for kind in Category
            for level in Confidence
        }
    )


def _rises(values: tuple[int, ...]) -> bool:
    return all(earlier < later for earlier, later in pairwise(values))


def _check_promises(model: ScoreModel) -> None:
    """Refuse numbers with which a stated promise of the score would no longer hold."""
    _, _, high, severe = model.bands
    promises = {
        "bands must rise and end at 1000 at most": _rises(model.bands) and severe <= POINTS,
        "formula.group_bound must stay below severe": points(model.group_bound) < severe,
        "ceilings.uncertain must stay below high": points(model.ceiling_uncertain) < high,
        "ceilings.unproven must stay below severe": points(model.ceiling_unproven) < severe,
        "ceilings.unproven must not be under ceilings.uncertain": model.ceiling_uncertain <= model.ceiling_unproven,
        "amount must keep one incident below certainty": model.recurrence * model.amount[-1] // SCALE < SCALE,
    }
    for promise, kept in promises.items():
        if not kept:
            raise Misconfigured(CODE, f"score: {promise}")
