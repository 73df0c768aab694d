"""Judge what should open a leaf: whether the detail is there, rightly destroyed, gone or forged.

The verdict needs the leaf (168 bytes, proved by the tree), the opening if there is one, and whether the log itself
holds an erasure entry that names this entry and group (`ERASED_GROUPS`). It reads nothing, so that an auditor's file,
an export and the registry's own check come to the same verdict.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, JsonValue, Leaf, Opening, check_opening, commit

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


def judge_item(commitment: bytes, opening: Opening | None, erased: bool) -> GroupState:  # noqa: FBT001 - the fact
    """Judge one claim of a batch by the commitment (32 bytes) that the batch's root covers, as `judge` does a group."""
    if opening is None:
        return GroupState.SHREDDED if erased else GroupState.MISSING
    try:
        is_whole = hmac.compare_digest(commit(Group.CONTENT, opening.salt, opening.detail), commitment)
    except FormatError:
        return GroupState.MISMATCH
    return GroupState.OK if is_whole else GroupState.MISMATCH


def tombstone_detail(
    *, erasure: str, legal_basis: str, proposer: str, approver: str, entries: Iterable[UUID], items: Iterable[UUID]
) -> Detail:
    """State what an erasure destroyed: the content of its own entry (leaf type 6).

    Args:
        erasure: the id under which it was decided.
        legal_basis: why.
        proposer: who asked for it.
        approver: who decided it, never the same.
        entries: whose subject and content are gone.
        items: claims of batches whose content is gone.
    """
    return {
        "approver": approver,
        "entries": [str(one) for one in entries],
        "erasure": erasure,
        "groups": sorted(ERASED_GROUPS),
        "items": [str(one) for one in items],
        "legal_basis": legal_basis,
        "proposer": proposer,
    }


def read_tombstone(content: Detail) -> dict[UUID, frozenset[Group]]:
    """Read which groups of which entries and items an erasure entry excuses.

    Raises:
        FormatError: `tombstone_malformed`; also for groups that no erasure destroys.
    """
    try:
        groups = frozenset(Group(name) for name in _texts(content.get("groups")))
        entries = {UUID(one): groups for one in _texts(content.get("entries"))}
        items = {UUID(one): frozenset({Group.CONTENT}) for one in _texts(content.get("items"))}
    except ValueError:
        raise FormatError("tombstone_malformed") from None
    if not groups <= ERASED_GROUPS:
        raise FormatError("tombstone_malformed")
    return entries | items


def _texts(value: JsonValue) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FormatError("tombstone_malformed")
    return value
