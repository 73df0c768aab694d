"""Sealed files for an appeal: taken in whole or not at all, shown to whoever may see them, destroyed in time.

A file belongs to an entry of the appeal's manifest, which says what it must be. It is sealed while it arrives, so that
nothing of it ever lies open in the registry. Each look leaves a trace: who, what, why.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from registry.crypto.sealed import KEY_BYTES, NONCE_BYTES, unwrap_key, wrap_key
from registry.crypto.sealed_files import FileSealer, file_key_context, open_file
from registry.domain.appeal_case import Actor
from registry.domain.appeal_files import Side
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Purpose
from registry.domain.policy import Policy
from registry.domain.uploads import (
    HEAD_BYTES,
    Expected,
    Fate,
    check_entry,
    check_head,
    check_open,
    check_reader,
    check_room,
    check_whole,
    decided_until,
)
from registry.errors import NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import reports
from registry.store import uploads as store
from registry.store.database import WriteSession
from registry.store.uploads import Entry, File
from registry_formats.leaf import JsonValue, LeafType

BATCH = 50
LEGAL_BASIS = "appeal"


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process keeps files with.

    Args:
        trail: writes the audit entries.
        entropy: returns so many random bytes.
        most: bytes of one file.
        wrapping: wraps the key of each file, 32 bytes.
    """

    trail: Trail
    entropy: Callable[[int], bytes]
    most: int
    wrapping: bytes = field(repr=False)

    @staticmethod
    def derive(records: bytes) -> bytes:
        """Derive the wrapping key from the key of records (RFC 5869, expand only: the input is uniform)."""
        return HKDFExpand(SHA256(), 32, b"registry/file-kek/v1").derive(records)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who sends or looks: a member by its id, somebody of the staff, or the subject, of whom the caller is sure.

    With `own_only` they see what their own side has sent.
    """

    side: Side
    member_id: UUID | None = None
    staff: Actor | None = None
    own_only: bool = False

    @property
    def sender(self) -> UUID | None:
        """Return who sends; nobody is known by a name who is the subject."""
        return self.member_id or (self.staff.staff_id if self.staff else None)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file that has arrived whole and is what was announced."""

    entry: Entry
    wrapped_key: bytes = field(repr=False)
    chunks: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was sent."""

    expected: Expected
    content: bytes = field(repr=False)


async def expect(session: WriteSession, appeal_id: UUID, evidence_id: UUID, *, by: Reader, desk: Desk) -> Entry:
    """Return the entry a file is about to be sent for: one of the sender's own.

    Raises:
        NotFound: `evidence_unknown`.
        Malformed: `file_type_refused`, `file_too_large`.
        Conflict: `files_too_many`, `appeal_step_refused` once the appeal is over.
    """
    entry = await _entry(session, appeal_id, evidence_id, by)
    if entry.side is not by.side:
        raise NotFound("evidence_unknown")
    check_open(entry.work)
    check_entry(entry.expected.media_type, entry.expected.size, most=desk.most)
    if entry.file is None:
        check_room(await store.count(session, appeal_id=appeal_id, side=by.side))
    return entry


async def seal(entry: Entry, arriving: AsyncIterator[bytes], *, desk: Desk) -> Sealed:
    """Seal a file while it arrives; no more of it is read than was announced.

    Errors: Malformed `file_type_differs`, `file_differs`.
    """
    random = desk.entropy(NONCE_BYTES + KEY_BYTES)
    key, file_id = random[NONCE_BYTES:], entry.evidence_id.bytes
    context = file_key_context(file_id, entry.appeal_id.bytes)
    sealer, chunks, head = FileSealer(key, file_id), list[bytes](), b""
    async for data in arriving:
        if len(head) < HEAD_BYTES:
            head += data[: HEAD_BYTES - len(head)]
        chunks += sealer.feed(data)
        if sealer.size > entry.expected.size:
            break
    check_whole(entry.expected, size=sealer.size, sha256=sealer.sha256)
    check_head(entry.expected, head)
    wrapped = wrap_key(desk.wrapping, random[:NONCE_BYTES], key, context)
    return Sealed(entry, wrapped, (*chunks, sealer.finish()))


async def keep(session: WriteSession, sealed: Sealed, *, by: Reader, shown: bool, act: Act, desk: Desk) -> None:
    """Keep a file that has arrived; the same one sent again changes nothing.

    Args:
        session: in which it is kept.
        sealed: from `seal`.
        by: who sent it.
        shown: to the other side too; the registry always sees it.
        act: who acts, when.
        desk: what with.
    """
    entry = sealed.entry
    readers = tuple(sorted(Side if shown else {by.side, Side.REGISTRY}))
    new = File(entry.evidence_id, readers, len(sealed.chunks), act.now, sealed.wrapped_key)
    if not await store.add(session, new, sealed.chunks):
        return
    await _record(session, entry, "evidence.upload", "stored", {"visible_to": list(readers)}, by, act, desk)


async def openable(session: WriteSession, appeal_id: UUID) -> frozenset[UUID]:
    """Return the entries of an appeal's manifest that have a file to open; whoever shows them records the look."""
    return await store.openable(session, appeal_id)


