"""Check offline what the registry shows a person of the log: who looked, and what became of each recall.

Answers of `GET /v1/me/looks` and `GET /v1/me/recalls` bring with each entry its leaf, what opens the leaf's
commitments, and a proof (c2sp.org/tlog-proof@v1). Nothing else is needed but the public keys of the log.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_formats import base64std
from registry_formats.details import check_batch_item
from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, Leaf, Opening, check_opening, decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey, parse_note
from registry_formats.proofs import parse_proof, verify_proof

KeysOf = Callable[[str], Iterable[VerifierKey]]
_SHOWN = (Group.ORG, Group.CONTENT)
_MALFORMED = "look_malformed"


@dataclass(frozen=True, slots=True)
class Checked:
    """What an answer proves: entries that are in the log, and those that no checkpoint covers yet."""

    proved: tuple[str, ...]
    unproved: tuple[str, ...]


def check_looks(answer: Mapping[str, Any], keys_of: KeysOf) -> Checked:
    """Check every look of an answer.

    Args:
        answer: the JSON of `GET /v1/me/looks`.
        keys_of: returns the keys that sign checkpoints of a log, by its origin.

    Raises:
        FormatError: `look_malformed`, or what `decode_leaf`, `check_opening`, `check_batch_item`, `verify_proof` raise.
    """
    return _check(answer, "looks", keys_of)


def check_recalls(answer: Mapping[str, Any], keys_of: KeysOf) -> Checked:
    """Check every entry of an answer, and that each step names an entry that says it.

    Args:
        answer: the JSON of `GET /v1/me/recalls`.
        keys_of: as for `check_looks`.

    Raises:
        FormatError: `recall_unproved` for a step without an entry about its recall; else as `check_looks`.
    """
    checked = _check(answer, "entries", keys_of)
    try:
        said = {str(one["entry_id"]): _named(one["content"]["detail"] or {}) for one in answer["entries"]}
        steps = [(one["recall_id"], step["entry_id"]) for one in answer["recalls"] for step in one["steps"]]
    except (AttributeError, KeyError, TypeError):
        raise FormatError(_MALFORMED) from None
    if any(recall not in said.get(entry, ()) for recall, entry in steps):
        raise FormatError("recall_unproved")
    return checked


def _named(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the recalls that an entry names."""
    return (*content.get("recalls", ()), content.get("recall", ""))


def _check(answer: Mapping[str, Any], name: str, keys_of: KeysOf) -> Checked:
    try:
        entries = {str(one["entry_id"]): _check_entry(one, keys_of) for one in answer[name]}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(_MALFORMED) from None
    proved = tuple(entry for entry, is_proved in entries.items() if is_proved)
    return Checked(proved, tuple(entry for entry in entries if entry not in proved))


def _check_entry(one: Mapping[str, Any], keys_of: KeysOf) -> bool:
    encoded = _bytes(one["leaf"])
    leaf = decode_leaf(encoded)
    if leaf.entry_id != UUID(one["entry_id"]):
        raise FormatError(_MALFORMED)
    opened = {group: _opened(leaf, group, one[group.value]) for group in _SHOWN}
    if one["item"] is not None:
        _check_item(one["item"], opened[Group.CONTENT])
    proof = one["proof"]
    if proof is None:
        return False
    origin = parse_note(parse_proof(proof).checkpoint).text.partition("\n")[0]
    verify_proof(proof, hash_leaf(encoded), origin, keys_of(origin))
    return True


def _opened(leaf: Leaf, group: Group, told: Mapping[str, Any]) -> Detail | None:
    """Check what opens a group; None where nothing is shown of it."""
    if told["detail"] is None:
        return None
    opening = Opening(_bytes(told["salt"]), told["detail"])
    check_opening(leaf, group, opening)
    return opening.detail


def _check_item(item: Mapping[str, Any], batch: Detail | None) -> None:
    """Check the claim of a batch by the root in the batch's own content."""
    told, path = item["content"], item["path"]
    if told["detail"] is None or batch is None or path is None:
        return
    opening = Opening(_bytes(told["salt"]), told["detail"])
    check_batch_item(batch, item["position"], opening, [_bytes(one) for one in path])


def _bytes(text: str) -> bytes:
    return base64std.decode(text, code=_MALFORMED)
