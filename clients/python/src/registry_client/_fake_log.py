"""A log for tests: signs receipts and checkpoints, and proves; small and slow, but true to the formats."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry_formats import base64std
from registry_formats.details import batch_detail, batch_org_detail, content_detail, request_digest, score_org_detail
from registry_formats.leaf import LAYOUT, LEAF_VERSION, Detail, Group, LeafType, commit
from registry_formats.merkle import hash_leaf, root_from_leaves
from registry_formats.notes import Checkpoint, Note, Signature, VerifierKey, encode_note
from registry_formats.proofs import TlogProof, encode_proof
from registry_formats.receipts import Receipt


class NoteKey:
    """Signs notes under a name."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = VerifierKey(name, public)

    def sign(self, text: str) -> str:
        """Write a note over a text that ends in a newline."""
        signature = Signature(self.verifier.name, self.verifier.key_id, self._key.sign(text.encode()))
        return encode_note(Note(text, (signature,)))


class FakeLog:
    """Keeps leaves in memory and puts them into the tree at once."""

    def __init__(self, realm: str) -> None:
        self._receipts = NoteKey(f"{realm}/receipts", sha256(b"receipts" + realm.encode()).digest())
        self._log = NoteKey(f"{realm}/audit/2026h2.1", sha256(b"log" + realm.encode()).digest())
        self._leaves: list[bytes] = []
        self._places: dict[UUID, int] = {}
        self.sealing = True

    @property
    def receipt_vkey(self) -> str:
        """The key to pin for receipts."""
        return self._receipts.verifier.encode()

    @property
    def log_vkey(self) -> str:
        """The key to pin for checkpoints."""
        return self._log.verifier.encode()

    def write(
        self, answer: Mapping[str, Any], *, body: bytes, asked: Mapping[str, Any], member: str, t_ms: int
    ) -> dict[str, Any]:
        """Enter an answer to a query and return it with its proof fields."""
        counter = len(self._places) + 1
        org = score_org_detail(member=member, purpose=asked["purpose"], claim=asked["claim_ref"], counter=counter)
        return {**answer, **self._enter(LeafType.QUERY, org, content_detail(request_digest(body), answer), t_ms)}

    def write_batch(
        self, answers: Sequence[Mapping[str, Any]], *, body: bytes, member: str, t_ms: int
    ) -> dict[str, Any]:
        """Enter the answers to a batch as one leaf and return them with their proof fields."""
        salts = [sha256(f"item {place}".encode()).digest() for place in range(len(answers))]
        pairs = list(zip(answers, salts, strict=True))
        digest = request_digest(body)
        commitments = [commit(Group.CONTENT, salt, content_detail(digest, one)) for one, salt in pairs]
        content = batch_detail(digest, commitments)
        org = batch_org_detail(member=member, counter=len(self._places) + 1)
        items = [{"result": one, "salt": base64std.encode(salt)} for one, salt in pairs]
        return {"items": items, "content": content, **self._enter(LeafType.BATCH, org, content, t_ms)}

    def _enter(self, kind: LeafType, org: Detail, content: Detail, t_ms: int) -> dict[str, Any]:
        number = len(self._places) + 1
        salts = {group: sha256(f"{group} {number}".encode()).digest() for group in Group}
        details: dict[Group, Detail] = {Group.ORG: org, Group.CONTENT: content}
        commitments = [commit(group, salts[group], details.get(group, {})) for group in Group]
        entry_id = UUID(int=t_ms << 80 | 7 << 76 | 2 << 62 | number)
        leaf = LAYOUT.pack(LEAF_VERSION, kind, 0, entry_id.bytes, t_ms, 1, number, *commitments)
        self._places[entry_id] = len(self._leaves)
        self._leaves.append(leaf)
        return {
            "counter": number,
            "leaf": base64std.encode(leaf),
            "receipt": self._receipts.sign(Receipt(hash_leaf(leaf), entry_id, t_ms).text()),
            "salts": {name: base64std.encode(salts[name]) for name in (Group.ORG, Group.CONTENT)},
        }

    def checkpoint(self, size: int | None = None) -> str:
        """Sign the tree, or its first `size` leaves."""
        hashes = self._hashes(size)
        root = root_from_leaves(hashes)
        return self._log.sign(Checkpoint(self._log.verifier.name, len(hashes), root).text())

    def inclusion(self, entry_id: UUID) -> str | None:
        """Prove that an entry is in the tree; None if it is not."""
        index = self._places.get(entry_id)
        if index is None or not self.sealing:
            return None
        return encode_proof(TlogProof(index, _inclusion(index, self._hashes()), self.checkpoint()))

    def consistency(self, old: int, new: int) -> list[str]:
        """Prove that the first `old` leaves are the beginning of the first `new`."""
        return [base64std.encode(value) for value in _consistency(old, self._hashes(new), whole=True)]

    def rewrite(self) -> None:
        """Change the first leaf, as a cheating operator would."""
        self._leaves[0] = bytes(len(self._leaves[0]))

    def _hashes(self, size: int | None = None) -> list[bytes]:
        return [hash_leaf(leaf) for leaf in self._leaves[:size]]


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def _inclusion(index: int, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """RFC 6962, section 2.1.1."""
    if len(hashes) <= 1:
        return ()
    left = _split(len(hashes))
    if index < left:
        return (*_inclusion(index, hashes[:left]), root_from_leaves(hashes[left:]))
    return (*_inclusion(index - left, hashes[left:]), root_from_leaves(hashes[:left]))


def _consistency(old: int, hashes: Sequence[bytes], *, whole: bool) -> tuple[bytes, ...]:
    """RFC 6962, section 2.1.2."""
    if old == len(hashes):
        return () if whole else (root_from_leaves(hashes),)
    left = _split(len(hashes))
    if old <= left:
        return (*_consistency(old, hashes[:left], whole=whole), root_from_leaves(hashes[left:]))
    return (*_consistency(old - left, hashes[left:], whole=False), root_from_leaves(hashes[:left]))
