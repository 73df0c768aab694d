"""Counts hold in every window, forget, and hold nothing that names anybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.relay.contacts import ContactKind, read
from registry.relay.tallies import Limit, Tally
from tests.relay.stage import PHONE


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pause_grows_and_the_cap_holds() -> None:
    time = Time()
    tally = Tally((Limit(1, 60), Limit(2, 300), Limit(3, 3_600)), b"k" * 32, time)
    waits = []
    for _ in range(4):
        waits.append(tally.wait("a"))
        time.now += waits[-1]
        tally.add("a")
    assert waits == [0.0, 60.0, 240.0, 3_300.0]
    assert tally.wait("b") == 0.0


@given(st.lists(st.floats(0, 50), max_size=60))
def test_no_window_ever_holds_more_than_its_limit(pauses: list[float]) -> None:
    time, limits, allowed = Time(), (Limit(2, 30), Limit(5, 300)), list[float]()
    tally = Tally(limits, b"k" * 32, time)
    for pause in pauses:
        time.now += pause
        if not tally.wait("a"):
            tally.add("a")
            allowed.append(time.now)
    for limit in limits:
        for at in allowed:
            assert sum(at <= one < at + limit.seconds for one in allowed) <= limit.most


def test_what_is_old_is_forgotten_and_what_is_kept_names_nobody() -> None:
    time = Time()
    tally = Tally((Limit(1, 60),), b"k" * 32, time)
    tally.add(PHONE)
    assert PHONE not in repr(tally._times)
    time.now = 60.0
    tally.add("other")
    assert len(tally._times) == 1


@pytest.mark.parametrize(
    ("typed", "kind", "spelling"),
    [
        ("13800138000", ContactKind.PHONE, "+8613800138000"),
        (" +44 20 7946 0958 ", ContactKind.PHONE, "+442079460958"),
        ("Li.Lei\uff20Example.com", ContactKind.EMAIL, "li.lei@example.com"),
    ],
)
def test_what_a_person_types_has_one_spelling(typed: str, kind: ContactKind, spelling: str) -> None:
    contact, found = read(typed)
    assert (contact.kind, found) == (kind, spelling)
