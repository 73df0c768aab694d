"""A sample follows from seed and tree size alone, and a filter only leaves items out."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.samples import draw, rank, refuse_if_signed, refuse_sign_off
from registry.errors import Conflict

SEEDS = st.binary(min_size=32, max_size=32)
SIZES = st.integers(min_value=1, max_value=300)


def test_the_rank_is_what_the_docs_say() -> None:
    seed = bytes(range(32))
    said = sha256(b"registry/audit-sample/v1\x00" + seed + b"\x00" * 6 + b"\x03\xe8" + b"\x00" * 7 + b"\x29").digest()
    assert rank(seed, 1000, 41) == said


@given(SEEDS, SIZES, st.integers(min_value=1, max_value=300))
def test_as_many_as_wanted_are_drawn_once_each_in_the_order_of_their_ranks(seed: bytes, size: int, wanted: int) -> None:
    drawn = draw(seed, size, wanted, range(size))
    assert len(drawn) == len(set(drawn)) == min(wanted, size)
    ranks = [rank(seed, size, idx) for idx in drawn]
    assert ranks == sorted(ranks)
    assert all(rank(seed, size, idx) > ranks[-1] for idx in set(range(size)) - set(drawn))


@given(SEEDS, SIZES, st.data())
def test_a_filter_only_leaves_items_out_and_a_larger_sample_begins_with_the_smaller(
    seed: bytes, size: int, data: st.DataObject
) -> None:
    kept = data.draw(st.sets(st.integers(min_value=0, max_value=size - 1)))
    everything = draw(seed, size, size, range(size))
    filtered = draw(seed, size, size, kept)
    assert filtered == [idx for idx in everything if idx in kept]
    assert draw(seed, size, 3, kept) == filtered[:3]


def test_what_lies_beyond_the_tree_is_not_drawn() -> None:
    assert sorted(draw(bytes(32), 3, 10, range(10))) == [0, 1, 2]


def test_another_seed_and_another_size_draw_others() -> None:
    drawn = {tuple(draw(bytes([seed]) * 32, size, 5, range(1000))) for seed in range(5) for size in (1000, 1001)}
    assert len(drawn) == 10


@pytest.mark.parametrize(
    ("signed", "items", "judged", "code"),
    [
        (False, 3, 3, None),
        (False, 0, 0, None),
        (False, 3, 2, "sample_unfinished"),
        (True, 3, 3, "sample_signed"),
        (True, 3, 2, "sample_signed"),
    ],
)
def test_a_sample_is_signed_once_and_only_when_all_is_judged(
    signed: bool, items: int, judged: int, code: str | None
) -> None:
    if code is None:
        refuse_sign_off(signed=signed, items=items, judged=judged)
        refuse_if_signed(signed=signed)
        return
    with pytest.raises(Conflict, match=code):
        refuse_sign_off(signed=signed, items=items, judged=judged)
