"""Export the log for an auditor: what is read, what is left in the log before the first byte and after the last row.

The pieces; `registry/api/export_stream.py` puts them together, each in a transaction of its own, because an export of
years must hold neither a transaction nor a connection for as long as its reader takes.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from registry.domain.audit_filters import AUDITOR_PURPOSES, Because, Filter
from registry.domain.events import Act, AuditEvent, Entry
from registry.errors import Denied, NotFound
from registry.masters import WriterKeys
from registry.services import audit
from registry.services.auditing.desk import LEGAL_BASIS, Desk, Sight
from registry.services.auditing.export_opening import OPENED, Opener
from registry.services.auditing.proving import prove
from registry.services.auditing.search import resolve
from registry.services.trail import REGISTRY
from registry.store import audit_openings, cosignatures, writer_keys
from registry.store import exports as store
from registry.store.audit_openings import SealedEntry
from registry.store.database import ReadSession, WriteSession
from registry.store.exports import Part, SealedRow
from registry.store.log import Signed
from registry_formats.details import org_detail
from registry_formats.export_filter import ExportFilter
from registry_formats.export_rows import Row
from registry_formats.export_seal import CLOSED_ACTION, MANIFEST_SHA256, OPENED_ACTION, Seal
from registry_formats.exports import ExportFormat, encode_erasure
from registry_formats.leaf import Detail, JsonValue, LeafType, Opening

ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Asked:
    """What an auditor asks for, in which format, and why."""

    filter: Filter
    file_format: ExportFormat
    because: Because


@dataclass(frozen=True, slots=True)
class Tree:
    """One shard, as far as the checkpoint goes that it is exported under."""

    shard_id: int
    origin: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Export:
    """An export that the log knows of: its entry, and the trees as they were then; what comes later is not in it."""

    id: UUID
    asked: Asked
    act: Act
    trees: tuple[Tree, ...]
    opener: Opener


@dataclass(frozen=True, slots=True)
class Closed:
    """The entry that vouches for the manifest, with what opens it; proved, it is the seal."""

    id: UUID
    leaf: bytes
    org: Opening
    content: Opening


async def begin(sight: Sight, asked: Asked) -> Export:
    """Record that an auditor exports the log, before anything of it is shown.

    Raises:
        Denied: `purpose_not_allowed`.
        NotFound: `checkpoint_missing`, before the log's first one; `case_unknown`.
    """
    if asked.because.purpose not in AUDITOR_PURPOSES:
        raise Denied("purpose_not_allowed")
    trees = tuple([one async for one in _trees(sight.reads)])
    if not trees:
        raise NotFound("checkpoint_missing")
    content: dict[str, JsonValue] = {
        "filter": asked.filter.document(),
        "format": asked.file_format.value,
        "groups": [group.value for group in OPENED],
        "reason": asked.because.reason,
        "shards": [{"origin": one.origin, "size": one.signed.size} for one in trees],
    }
    meant = replace(asked, filter=await resolve(sight, asked.filter))
    event = _event(OPENED_ACTION, "opened", meant, content)
    wrapped = {one.writer_id: one.wrapped for one in await writer_keys.read(sight.reads)}
    entry = await audit.record(await sight.begin(), event, act=sight.act, trail=sight.desk.trail)
    return Export(entry.id, meant, sight.act, trees, Opener(WriterKeys(sight.desk.master, wrapped)))


async def read(session: ReadSession, export: Export, tree: Tree, first: int) -> Part:
    """Read the next sealed rows of a tree, from place `first` on."""
    wanted, end = export.asked.filter, tree.signed.size
    return await store.read(session, wanted, shard_id=tree.shard_id, first=first, end=end, most=ROWS_AT_ONCE)


def open_rows(export: Export, tree: Tree, sealed: Sequence[SealedRow]) -> list[Row]:
    """Open rows: computation alone, for whichever thread has time."""
    return [export.opener.open(one, tree.origin) for one in sealed]


async def prove_erasures(session: ReadSession, export: Export, entry_ids: Iterable[UUID]) -> list[bytes] | None:
    """Write the line of each erasure entry; None while no checkpoint covers all of them yet."""
    entries = await audit_openings.read(session, list(entry_ids))
    proofs = await prove(session, entries)
    if len(proofs) < len(entries):
        return None
    origins = {one.id: one.origin for one in await cosignatures.list_shards(session)}
    return [_erasure(one, origins, export.opener, proofs) for one in reversed(entries)]


async def finish(
    session: WriteSession, export: Export, manifest: bytes, rows: int, *, now: datetime, desk: Desk
) -> Closed:
    """Record that the export was given, with the digest of its manifest."""
    content: dict[str, JsonValue] = {
        "export_id": str(export.id),
        MANIFEST_SHA256: sha256(manifest).hexdigest(),
        "rows": rows,
    }
    event = _event(CLOSED_ACTION, "closed", export.asked, content)
    entry = await audit.record(session, event, act=export.act._replace(now=now), trail=desk.trail)
    org = Opening(entry.org_salt, _org(event, entry))
    return Closed(entry.id, entry.leaf, org, Opening(entry.content_salt, content))


async def seal(session: ReadSession, closed: Closed) -> Seal | None:
    """Prove that the closing entry is in the log; None while no checkpoint covers it yet."""
    entries = await audit_openings.read(session, [closed.id])
    proof = (await prove(session, entries)).get(closed.id)
    if proof is None:
        return None
    origins = {one.id: one.origin for one in await cosignatures.list_shards(session)}
    return Seal(closed.leaf, closed.org, closed.content, origins[entries[0].shard_id or 0], proof)


def manifest_filter(asked: Filter) -> ExportFilter:
    """Write a filter as the manifest states it."""
    return ExportFilter(
        since_ms=_ms(asked.since),
        until_ms=_ms(asked.until),
        member=asked.member,
        staff=asked.staff.hex() if asked.staff else None,
        subjects=tuple(tag.hex() for tag in asked.subjects),
        type=asked.type.name.lower() if asked.type else None,
        action=asked.action,
        purpose=asked.purpose.value if asked.purpose else None,
        outcome=asked.outcome,
    )


async def _trees(session: ReadSession) -> AsyncIterator[Tree]:
    for shard in await cosignatures.list_shards(session):
        signed = await cosignatures.find_published(session, shard_id=shard.id)
        if signed is not None:
            yield Tree(shard.id, shard.origin, signed)


def _event(action: str, outcome: str, asked: Asked, content: Mapping[str, JsonValue]) -> AuditEvent:
    return AuditEvent(
        LeafType.EXPORT,
        action,
        outcome,
        purpose=asked.because.purpose.value,
        legal_basis=LEGAL_BASIS,
        # Who looked at me: an export about certain people is a look at them.
        tags=asked.filter.subjects if action == OPENED_ACTION else (),
        content=content,
    )


def _org(event: AuditEvent, entry: Entry) -> Detail:
    return org_detail(
        member=str(REGISTRY),
        action=event.action,
        purpose=event.purpose,
        legal_basis=event.legal_basis,
        outcome=event.outcome,
        claim=None,
        counter=entry.counter,
    )


def _erasure(entry: SealedEntry, origins: Mapping[int, str], opener: Opener, proofs: Mapping[UUID, str]) -> bytes:
    sealed = SealedRow(
        idx=entry.idx or 0,
        tombstone_id=None,
        **{name: getattr(entry, name) for name in SealedRow._fields if name not in {"idx", "tombstone_id"}},
    )
    return encode_erasure(opener.open(sealed, origins[entry.shard_id or 0]), proofs[entry.id])


def _ms(at: datetime | None) -> int | None:
    return round(at.timestamp() * 1000) if at is not None else None
