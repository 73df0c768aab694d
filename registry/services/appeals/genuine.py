"""Whether a letter that somebody was given is one of ours, as it was written. Nothing else is told of it."""

from registry.domain.events import Act, AuditEvent
from registry.letters.compose import Letter
from registry.services import audit
from registry.services.appeals.desk import Desk
from registry.store import appeal_threads
from registry.store import appeals as store
from registry.store.database import WriteSession
from registry_formats.leaf import LeafType


async def is_ours(session: WriteSession, sha256: bytes, *, act: Act, desk: Desk) -> bool:
    """Say whether a letter whose text has this SHA-256 was written here. Nobody can guess one that was."""
    found = await appeal_threads.letter_by(session, sha256)
    await _record(session, sha256, known=found is not None, act=act, desk=desk)
    return found is not None


async def original(session: WriteSession, sha256: bytes, *, act: Act, desk: Desk) -> Letter | None:
    """Open the letter with this digest, to be compared with what was sent and shown to nobody.

    None if there is none, or if what was said in its appeal is destroyed.
    """
    kept = await appeal_threads.letter_by(session, sha256)
    appeal = await store.find(session, kept.appeal_id) if kept else None
    await _record(session, sha256, known=kept is not None, act=act, desk=desk)
    if kept is None or appeal is None or appeal.wrapped_key is None:
        return None
    return desk.letter(appeal, kept.id, kept.sealed_letter)


async def _record(session: WriteSession, sha256: bytes, *, known: bool, act: Act, desk: Desk) -> None:
    content = {"sha256": sha256.hex()}
    event = AuditEvent(LeafType.QUERY, "letter.check", "known" if known else "unknown", content=content)
    await audit.record(session, event, act=act, trail=desk.trail)
