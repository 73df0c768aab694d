"""Judge what should open a leaf: whether the detail is there, rightly destroyed, gone or forged.

The verdict needs the leaf (168 bytes, proved by the tree), the opening if there is one, and whether the log itself
holds an erasure entry that names this entry and group (`ERASED_GROUPS`). It reads nothing, so that an auditor's file,
an export and the registry's own check come to the same verdict.
"""

from collections.abc import Mapping
from enum import StrEnum

from registry_formats.errors import FormatError
from registry_formats.leaf import Group, Leaf, Opening, check_opening

# What an erasure destroys: org and staff keep saying who asked, and why.
ERASED_GROUPS = frozenset({Group.SUBJECT, Group.CONTENT})


class GroupState(StrEnum):
    """What became of one group of one entry."""

    OK = "ok"  # the opening is what the leaf commits to
    SHREDDED = "shredded"  # gone, and an erasure entry in the log says so
    MISSING = "missing"  # gone, and no erasure entry says so: alarm
    MISMATCH = "mismatch"  # an opening that the leaf does not commit to: alarm


ALARMS = frozenset({GroupState.MISSING, GroupState.MISMATCH})


def judge(leaf: Leaf, group: Group, opening: Opening | None, erased: bool) -> GroupState:  # noqa: FBT001 - the fact
    """Judge one group of one entry.

    Args:
        leaf: as decoded from the 168 bytes that the tree proves.
        group: which of its four commitments.
        opening: salt and detail; None where nothing opens.
        erased: whether an erasure entry of the log names this entry and this group.
    """
    if opening is None:
        return GroupState.SHREDDED if erased else GroupState.MISSING
    try:
        check_opening(leaf, group, opening)
    except FormatError:
        return GroupState.MISMATCH
    return GroupState.OK


def judge_all(leaf: Leaf, openings: Mapping[Group, Opening], erased: frozenset[Group]) -> dict[Group, GroupState]:
    """Judge the four groups of an entry; a group without an opening is absent from `openings`."""
    return {group: judge(leaf, group, openings.get(group), group in erased) for group in Group}
