"""Two sequences that stream by: each run taken out, put in or changed is named, whatever the pieces they come in."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_client.verifier.alignment import REACH, Alignment
from registry_client.verifier.findings import Faults
from registry_client.verifier.rows import Blank, Row

TRUE: Row = [sha256(b"%d" % number).digest() for number in range(6000)]
APART = 40  # so that no two runs touch
Named = tuple[str, int, int | None]


def _other(number: int) -> bytes:
    return sha256(b"other %d" % number).digest()


def _named(found: Sequence[bytes | Blank], true: Sequence[bytes | Blank], piece: int = 256) -> list[Named]:
    faults = Faults()
    alignment = Alignment(faults)
    for start in range(0, max(len(found), len(true)), piece):
        alignment.feed(found[start : start + piece], true[start : start + piece])
    alignment.finish()
    return [(one.finding.value, one.index or 0, one.last) for one in faults.all()]


@given(
    edits=st.lists(
        st.tuples(st.sampled_from(["taken", "put", "changed"]), st.integers(1, 20)), min_size=1, max_size=20
    ),
    piece=st.sampled_from([1, 100, 256, 5000]),
)
@settings(max_examples=60, deadline=None)
def test_runs_apart_from_one_another_are_named_exactly(edits: list[tuple[str, int]], piece: int) -> None:
    found, expected, at = list[bytes | Blank](), list[Named](), 0
    for kind, count in edits:
        found += TRUE[at : at + APART]
        at += APART
        last = at + count - 1 if count > 1 else None
        match kind:
            case "taken":
                expected.append(("entry_missing", at, last))
                at += count
            case "put":
                expected.append(("entry_inserted", at, last))
                found += [_other(number) for number in range(count)]
            case _:
                expected.append(("entry_changed", at, None))
                found.append(_other(0))
                at += 1
    found += TRUE[at:3000]
    assert _named(found, TRUE[:3000], piece) == expected


@given(size=st.integers(0, 700), piece=st.integers(1, 300))
def test_equal_sequences_have_no_fault(size: int, piece: int) -> None:
    assert _named(TRUE[:size], TRUE[:size], piece) == []


@pytest.mark.parametrize("count", [1, REACH - 1, REACH])
def test_a_long_run_is_still_recognised(count: int) -> None:
    last = 1000 + count - 1 if count > 1 else None
    assert _named([*TRUE[:1000], *TRUE[1000 + count :]], TRUE) == [("entry_missing", 1000, last)]
    assert _named(TRUE, [*TRUE[:1000], *TRUE[1000 + count :]]) == [("entry_inserted", 1000, last)]


def test_what_could_not_be_read_equals_all() -> None:
    unread: Row = [Blank.UNREAD] * 100
    assert _named([*TRUE[:50], *unread, *TRUE[150:]], TRUE) == []
    assert _named(TRUE, [*TRUE[:50], *unread, *TRUE[150:]]) == []
    assert _named([*TRUE, *unread], TRUE) == []


def test_an_entry_that_stands_there_twice_is_one_too_many() -> None:
    assert _named([*TRUE[:10], TRUE[9], *TRUE[10:]], TRUE) == [("entry_inserted", 10, None)]
    assert _named(TRUE, [*TRUE[:10], TRUE[9], *TRUE[10:]]) == [("entry_missing", 10, None)]


def test_the_end_taken_off_or_put_on_is_named() -> None:
    assert _named(TRUE[:5990], TRUE) == [("entry_missing", 5990, 5999)]
    assert _named(TRUE, TRUE[:5990]) == [("entry_inserted", 5990, 5999)]