async def fates(session: WriteSession, appeal_id: UUID, side: Side) -> Mapping[UUID, Fate]:
    """Return what a side finds of the files of an appeal, by entry; none for what was never sent."""
    return await store.fates(session, appeal_id, side)


async def note_infected(session: WriteSession, entry: Entry, *, by: Reader, act: Act, desk: Desk) -> None:
    """Leave the trace of a file in which malware was found, and of which nothing is kept."""
    await _record(session, entry, "evidence.upload", "infected", {}, by, act, desk)


async def look(
    session: WriteSession, appeal_id: UUID, evidence_id: UUID, *, by: Reader, act: Act, desk: Desk
) -> Opened:
    """Open a file for somebody who may see it; the look leaves a trace.

    Raises:
        NotFound: `evidence_unknown`, also for what is not for this side; `file_missing`: not sent yet, or destroyed.
        Denied: `appeal_not_held`, for staff who do not work on the appeal.
    """
    entry = await _entry(session, appeal_id, evidence_id, by)
    file = entry.file
    if (file is not None and by.side not in file.visible_to) or (by.own_only and entry.side is not by.side):
        raise NotFound("evidence_unknown")
    if file is None or file.wrapped_key is None:
        raise NotFound("file_missing")
    context = file_key_context(evidence_id.bytes, appeal_id.bytes)
    key = unwrap_key(desk.wrapping, file.wrapped_key, context)
    chunks = await store.chunks(session, evidence_id)
    content = b"".join(open_file(key, evidence_id.bytes, chunks, count=file.chunks))
    await _record(session, entry, "evidence.look", "shown", {}, by, act, desk)
    return Opened(entry.expected, content)


async def destroy(session: WriteSession, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Destroy a few files whose time is over; return how many, 0 when nothing is left."""
    over = {name: act.now - timedelta(days=policy.clocks.evidence_kept_days) for name, policy in policies.items()}
    decided = {name: decided_until(policy, act.now) for name, policy in policies.items()}
    due = await store.due(session, over_by=over, decided_by=decided, limit=BATCH)
    if not due:
        return 0
    await store.destroy(session, [evidence_id for evidence_id, _ in due], now=act.now)
    content: dict[str, JsonValue] = {"evidence": {str(evidence_id): str(appeal_id) for evidence_id, appeal_id in due}}
    event = AuditEvent(LeafType.APPEAL, "evidence.destroy", "destroyed", legal_basis="clock", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return len(due)


async def _entry(session: WriteSession, appeal_id: UUID, evidence_id: UUID, by: Reader) -> Entry:
    found = await store.find(session, appeal_id=appeal_id, evidence_id=evidence_id)
    if found is None or (by.side is Side.MEMBER and found.member_id != by.member_id):
        raise NotFound("evidence_unknown")
    if by.staff is not None:
        check_reader(found.work, by.staff)
    return found


async def _record(  # noqa: PLR0913, PLR0917 - what, by whom, with what
    session: WriteSession,
    entry: Entry,
    action: str,
    outcome: str,
    more: Mapping[str, JsonValue],
    by: Reader,
    act: Act,
    desk: Desk,
) -> None:
    is_look = action.endswith(".look")
    event = AuditEvent(
        LeafType.QUERY if is_look else LeafType.APPEAL,
        action,
        outcome,
        purpose=Purpose.APPEAL.value if is_look else "",
        legal_basis=LEGAL_BASIS,
        subject=tuple(await reports.identities(session, entry.report_id)),
        content={
            **more,
            "appeal": str(entry.appeal_id),
            "by": by.side.value,
            "evidence": str(entry.evidence_id),
            "media_type": entry.expected.media_type,
            "report": str(entry.report_id),
            "sha256": entry.expected.sha256.hex(),
            "size": entry.expected.size,
        },
    )
    await audit.record(session, event, act=act, trail=desk.trail)
