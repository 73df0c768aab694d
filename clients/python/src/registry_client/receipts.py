"""Trust no answer without its receipt, and forget no receipt before its entry is proved to be in the log.

No input or output happens here. Every function takes parsed JSON, bytes as sent and the time, and raises
`registry_formats.errors.FormatError` with a code that says what is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry_formats import base64std
from registry_formats.details import content_detail, score_org_detail
from registry_formats.errors import FormatError
from registry_formats.leaf import LEAF_BYTES, SALT_BYTES, LeafType, Opening
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey
from registry_formats.receipts import Receipt, recompute, verify_receipt

MAX_SKEW_MS = 300_000


@dataclass(frozen=True, slots=True)
class Filed:
    """Keep what turns a promise into evidence: the receipt as signed, its meaning, and the leaf (168 bytes)."""

    note: str
    receipt: Receipt
    leaf: bytes

    @property
    def leaf_hash(self) -> bytes:
        """Give the hash to ask an inclusion proof for."""
        return hash_leaf(self.leaf)


class ReceiptBook:
    """Check the receipt of every answer and hold it until its inclusion is proved.

    Args:
        member: this member's own id, as the registry writes it.
        keys: the registry's receipt keys.
        max_skew_ms: how far a receipt's time may be from ours; further is an old answer played again, or a wrong clock.
    """

    def __init__(self, member: str, keys: Sequence[VerifierKey], *, max_skew_ms: int = MAX_SKEW_MS) -> None:
        self._member = member
        self._keys = tuple(keys)
        self._max_skew_ms = max_skew_ms
        self._pending: dict[bytes, Filed] = {}

    def accept(self, answer: Mapping[str, Any], *, body: bytes, purpose: str, claim: str, now_ms: int) -> Filed:
        """Check a score answer against the request that was sent, and hold its receipt.

        Args:
            answer: the parsed JSON of the answer.
            body: the bytes of the request's body, as sent.
            purpose: the purpose that was stated.
            claim: the claim reference that was stated.
            now_ms: our time, Unix milliseconds.

        Raises:
            FormatError: `receipt_missing`, `answer_malformed`, `receipt_time`, or what `verify_receipt` and
                `recompute` raise. Do not act on the answer.
        """
        note, leaf, org_salt, content_salt, counter = _proof(answer)
        org = score_org_detail(member=self._member, purpose=purpose, claim=claim, counter=counter)
        receipt = verify_receipt(note, leaf, self._keys)
        content = content_detail(body, answer)
        decoded = recompute(leaf, org=Opening(org_salt, org), content=Opening(content_salt, content))
        if decoded.kind is not LeafType.QUERY:
            raise FormatError("receipt_leaf")
        if abs(receipt.t_ms - now_ms) > self._max_skew_ms:
            raise FormatError("receipt_time")
        filed = Filed(note, receipt, leaf)
        self._pending[receipt.leaf_hash] = filed
        return filed

    def due(self, now_ms: int) -> tuple[Filed, ...]:
        """List the receipts whose entries must be in the log by now, oldest first."""
        late = (filed for filed in self._pending.values() if filed.receipt.due_ms <= now_ms)
        return tuple(sorted(late, key=lambda filed: filed.receipt.due_ms))

    def settle(self, filed: Filed) -> None:
        """Let go of a receipt, once `registry_client.log.LogWatch.prove` accepted the proof of its leaf."""
        self._pending.pop(filed.leaf_hash, None)


def _proof(answer: Mapping[str, Any]) -> tuple[str, bytes, bytes, bytes, int]:
    match answer:
        case {
            "receipt": str(note),
            "leaf": str(leaf),
            "salts": {"org": str(org), "content": str(content)},
            "counter": int(counter),
        } if not isinstance(counter, bool):
            pass
        case {"receipt": _, "leaf": _, "salts": _, "counter": _}:
            raise FormatError("answer_malformed")
        case _:
            raise FormatError("receipt_missing")
    decoded = base64std.decode(leaf, code="answer_malformed", size=LEAF_BYTES)
    org_salt = base64std.decode(org, code="answer_malformed", size=SALT_BYTES)
    content_salt = base64std.decode(content, code="answer_malformed", size=SALT_BYTES)
    return note, decoded, org_salt, content_salt, counter
