"""The trail: what one process needs in order to write audit entries. It holds keys and counters, and no connection.

Sealing follows audit-log.md: subject and content under the entry's own key, org and staff under a key of the member and
the month; each wrapped under a key-encryption key of the writer (services/writers.py), so that no AES-GCM key ever
nears the number of random nonces it can bear (NIST SP 800-38D section 8.3).
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import NamedTuple
from uuid import UUID

from registry.crypto.leaves import Built, Details, build
from registry.crypto.sealed import Blinder, Sealer, detail_context, key_context, seal
from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent, Entry
from registry.domain.uuids import uuid7, uuid7_bytes
from registry.errors import Unavailable
from registry.store.audit import EntryRow, ItemRow, KeyRow
from registry_formats.details import org_detail
from registry_formats.leaf import SALT_BYTES, Detail, Group, LeafType, commit_canonical, decode_leaf

# salts 128, uuid 10, data key 32, five nonces of 12
_ENTROPY = 128 + 10 + 32 + 5 * 12
# Who acts where no member does.
REGISTRY = UUID(int=0)
_VOID = AuditEvent(LeafType.VOID, "writer.void", "void")


@dataclass(frozen=True, slots=True)
class TrailKeys:
    """The two secrets of a trail, 32 bytes each: the writer's key-encryption key and the key of the blind tags."""

    key_encryption: bytes
    tags: bytes

    def __repr__(self) -> str:
        """Keep secrets out of logs and tracebacks."""
        return "TrailKeys(…)"


@dataclass(frozen=True, slots=True)
class Rows:
    """What entries put into the tables, and the month keys that exist only once these rows are committed.

    Args:
        counters: the member's count of each entry, which only its sealed detail has otherwise.
    """

    entries: list[EntryRow] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    items: list[ItemRow] = field(default_factory=list)
    keys: list[KeyRow] = field(default_factory=list)
    months: dict[tuple[UUID, int], tuple[UUID, Sealer]] = field(default_factory=dict)


class _Place(NamedTuple):
    """Where an entry stands among those of its writer and of its member."""

    entry_id: bytes
    t_ms: int
    number: int
    counter: int
    flags: int


