"""Trust no answer without its receipt, and forget no receipt before its entry is proved to be in the log.

No input or output happens here. Every function takes parsed JSON, bytes as sent and the time, and raises
`registry_formats.errors.FormatError` with a code that says what is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from registry_formats import base64std
from registry_formats.details import (
    batch_detail,
    batch_org_detail,
    closure_org_detail,
    content_detail,
    request_digest,
    score_org_detail,
)
from registry_formats.errors import FormatError
from registry_formats.leaf import LEAF_BYTES, SALT_BYTES, Detail, Group, LeafType, Opening, commit
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey
from registry_formats.receipts import MMD_SECONDS, Receipt, recompute, verify_receipt

MAX_SKEW_MS = 300_000


def permits_closure(answer: Mapping[str, Any], *, now_ms: int) -> bool:
    """Say whether an answer of the closure gate permits to close the account at this time, Unix milliseconds.

    Accept it first (`ReceiptBook.accept_closure`). Raises FormatError `answer_malformed`.
    """
    match answer:
        case {"outcome": "closure_refused"}:
            return False
        case {"outcome": "closure_permitted", "valid_until": str(until)}:
            try:
                return now_ms <= datetime.fromisoformat(until).timestamp() * 1000
            except ValueError:
                pass
    raise FormatError("answer_malformed")


@dataclass(frozen=True, slots=True)
class Filed:
    """Keep what turns a promise into evidence: the receipt as signed, its meaning, its leaf (168 bytes), since when.

    Args:
        kept_ms: our time when it came, Unix milliseconds.
    """

    note: str
    receipt: Receipt
    leaf: bytes
    kept_ms: int

    @property
    def due_ms(self) -> int:
        """Give the time from which it is the operator's fault if the entry is missing, by the clock that kept it.

        The registry's clock and ours may differ; from one reading of ours to the next the promised time passes on both.
        """
        return self.kept_ms + 1000 * MMD_SECONDS

    @property
    def leaf_hash(self) -> bytes:
        """Give the hash to ask an inclusion proof for."""
        return hash_leaf(self.leaf)


class ReceiptStore(Protocol):
    """Keep receipts until their entries are proved, and what is found when they are not."""

    def keep(self, filed: Filed) -> None:
        """Keep a receipt."""

    def forget(self, filed: Filed) -> None:
        """Let go of one."""

    def pending(self) -> Sequence[Filed]:
        """List all that are kept."""

    def accuse(self, code: str, filed: Filed | None, notes: Sequence[str]) -> Path | None:
        """Keep evidence of a broken promise or a second history; return the file, if it is one."""


class MemoryReceipts:
    """Keep receipts for the life of the process, and evidence nowhere."""

    def __init__(self) -> None:
        self._pending: dict[bytes, Filed] = {}

    def keep(self, filed: Filed) -> None:
        """Keep a receipt."""
        self._pending[filed.receipt.leaf_hash] = filed

    def forget(self, filed: Filed) -> None:
        """Let go of one."""
        self._pending.pop(filed.leaf_hash, None)

    def pending(self) -> Sequence[Filed]:
        """List all that are kept."""
        return list(self._pending.values())  # a copy, because other threads may accept meanwhile

    def accuse(self, code: str, filed: Filed | None, notes: Sequence[str]) -> Path | None:
        """Keep nothing: the exception holds the evidence."""
        del code, filed, notes
        return None


@dataclass(frozen=True, slots=True)
class _Proof:
    """Hold the proof fields of an answer, decoded."""

    note: str
    leaf: bytes
    org_salt: bytes
    content_salt: bytes
    counter: int


class ReceiptBook:
    """Check the receipt of every answer and hold it until its inclusion is proved.

    Args:
        member: this member's own id, as the registry writes it.
        keys: the registry's receipt keys.
        store: where receipts are kept until their inclusion is proved.
        max_skew_ms: how far a receipt's time may be from ours; further is an old answer played again, or a wrong clock.
    """

    def __init__(
        self,
        member: str,
        keys: Sequence[VerifierKey],
        *,
        store: ReceiptStore | None = None,
        max_skew_ms: int = MAX_SKEW_MS,
    ) -> None:
        self._member = member
        self._keys = tuple(keys)
        self._max_skew_ms = max_skew_ms
        self._store = MemoryReceipts() if store is None else store

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
        proof = _proof(answer)
        org = score_org_detail(member=self._member, purpose=purpose, claim=claim, counter=proof.counter)
        return self._keep(
            proof, LeafType.QUERY, org=org, content=content_detail(request_digest(body), answer), now_ms=now_ms
        )

    def accept_closure(self, answer: Mapping[str, Any], *, body: bytes, purpose: str, claim: str, now_ms: int) -> Filed:
        """Check what the closure gate answered, permission or refusal, and hold its receipt. As `accept`."""
        proof, outcome = _proof(answer), answer.get("outcome")
        if not isinstance(outcome, str):
            raise FormatError("answer_malformed")
        org = closure_org_detail(
            member=self._member, purpose=purpose, claim=claim, outcome=outcome, counter=proof.counter
        )
        return self._keep(
            proof, LeafType.QUERY, org=org, content=content_detail(request_digest(body), answer), now_ms=now_ms
        )

    def accept_batch(self, answer: Mapping[str, Any], *, body: bytes, now_ms: int) -> Filed:
        """Check the answer to a batch, all of its items in their order, and hold its one receipt.

        Args:
            answer: the parsed JSON of the answer.
            body: the bytes of the request's body, as sent.
            now_ms: our time, Unix milliseconds.

        Raises:
            FormatError: as `accept`.
        """
        proof, digest = _proof(answer), request_digest(body)
        match answer:
            case {"items": [_, *_] as items}:
                content = batch_detail(digest, [_commitment(digest, item) for item in items])
            case _:
                raise FormatError("answer_malformed")
        org = batch_org_detail(member=self._member, counter=proof.counter)
        return self._keep(proof, LeafType.BATCH, org=org, content=content, now_ms=now_ms)

    def _keep(self, proof: _Proof, kind: LeafType, *, org: Detail, content: Detail, now_ms: int) -> Filed:
        receipt = verify_receipt(proof.note, proof.leaf, self._keys)
        opened = Opening(proof.org_salt, org), Opening(proof.content_salt, content)
        if recompute(proof.leaf, org=opened[0], content=opened[1]).kind is not kind:
            raise FormatError("receipt_leaf")
        if abs(receipt.t_ms - now_ms) > self._max_skew_ms:
            raise FormatError("receipt_time")
        filed = Filed(proof.note, receipt, proof.leaf, now_ms)
        self._store.keep(filed)
        return filed

    def due(self, now_ms: int) -> tuple[Filed, ...]:
        """List the receipts whose entries must be in the log by now, oldest first."""
        late = (filed for filed in self._store.pending() if filed.due_ms <= now_ms)
        return tuple(sorted(late, key=lambda filed: filed.due_ms))

    def settle(self, filed: Filed) -> None:
        """Let go of a receipt, once its leaf is proved to be in the log."""
        self._store.forget(filed)


def _proof(answer: Mapping[str, Any]) -> _Proof:
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
    return _Proof(note, decoded, _salt(org), _salt(content), counter)


def _commitment(digest: str, item: object) -> bytes:
    match item:
        case {"result": dict(result), "salt": str(salt)}:
            return commit(Group.CONTENT, _salt(salt), content_detail(digest, result))
    raise FormatError("answer_malformed")


def _salt(text: str) -> bytes:
    return base64std.decode(text, code="answer_malformed", size=SALT_BYTES)
