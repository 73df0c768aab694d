"""Writers of the audit log: each process gets a key-encryption key of its own, wrapped by the master key.

The master key is asked once when a process starts, and once for each writer when details are opened; never for an
entry. A rotation of the master key wraps all writers' keys anew and touches no entry.
"""

from collections.abc import Callable
from datetime import datetime

from registry.crypto.sealed import KEY_BYTES, NONCE_BYTES, writer_key_context
from registry.domain.events import Act, AuditEvent
from registry.errors import Misconfigured
from registry.masters import Master
from registry.services import audit
from registry.services.trail import Trail, TrailKeys
from registry.store import audit as store
from registry.store import writer_keys
from registry.store.database import WriteSession
from registry.store.writer_keys import WriterKey
from registry_formats.leaf import JsonValue, LeafType


async def open_trail(
    session: WriteSession, master: Master, tags: bytes, *, process: str, now: datetime, entropy: Callable[[int], bytes]
) -> Trail:
    """Register a process that will write entries.

    Args:
        session: the writer exists once it commits.
        master: wraps the writer's own key.
        tags: the key of the blind tags, 32 bytes.
        process: what writes, for people.
        now: real time.
        entropy: returns so many random bytes.

    Errors: Misconfigured `kek_other`, when the other writers' keys are wrapped by another master key.
    """
    random = entropy(NONCE_BYTES + KEY_BYTES)
    nonce, key = random[:NONCE_BYTES], random[NONCE_BYTES:]
    writer_id = await store.open_writer(session, process=process, started_at=now)
    wrapped = master.wrap(nonce, key, writer_key_context(writer_id))
    if not await writer_keys.keep(session, WriterKey(writer_id, master.name, wrapped)):
        message = f"The log's keys are wrapped by another master key than {master.name}. Set REGISTRY_KEK to that one."
        raise Misconfigured("kek_other", message)
    return Trail(TrailKeys(key, tags), writer_id=writer_id, entropy=entropy)


async def rotate(
    session: WriteSession, old: Master, new: Master | None, *, act: Act, trail: Trail, entropy: Callable[[int], bytes]
) -> int:
    """Wrap the key of each writer anew; return how many.

    Args:
        session: of the owner; no writer begins until it ends.
        old: what wraps them now.
        new: what is to wrap them; None to see only whether the old one opens all of them.
        act: who does it.
        trail: writes the entry, under a key that is wrapped anew with the others.
        entropy: returns so many random bytes.

    Errors: Misconfigured `kek_same`; FormatError `sealed_mismatch`, when the old one does not open a key. Nothing is
    changed then.
    """
    if new is not None and new.name == old.name:
        raise Misconfigured("kek_same", f"{new.name} is the master key already; name a new one.")
    await writer_keys.hold(session)
    rows = await writer_keys.read(session)
    plain = {row.writer_id: old.unwrap(row.wrapped, writer_key_context(row.writer_id)) for row in rows}
    if new is None:
        return len(plain)
    renewed = [
        WriterKey(writer_id, new.name, new.wrap(entropy(NONCE_BYTES), key, writer_key_context(writer_id)))
        for writer_id, key in plain.items()
    ]
    await writer_keys.rewrap(session, renewed)
    content: dict[str, JsonValue] = {"from": old.name, "to": new.name, "writers": len(renewed)}
    event = AuditEvent(LeafType.ADMIN, "keys.rotate_kek", "rotated", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return len(renewed)
