"""Random bytes handed out in small parts: each once, and in no copy."""

import copy
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto.entropy import Entropy


class Counter:
    """Draws bytes that tell where they came from."""

    def __init__(self) -> None:
        self.draws: list[int] = []

    def __call__(self, size: int) -> bytes:
        first = sum(self.draws)
        self.draws.append(size)
        return b"".join(number.to_bytes(4) for number in range(first, first + size))[:size]


class Words:
    """Draws four-byte words, no two the same."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, size: int) -> bytes:
        words = -(-size // 4)
        first, self._next = self._next, self._next + words
        return b"".join(number.to_bytes(4) for number in range(first, first + words))[:size]


@given(st.lists(st.integers(1, 5_000).map(lambda words: 4 * words), max_size=60))
def test_no_byte_is_handed_out_twice(sizes: list[int]) -> None:
    entropy, seen = Entropy(Words()), set[bytes]()
    for size in sizes:
        fresh = entropy(size)
        words = {fresh[place : place + 4] for place in range(0, size, 4)}
        assert len(fresh) == size
        assert len(words) == size // 4
        assert not words & seen
        seen |= words


def test_much_is_drawn_at_once() -> None:
    counter = Counter()
    entropy = Entropy(counter)
    for _ in range(100):
        entropy(100)
    assert len(counter.draws) == 1
    assert len(entropy(100_000)) == 100_000


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_copy_would_hand_out_the_same_bytes_and_is_refused(duplicate: Callable[[Entropy], object]) -> None:
    with pytest.raises(TypeError):
        duplicate(Entropy(Counter()))
