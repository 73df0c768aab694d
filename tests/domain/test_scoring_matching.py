"""How sure an agreement of identifiers makes us: every one of the 3^6 states of agree, differ and absent."""

from itertools import product

import pytest

from registry.domain.beliefs import SCALE
from registry.domain.ids import IdentifierKind
from registry.domain.matching import BIT, KINDS, KINDS_OF, MatchRules, MatchStrength, Wanted, match
from tests.domain.score_cases import (
    ADDRESS,
    DEVICE,
    EMAIL,
    MODEL,
    NATIONAL_ID,
    NOW,
    PAYMENT,
    PHONE,
    TODAY,
    report,
    token,
)
from tests.domain.score_strategies import Compared, with_comparison

RULES = MODEL.match
STATES = tuple(Compared)
EVERY = tuple(product(STATES, repeat=len(KINDS)))
WANTED = Wanted([token(kind) for kind in KINDS])


def value(state: tuple[Compared, ...], phone_age: int = 0) -> int:
    item = with_comparison(report(), dict(zip(KINDS, state, strict=True)), phone_age)
    return match(RULES, WANTED, item, TODAY.toordinal(), NOW).value


TABLE = {state: value(state) for state in EVERY}


def agreeing(*kinds: IdentifierKind, differing: tuple[IdentifierKind, ...] = ()) -> int:
    chosen = dict.fromkeys(KINDS, Compared.ABSENT)
    chosen |= dict.fromkeys(kinds, Compared.AGREES) | dict.fromkeys(differing, Compared.DIFFERS)
    return TABLE[tuple(chosen[kind] for kind in KINDS)]


def test_the_match_table_is_monotone_over_all_states() -> None:
    assert len(TABLE) == 3**6
    steps = 0
    for state in EVERY:
        for place, here in enumerate(state):
            for better in STATES[STATES.index(here) + 1 :]:
                improved = (*state[:place], better, *state[place + 1 :])
                assert TABLE[improved] >= TABLE[state], (state, improved)
                steps += 1
    assert steps == 6 * 3 * 3**5


def test_a_fading_phone_is_monotone_in_every_state() -> None:
    for state in EVERY:
        by_age = [value(state, age) for age in (0, 90, 91, 200, 364, 365, 800)]
        assert by_age == sorted(by_age, reverse=True)


def test_another_national_id_is_a_veto_in_every_state() -> None:
    assert {found for state, found in TABLE.items() if state[0] is Compared.DIFFERS} == {0}


def test_an_address_alone_is_no_match_in_any_state() -> None:
    for state, found in TABLE.items():
        agreed = {kind for kind, how in zip(KINDS, state, strict=True) if how is Compared.AGREES}
        if agreed <= {ADDRESS}:
            assert found == 0


@pytest.mark.parametrize(
    ("kinds", "differing", "expected"),
    [
        ((NATIONAL_ID,), (), 995_000_000),
        ((PHONE,), (), 950_000_000),
        ((EMAIL,), (), 930_000_000),
        ((PHONE, EMAIL), (), 996_500_000),
        ((PAYMENT, DEVICE, ADDRESS), (), 800_000_000),
        ((DEVICE, ADDRESS), (), 450_000_000),
        ((PHONE, PAYMENT), (), 990_000_000),
        ((PHONE,), (EMAIL,), 570_000_000),
        ((PHONE,), (EMAIL, DEVICE), 342_000_000),
        ((PHONE, ADDRESS), (EMAIL,), 576_000_000),
        ((PAYMENT,), (PHONE, EMAIL), 288_000_000),
        ((EMAIL,), (PHONE, PAYMENT, DEVICE), 930_000_000),
        ((PHONE, PAYMENT), (EMAIL,), 990_000_000),
        ((NATIONAL_ID,), (PHONE, EMAIL, PAYMENT), 995_000_000),
    ],
)
def test_strengths_combine_as_published(
    kinds: tuple[IdentifierKind, ...], differing: tuple[IdentifierKind, ...], expected: int
) -> None:
    assert agreeing(*kinds, differing=differing) == expected


@pytest.mark.parametrize(
    ("kinds", "strength"),
    [
        ((ADDRESS,), MatchStrength.NONE),
        ((PHONE,), MatchStrength.WEAK),
        ((PHONE, ADDRESS), MatchStrength.WEAK),
        ((PAYMENT, DEVICE), MatchStrength.WEAK),
        ((EMAIL,), MatchStrength.PROBABLE),
        ((EMAIL, ADDRESS), MatchStrength.PROBABLE),
        ((NATIONAL_ID,), MatchStrength.PROVEN),
        ((PHONE, EMAIL), MatchStrength.PROVEN),
        ((PHONE, DEVICE), MatchStrength.PROVEN),
        ((EMAIL, PAYMENT), MatchStrength.PROVEN),
    ],
)
def test_identity_is_proven_by_a_national_id_or_a_personal_kind_beside_another(
    kinds: tuple[IdentifierKind, ...], strength: MatchStrength
) -> None:
    assert RULES.strength[sum(BIT[kind] for kind in kinds)] is strength


def test_a_household_is_one_cause_whatever_agrees() -> None:
    household = (PAYMENT, DEVICE, ADDRESS)
    assert agreeing(*household) == agreeing(PAYMENT)
    assert agreeing(PHONE, *household) == agreeing(PHONE, PAYMENT)


def test_tables_cover_every_set_of_kinds() -> None:
    assert len(RULES.united) == len(RULES.strength) == len(KINDS_OF) == 2**6
    assert all(0 <= found < SCALE for found in RULES.united)
    assert KINDS_OF[-1] == KINDS


def test_the_older_of_two_equal_phones_does_not_weaken_the_newer() -> None:
    rules: MatchRules = RULES
    assert rules.phone_today(0) == 950_000_000
    assert rules.phone_today(-1) == 950_000_000
    assert rules.phone_today(365) == 0
    assert rules.phone_today(364) == 834_120_000
