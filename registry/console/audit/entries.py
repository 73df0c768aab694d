"""One entry: what it says, what became of each of its groups, and the proof that it is in the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.deps import EdgeDep
from registry.console.access import Auditor
from registry.console.audit.room import RoomDep
from registry.console.audit.words import GROUP_TEXT, STATE_TEXT, TYPE_TEXT
from registry.errors import NotFound
from registry.services import auditing
from registry.services.auditing import Shown
from registry.services.auditing.standing import at_ms
from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.leaf import Group, LeafType
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey, parse_checkpoint_text, parse_note
from registry_formats.proofs import parse_proof, verify_proof

router = APIRouter(prefix="/audit")
_ORDER = (Group.ORG, Group.CONTENT, Group.SUBJECT, Group.STAFF)


@dataclass(frozen=True, slots=True)
class Part:
    """One group of an entry: its title, what became of it, and its detail where it may be shown."""

    title: str
    word: str
    meaning: str
    kind: str
    detail: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves an entry: hashes that lead from it to the root of a signed tree, and whether they do."""

    origin: str
    size: int
    hashes: int
    cosigners: int
    holds: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry as its page shows it."""

    id: UUID
    kind: str
    action: str
    at: datetime
    sealed_at: datetime | None
    member: str | None
    staff_tag: str
    tags: tuple[str, ...]
    place: int | None
    leaf: str
    parts: tuple[Part, ...]
    proof: Proof | None


def opened(shown: Shown, public: bytes) -> Opened:
    """Say what an entry is; `public` is the log's Ed25519 key."""
    entry, sealed = shown.entry, shown.entry.sealed
    org = entry.openings.get(Group.ORG)
    return Opened(
        sealed.id,
        TYPE_TEXT[LeafType(entry.leaf.kind)],
        str(org.detail.get("action", "")) if org else "",
        at_ms(entry.leaf.t_ms),
        None if shown.sealed_ms is None else at_ms(shown.sealed_ms),
        sealed.member_name,
        sealed.staff_tag.hex() if sealed.staff_tag else "",
        tuple(tag.hex() for tag in sealed.tags),
        sealed.idx,
        base64std.encode(sealed.leaf),
        tuple(_part(shown, group) for group in _ORDER),
        proof_of(shown.proof, sealed.leaf, public) if shown.proof else None,
    )


def _part(shown: Shown, group: Group) -> Part:
    opening = shown.entry.openings.get(group)
    return Part(GROUP_TEXT[group], *STATE_TEXT[shown.entry.states[group]], opening.detail if opening else None)


def proof_of(proof: str, leaf: bytes, public: bytes) -> Proof:
    """Say what a proof is made of, and follow it from the leaf to the root that the log's key signed."""
    read = parse_proof(proof)
    note = parse_note(read.checkpoint)
    said = parse_checkpoint_text(note.text)
    try:
        verify_proof(proof, hash_leaf(leaf), said.origin, (VerifierKey(said.origin, public),))
        holds = True
    except FormatError:
        holds = False
    cosigners = sum(one.name != said.origin for one in note.signatures)
    return Proof(said.origin, said.size, len(read.hashes), cosigners, holds)


@router.get("/entries/{entry_id}")
async def show(_: Auditor, room: RoomDep, edge: EdgeDep, entry_id: UUID) -> Response:
    """Open an entry."""
    shown = await auditing.open_one(room.sight, entry_id, because=room.why)
    return room.page("audit_entry.html", entry=opened(shown, edge.facts.log_public_key))


@router.get("/entries/{entry_id}/proof")
async def prove(_: Auditor, room: RoomDep, entry_id: UUID) -> Response:
    """Hand over the proof as a file (`tlog-proof@v1`). NotFound `entry_not_sealed`, while there is none yet."""
    shown = await auditing.open_one(room.sight, entry_id, because=room.why)
    if shown.proof is None:
        raise NotFound("entry_not_sealed")
    name = f'attachment; filename="{entry_id}.tlog-proof"'
    return Response(shown.proof, media_type="text/plain", headers={"content-disposition": name})
