"""How sure the agreement of identifiers makes us of the person, report by report and never by union over reports.

Personal kinds are independent of each other. Household kinds share one cause, the household, so only the strongest
counts; an address alone is no match. A kind is compared where query and report both hold a token of it in one epoch,
and it differs when none is equal: another national id is a veto; a lone phone, or household kinds alone, lose a share
with each kind that differs. A phone with nothing but an address beside it is still a lone phone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

from registry.domain.beliefs import SCALE, union
from registry.domain.ids import IdentifierKind
from registry.domain.incidents import Incident, QueryToken

PERSONAL = (IdentifierKind.NATIONAL_ID, IdentifierKind.PHONE, IdentifierKind.EMAIL)
HOUSEHOLD = (IdentifierKind.PAYMENT, IdentifierKind.DEVICE, IdentifierKind.ADDRESS)
KINDS = PERSONAL + HOUSEHOLD
BIT = {kind: 1 << place for place, kind in enumerate(KINDS)}
STATES = 1 << len(KINDS)
NATIONAL_ID, PHONE, ADDRESS = BIT[IdentifierKind.NATIONAL_ID], BIT[IdentifierKind.PHONE], BIT[IdentifierKind.ADDRESS]
PERSONAL_BITS = tuple(BIT[kind] for kind in PERSONAL)
ANY_PERSONAL = sum(PERSONAL_BITS)


class MatchStrength(StrEnum):
    """How far the match names the person and not only somebody near."""

    NONE = "none"
    WEAK = "weak"  # a lone phone, or household kinds alone: may be somebody near
    PROBABLE = "probable"
    PROVEN = "proven"  # national id, or a personal kind plus another


RANK = {strength: rank for rank, strength in enumerate(MatchStrength)}


@dataclass(frozen=True, slots=True)
class MatchRules:
    """Strengths at scale 10^9, with a place in each table for every set of agreeing kinds (bits of `BIT`).

    Args:
        factors: the beliefs that are united, without the phone.
        united: their union.
        whole: their union with a phone that has not faded.
        strength: what the set proves.
        conflict_keep: factor for each compared kind that differs, where the set is weak.
        phone_by_day: strength of a phone by days since it was last known to be the person's.
    """

    factors: tuple[tuple[int, ...], ...]
    united: tuple[int, ...]
    whole: tuple[int, ...]
    strength: tuple[MatchStrength, ...]
    conflict_keep: int
    phone_by_day: tuple[int, ...]

    @classmethod
    def build(
        cls,
        strengths: Mapping[IdentifierKind, int],
        companions: Iterable[IdentifierKind],
        conflict_keep: int,
        phone_by_day: tuple[int, ...],
    ) -> Self:
        """Fill the tables.

        Args:
            strengths: strength of each kind by itself, scale 10^9.
            companions: kinds that prove an identity together with a personal kind.
            conflict_keep: see the class.
            phone_by_day: see the class.
        """
        beside = sum(BIT[kind] for kind in set(companions))
        factors = tuple(_factors(strengths, agreed) for agreed in range(STATES))
        return cls(
            factors=factors,
            united=tuple(union(beliefs) for beliefs in factors),
            whole=tuple(union((*beliefs, phone_by_day[0])) for beliefs in factors),
            strength=tuple(_strength(agreed, beside) for agreed in range(STATES)),
            conflict_keep=conflict_keep,
            phone_by_day=phone_by_day,
        )

    def value(self, agreed: int, differing: int, phone: int) -> int:
        """Return the strength of a match at scale 10^9.

        Args:
            agreed: bits of the kinds that agree.
            differing: bits of the compared kinds that differ.
            phone: strength of the phone today, if it is among `agreed`.
        """
        strength = self.strength[agreed]
        if strength is MatchStrength.NONE or differing & NATIONAL_ID:
            return 0
        if not agreed & PHONE:
            value = self.united[agreed]
        elif phone == self.phone_by_day[0]:
            value = self.whole[agreed]
        else:
            value = union((*self.factors[agreed], phone))
        if differing and strength is MatchStrength.WEAK:
            for _ in range(differing.bit_count()):
                value = value * self.conflict_keep // SCALE
        return value

    def phone_today(self, days: int) -> int:
        """Return the strength of a phone that was last known to be the person's so many days ago."""
        return self.phone_by_day[max(0, days)] if days < len(self.phone_by_day) else 0


class Match(NamedTuple):
    """What one report has in common with a query. A named tuple: one is made per report of every answer."""

    value: int
    agreed: int
    strength: MatchStrength
    heard: bool


class Wanted:
    """The tokens of one query, arranged for comparison."""

    __slots__ = ("held", "stored")

    def __init__(self, tokens: Sequence[QueryToken]) -> None:
        self.stored = {token.stored for token in tokens}
        self.held = {(token.kind, token.epoch) for token in tokens}


def match(rules: MatchRules, wanted: Wanted, incident: Incident, today: int, heard_by: datetime) -> Match:
    """Compare a query with one report.

    Args:
        rules: the strengths.
        wanted: the query.
        incident: the report.
        today: the day of the answer as a proleptic ordinal.
        heard_by: a notice served at this moment or earlier has been open long enough.
    """
    agreed = same = compared = phone = 0
    equal = []
    for identity in incident.identities:
        bit = BIT[identity.kind]
        if identity.stored in wanted.stored:
            same |= bit
            if identity.ends_on is not None and identity.ends_on.toordinal() <= today:
                continue
            if bit == PHONE:
                today_worth = rules.phone_today(today - identity.known_on.toordinal())
                if not today_worth:
                    continue
                phone = max(phone, today_worth)
            agreed |= bit
            equal.append(identity.stored)
        elif (identity.kind, identity.epoch) in wanted.held:
            compared |= bit
    if not agreed:
        return NO_MATCH
    value = rules.value(agreed, compared & ~same, phone)
    return Match(value, agreed, rules.strength[agreed], _heard(incident, equal, heard_by))


def _heard(incident: Incident, equal: Sequence[bytes], heard_by: datetime) -> bool:
    """Say whether the person this query names was heard: another token of the report does not speak for them."""
    for notice in incident.served:
        if notice.at <= heard_by and notice.stored in equal:
            return True
    return bool(incident.answered) and not set(incident.answered).isdisjoint(equal)


def _factors(strengths: Mapping[IdentifierKind, int], agreed: int) -> tuple[int, ...]:
    """Return what is united: each personal kind but the phone, and the strongest household kind."""
    personal = [strengths[kind] for kind in PERSONAL if agreed & BIT[kind] & ~PHONE]
    household = [strengths[kind] for kind in HOUSEHOLD if agreed & BIT[kind]]
    return (*personal, max(household)) if household else tuple(personal)


def _strength(agreed: int, beside: int) -> MatchStrength:
    if not agreed & ~ADDRESS:
        return MatchStrength.NONE
    if agreed & NATIONAL_ID or any(agreed & bit and agreed & beside & ~bit for bit in PERSONAL_BITS):
        return MatchStrength.PROVEN
    if agreed & ~ADDRESS == PHONE or not agreed & ANY_PERSONAL:
        return MatchStrength.WEAK
    return MatchStrength.PROBABLE


KINDS_OF = tuple(tuple(kind for kind in KINDS if agreed & BIT[kind]) for agreed in range(STATES))
NO_MATCH = Match(0, 0, MatchStrength.NONE, heard=False)
