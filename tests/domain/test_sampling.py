"""Chance that nobody chooses and everybody can recompute, and the brake on a flood of reports."""

from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.sampling import drawn, lot, sample, waits
from tests.filings import CN

RULES = CN.integrity
SEED = b"s" * 32
IDS = [UUID(int=number) for number in range(20_000)]


def test_a_lot_is_the_head_of_an_hmac() -> None:
    # xxd -r -p <<< 0000000000000000000000000000002a | openssl dgst -sha256 -hmac (32 times the letter s)
    assert f"{lot(SEED, UUID(int=42)):016x}" == "f435503a740d1e03"


def test_two_in_a_hundred_are_drawn() -> None:
    share = sum(drawn(SEED, id_, RULES) for id_ in IDS)
    assert 340 < share < 460  # 400 expected, standard deviation 20


def test_another_seed_draws_others() -> None:
    one, other = ({id_ for id_ in IDS if drawn(seed, id_, RULES)} for seed in (SEED, b"t" * 32))
    assert len(one & other) < 30


@given(st.sets(st.uuids(), max_size=30), st.integers(0, 10), st.randoms(use_true_random=False))
def test_a_sample_depends_on_seed_and_ids_alone(ids: set[UUID], size: int, order: Random) -> None:
    shuffled = sorted(ids)
    order.shuffle(shuffled)
    found = sample(SEED, shuffled, size)
    assert found == sample(SEED, sorted(ids), size)
    assert len(found) == min(size, len(ids))
    assert set(found) <= ids


@pytest.mark.parametrize(
    ("this_week", "weeks", "expected"),
    [
        (20, [], False),
        (21, [], True),
        (30, [10] * 8, False),
        (31, [10] * 8, True),
        (31, [10] * 4, True),
        (300, [100] * 8, False),
        (301, [100] * 8, True),
        (20, [1] * 8, False),
        (31, [10] * 8 + [1_000] * 8, True),
    ],
)
def test_a_flood_waits(this_week: int, weeks: list[int], expected: bool) -> None:
    assert waits(this_week, weeks, RULES) is expected