class Trail:
    """Builds sealed entries for one writer.

    Args:
        writer_id: from `store.audit.open_writer`.
        entropy: returns so many random bytes.
        elapsed: seconds on a clock that nobody sets.
    """

    def __init__(
        self,
        keys: TrailKeys,
        *,
        writer_id: int,
        entropy: Callable[[int], bytes],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._blinder = Blinder(keys.tags)
        self._kek = Sealer(keys.key_encryption)
        self.writer_id = writer_id
        self._entropy = entropy
        self._elapsed = elapsed
        self._until = math.inf
        self._sequence = count(1)
        self._open: dict[int, Rows] = {}
        self._aged: set[int] = set()
        self._counters: dict[UUID, count[int]] = {}
        self._staff: dict[str, bytes] = {}
        self._months: dict[tuple[UUID, int], tuple[UUID, Sealer]] = {}

    def write(self, event: AuditEvent, act: Act, rows: Rows, *, flags: int = 0) -> Entry:
        """Build one entry into `rows` and return what its author may know of it.

        Raises:
            Unavailable: `writer_silent`, when this writer has not been heard of for so long that others may count it
                among the crashed.
        """
        if self._elapsed() > self._until and event.type is not LeafType.HEARTBEAT:
            raise Unavailable("writer_silent")
        # Until they are committed, their numbers are missing.
        self._open[id(rows)] = rows
        random = self._entropy(_ENTROPY)
        t_ms = int(act.now.timestamp() * 1000)
        member = act.caller.member_id if act.caller else REGISTRY
        place = _Place(uuid7_bytes(t_ms, random[128:138]), t_ms, next(self._sequence), self._count(member), flags)
        return self._write(event, act, rows, random, place)

    def void(self, lost: Rows, rows: Rows) -> None:
        """Build an entry into `rows` for each number that a roll-back took from the rows `lost`.

        It has the id of the lost entry, so that of the two only one can ever be committed, and the member's counter.
        """
        for row, counter in zip(lost.entries, lost.counters, strict=True):
            leaf = decode_leaf(row.leaf)
            who = Caller(row.member_id, row.member_id, frozenset(), "", "") if row.member_id else None
            act = Act(datetime.fromtimestamp(leaf.t_ms / 1000, UTC), "", who)
            place = _Place(row.leaf[4:20], leaf.t_ms, leaf.writer_seq, counter, 0)
            self._write(_VOID, act, rows, self._entropy(_ENTROPY), place)

    def committed(self, rows: Rows) -> None:
        """Use the month keys of `rows` from now on; before their commit, a roll-back would leave entries unreadable."""
        self._months.update(rows.months)
        self.settled(rows)

    def settled(self, rows: Rows) -> None:
        """Forget these rows: they are committed, or their numbers are void."""
        self._open.pop(id(rows), None)
        self._aged.discard(id(rows))

    def overdue(self) -> list[Rows]:
        """Return the rows that were already open when this was asked last: rolled back, or given up."""
        found = [rows for key, rows in self._open.items() if key in self._aged]
        self._aged = set(self._open)
        return found

    def open(self) -> list[Rows]:
        """Return all rows that are not known to be committed."""
        return list(self._open.values())

    def live_for(self, seconds: float) -> None:
        """Write nothing but heartbeats once so many seconds have passed, unless that is put off."""
        self._until = self._elapsed() + seconds

    def tag(self, stored: bytes) -> bytes:
        """Blind a stored token (32 bytes) into the tag that the entries about it bear."""
        return self._blinder.tag(stored)

    def write_item(
        self, batch_id: UUID, position: int, purpose: str, opening: bytes, subject: Iterable[bytes], rows: Rows
    ) -> UUID:
        """Build one claim of a batch into `rows`: sealed under its own key, found by its own tags."""
        random = self._entropy(10 + 32 + 24)
        item_id = uuid7(batch_id.int >> 80, random[:10])
        key = random[10:42]
        wrapped = self._kek.wrap(random[42:54], key, key_context(item_id.bytes))
        sealed = seal(key, random[54:66], opening, detail_context(item_id.bytes, Group.CONTENT))
        tags = b"".join(map(self.tag, dict.fromkeys(subject)))
        commitment = commit_canonical(Group.CONTENT, opening[:SALT_BYTES], opening[SALT_BYTES:])
        rows.items.append(ItemRow(batch_id, position, item_id, purpose, sealed, commitment, wrapped, tags))
        return item_id

    def _write(self, event: AuditEvent, act: Act, rows: Rows, random: bytes, place: "_Place") -> Entry:
        member = act.caller.member_id if act.caller else REGISTRY
        tags = [*event.tags, *map(self.tag, dict.fromkeys(event.subject))]
        built = build(
            event.type,
            place.entry_id,
            place.t_ms,
            self.writer_id,
            place.number,
            _details(event, act, member=member, tags=tags, counter=place.counter),
            random[:128],
            place.flags,
        )
        rows.entries.append(self._seal(event, act, built, random, rows, tags))
        rows.counters.append(place.counter)
        return Entry(built.leaf, place.counter, random[0:32], random[96:128])

    def _count(self, member: UUID) -> int:
        counter = self._counters.get(member)
        if counter is None:
            counter = self._counters[member] = count(1)
        return next(counter)

    def _seal(
        self, event: AuditEvent, act: Act, built: Built, random: bytes, rows: Rows, tags: Sequence[bytes]
    ) -> EntryRow:
        key, nonces = random[138:170], random[170:]
        own = Sealer(key)
        raw = built.leaf[4:20]
        member = act.caller.member_id if act.caller else None
        month_key_id, month = self._month_key(member or REGISTRY, act.now, rows)
        org, staff, subject, content = built.openings
        # A person at work for a member is named before it.
        who = act.operator or (act.caller.key_id if act.caller else "")
        return EntryRow(
            leaf=built.leaf,
            member_id=member,
            action=event.action,
            purpose=event.purpose or None,
            outcome=event.outcome,
            staff_tag=self._staff_tag(who) if who else None,
            sealed_org=month.seal(nonces[12:24], org, detail_context(raw, Group.ORG)),
            sealed_staff=month.seal(nonces[24:36], staff, detail_context(raw, Group.STAFF)),
            sealed_subject=own.seal(nonces[36:48], subject, detail_context(raw, Group.SUBJECT)),
            sealed_content=own.seal(nonces[48:60], content, detail_context(raw, Group.CONTENT)),
            month_key_id=month_key_id,
            wrapped=self._kek.wrap(nonces[:12], key, key_context(raw)),
            tags=b"".join(tags),
        )

    def _staff_tag(self, who: str) -> bytes:
        known = self._staff.get(who)
        if known is None:
            known = self._staff[who] = self.tag(sha256(who.encode()).digest())
        return known

    def _month_key(self, member: UUID, now: datetime, rows: Rows) -> tuple[UUID, Sealer]:
        month = now.year * 100 + now.month
        known = self._months.get((member, month)) or rows.months.get((member, month))
        if known is not None:
            return known
        random = self._entropy(10 + 32 + 12)
        key_id, key = uuid7(int(now.timestamp() * 1000), random[:10]), random[10:42]
        rows.keys.append(KeyRow(key_id, self._kek.wrap(random[42:], key, key_context(key_id.bytes)), member, month))
        made = rows.months[member, month] = key_id, Sealer(key)
        return made


@lru_cache(maxsize=4096)
def _text(id_: UUID) -> str:
    return str(id_)


def _details(event: AuditEvent, act: Act, *, member: UUID, tags: Sequence[bytes], counter: int) -> Details:
    org = org_detail(
        member=_text(member),
        action=event.action,
        purpose=event.purpose,
        legal_basis=event.legal_basis,
        outcome=event.outcome,
        claim=event.claim,
        counter=counter,
    )
    key_id = act.caller.key_id if act.caller else ""
    staff: Detail = {"address": act.address, "key": key_id, "operator": act.operator, "request": act.request_id}
    return Details(org, staff, {"tags": [tag.hex() for tag in tags]}, event.content)
