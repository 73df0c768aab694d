"""What becomes of a group has four names, and the leaf decides between them."""

from uuid import UUID

import pytest

from registry_formats.leaf import Group, Leaf, LeafType, Opening, commit
from registry_formats.openings import ALARMS, ERASED_GROUPS, GroupState, judge, judge_all

SALT = b"\x05" * 32
DETAILS = {group: {"of": group.value} for group in Group}
OPENINGS = {group: Opening(SALT, detail) for group, detail in DETAILS.items()}
ORG, STAFF, SUBJECT, CONTENT = (commit(group, SALT, detail) for group, detail in DETAILS.items())
LEAF = Leaf(LeafType.QUERY, UUID("0191a7a0-0000-7000-8000-000000000001"), 1, 1, 1, ORG, STAFF, SUBJECT, CONTENT)


@pytest.mark.parametrize("group", list(Group))
@pytest.mark.parametrize("erased", [False, True])
def test_an_opening_that_the_leaf_commits_to_is_ok_whatever_is_said_of_it(group: Group, erased: bool) -> None:
    assert judge(LEAF, group, OPENINGS[group], erased) is GroupState.OK


@pytest.mark.parametrize("group", list(Group))
def test_what_is_gone_is_shredded_with_a_tombstone_and_missing_without(group: Group) -> None:
    assert judge(LEAF, group, None, erased=True) is GroupState.SHREDDED
    assert judge(LEAF, group, None, erased=False) is GroupState.MISSING


@pytest.mark.parametrize(
    "forged",
    [
        Opening(SALT, {"of": "another"}),
        Opening(b"\x06" * 32, DETAILS[Group.CONTENT]),
        Opening(SALT[:31], DETAILS[Group.CONTENT]),
        OPENINGS[Group.SUBJECT],
    ],
    ids=["detail", "salt", "short salt", "another group"],
)
@pytest.mark.parametrize("erased", [False, True])
def test_an_opening_of_something_else_is_a_mismatch_even_where_an_erasure_is_claimed(
    forged: Opening, erased: bool
) -> None:
    assert judge(LEAF, Group.CONTENT, forged, erased) is GroupState.MISMATCH


def test_an_erased_entry_keeps_saying_who_asked_and_why() -> None:
    kept = {group: opening for group, opening in OPENINGS.items() if group not in ERASED_GROUPS}
    states = judge_all(LEAF, kept, ERASED_GROUPS)
    assert states == {
        Group.ORG: GroupState.OK,
        Group.STAFF: GroupState.OK,
        Group.SUBJECT: GroupState.SHREDDED,
        Group.CONTENT: GroupState.SHREDDED,
    }
    assert ALARMS.isdisjoint(states.values())
    assert judge_all(LEAF, kept, frozenset())[Group.SUBJECT] in ALARMS
