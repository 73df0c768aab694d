"""Derive the canonical details of an entry from a request and its answer: the registry commits, the member checks.

The content detail covers every field of the answer except the proof itself (the counter stands in org), so a field
added later is committed to without a change here. It covers the request by the SHA-256 of the very bytes of its body,
as RFC 9530 digests do, so that the two sides need not agree on how to read it.

A batch is one leaf. Its content is `{"n", "request_sha256", "root"}`, the root of an RFC 6962 tree whose leaves are the
32-byte content commitments of the items, each under its own salt.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, JsonValue, Opening, commit
from registry_formats.merkle import hash_leaf, root_from_leaves, verify_inclusion

PROOF_FIELDS = frozenset({"counter", "leaf", "receipt", "salts"})
SCORE_ACTION = "score.query"
BATCH_ACTION = "score.batch"
CLOSURE_ACTION = "closure.ask"
SCORE_LEGAL_BASIS = "open_claim"
ANSWERED = "answered"


def org_detail(
    *, member: str, action: str, purpose: str, legal_basis: str, outcome: str, claim: str | None, counter: int
) -> Detail:
    """State who asked and why. `counter` counts this member's entries, so that the member can reconcile a month."""
    return {
        "action": action,
        "claim": claim,
        "counter": counter,
        "legal_basis": legal_basis,
        "member": member,
        "outcome": outcome,
        "purpose": purpose,
    }


def score_org_detail(*, member: str, purpose: str, claim: str, counter: int) -> Detail:
    """State who was given a score; who asked knows all of it but `counter`, which the answer carries."""
    return org_detail(
        member=member,
        action=SCORE_ACTION,
        purpose=purpose,
        legal_basis=SCORE_LEGAL_BASIS,
        outcome=ANSWERED,
        claim=claim,
        counter=counter,
    )


def closure_org_detail(*, member: str, purpose: str, claim: str, outcome: str, counter: int) -> Detail:
    """State who was told whether an account may be closed, and the outcome."""
    return org_detail(
        member=member,
        action=CLOSURE_ACTION,
        purpose=purpose,
        legal_basis=SCORE_LEGAL_BASIS,
        outcome=outcome,
        claim=claim,
        counter=counter,
    )


def batch_org_detail(*, member: str, counter: int) -> Detail:
    """State who was given a batch of scores; purpose and claim stand in each item."""
    return org_detail(
        member=member,
        action=BATCH_ACTION,
        purpose="",
        legal_basis=SCORE_LEGAL_BASIS,
        outcome=ANSWERED,
        claim=None,
        counter=counter,
    )


def request_digest(body: bytes) -> str:
    """Return what details say of a request: the SHA-256 of its body as sent, in hexadecimal."""
    return sha256(body).hexdigest()


def content_detail(request_sha256: str, answer: Mapping[str, JsonValue]) -> Detail:
    """State what was asked, by `request_digest`, and the whole answer that was given."""
    shown = answer
    if not PROOF_FIELDS.isdisjoint(answer):
        shown = {name: value for name, value in answer.items() if name not in PROOF_FIELDS}
    return told_detail(request_sha256, shown)


def told_detail(request_sha256: str, told: JsonValue) -> Detail:
    """State the same of an answer that holds no proof yet."""
    return {"answer": told, "request_sha256": request_sha256}


def batch_detail(request_sha256: str, commitments: Sequence[bytes]) -> Detail:
    """State what a batch answered: how many items, and the root over their content commitments (32 bytes each)."""
    root = root_from_leaves([hash_leaf(value) for value in commitments])
    return {"n": len(commitments), "request_sha256": request_sha256, "root": root.hex()}


def prove_batch_item(commitments: Sequence[bytes], index: int) -> list[bytes]:
    """Prove one item's place among the content commitments of its batch: what `check_batch_item` checks."""
    hashes, proof = [hash_leaf(value) for value in commitments], list[bytes]()
    while len(hashes) > 1:
        # Split where RFC 6962 does: after the largest power of two smaller than the number of leaves.
        middle = 1 << (len(hashes) - 1).bit_length() - 1
        left, right = hashes[:middle], hashes[middle:]
        proof.append(root_from_leaves(right if index < middle else left))
        hashes, index = (left, index) if index < middle else (right, index - middle)
    return proof[::-1]


def check_batch_item(batch: Detail, index: int, item: Opening, proof: Sequence[bytes]) -> None:
    """Check that this item was answered at this place of the batch.

    Raises:
        FormatError: `batch_malformed`, or what `verify_inclusion` raises.
    """
    size, root = batch.get("n"), batch.get("root")
    if type(size) is not int or not isinstance(root, str):
        raise FormatError("batch_malformed")
    try:
        expected = bytes.fromhex(root)
    except ValueError:
        raise FormatError("batch_malformed") from None
    verify_inclusion(index, size, hash_leaf(commit(Group.CONTENT, item.salt, item.detail)), proof, expected)
