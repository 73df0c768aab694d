"""What is shown to a person of the log is checked whole or refused: no odd answer passes for a proof."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats import base64std, looks
from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, Leaf, LeafType, commit, encode_leaf

SALT = b"s" * 32
ENTRY, RECALL = UUID("01937d5e-8c00-7a10-8000-0000000000e1"), "01937d5e-8c00-7a10-8000-0000000000b1"
ORG: Detail = {"action": "recall.emit"}


def entry(content: Detail) -> dict[str, Any]:
    """Write an entry as it is shown before a checkpoint covers it."""
    details = {Group.ORG: ORG, Group.CONTENT: content}
    org, staff, subject, said = (commit(group, SALT, details.get(group, {})) for group in Group)
    leaf = Leaf(LeafType.RECALL, ENTRY, ENTRY.int >> 80, 1, 1, org, staff, subject, said)
    opened = {
        group.value: {"state": "ok", "salt": base64std.encode(SALT), "detail": dict(detail)}
        for group, detail in details.items()
    }
    shown = {"entry_id": str(ENTRY), "leaf": base64std.encode(encode_leaf(leaf)), "item": None, "proof": None}
    return shown | opened


def chain(content: Detail, entry_id: str | None = str(ENTRY)) -> dict[str, Any]:
    steps = [{"what": "told", "entry_id": entry_id}]
    return {"recalls": [{"recall_id": RECALL, "steps": steps}], "entries": [entry(content)]}


def nobody(_: str) -> list[Any]:
    return []


@pytest.mark.parametrize("content", [{"recalls": [RECALL]}, {"recall": RECALL}])
def test_a_step_is_backed_by_an_entry_that_names_its_recall(content: Detail) -> None:
    assert looks.check_recalls(chain(content), nobody) == looks.Checked((), (str(ENTRY),))


@pytest.mark.parametrize("answer", [chain({"recalls": []}), chain({"recall": RECALL}, None), chain({})])
def test_a_step_that_no_entry_backs_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="recall_unproved"):
        looks.check_recalls(answer, nobody)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entry_id": str(UUID(int=7))}, "look_malformed"),
        ({"content": {"state": "ok", "salt": base64std.encode(SALT), "detail": {}}}, "commitment_mismatch"),
        ({"leaf": "AA=="}, "leaf_malformed"),
        ({"leaf": "%"}, "look_malformed"),
        ({"proof": "c2sp.org/tlog-proof@v1\n"}, "proof_malformed"),
        ({"org": None}, "look_malformed"),
    ],
)
def test_what_was_changed_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(FormatError, match=code):
        looks.check_looks({"looks": [entry({"recall": RECALL}) | change]}, nobody)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(json, st.sampled_from(["leaf", "org", "content", "item", "entry_id"]))
def test_nothing_odd_passes_for_an_entry(value: object, name: str) -> None:
    shown = entry({"recall": RECALL})
    odd = {"looks": [shown | {name: value}]}
    if value == shown[name]:
        return
    with suppress(FormatError):
        assert looks.check_looks(odd, nobody).proved == ()
