"""UUIDv7 by RFC 9562, with its published example."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.uuids import uuid7

MOMENTS = st.integers(0, 2**48 - 1)
RANDOM = st.binary(min_size=10, max_size=10)


def test_the_example_of_the_standard() -> None:
    """RFC 9562, appendix A.6: rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F."""
    random = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10)
    assert uuid7(0x017F22E279B0, random) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(MOMENTS, RANDOM)
def test_version_variant_and_time_are_where_they_belong(t_ms: int, random: bytes) -> None:
    made = uuid7(t_ms, random)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == t_ms


@given(MOMENTS, MOMENTS, RANDOM, RANDOM)
def test_ids_sort_by_time(early: int, late: int, one: bytes, other: bytes) -> None:
    if early < late:
        assert uuid7(early, one) < uuid7(late, other)
        assert uuid7(early, one).bytes < uuid7(late, other).bytes


@given(MOMENTS, st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_every_random_bit_counts(t_ms: int, one: int, other: int) -> None:
    assert (uuid7(t_ms, one.to_bytes(10)) == uuid7(t_ms, other.to_bytes(10))) is (one == other)


@pytest.mark.parametrize("t_ms", [-1, 2**48])
def test_a_time_that_does_not_fit_is_refused(t_ms: int) -> None:
    with pytest.raises(ValueError):
        uuid7(t_ms, bytes(10))
