"""Erase a person from the log: one supervisor proposes, another decides, the worker destroys, batch by batch.

Whom it concerns is said by the opaque tag of an entry, never by an identifier. Keys are destroyed, tags and the rows of
the same token outside the log deleted; root and proofs stay, and each batch leaves its own entry, in its transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from registry.domain.erasures import OPEN_FOR, ErasureState, LegalBasis, Step, decide
from registry.domain.events import Act, AuditEvent, Entry
from registry.domain.uuids import uuid7
from registry.errors import NotFound
from registry.services import audit
from registry.services.trail import Trail
from registry.store import erasures as store
from registry.store.database import ReadSession, WriteSession
from registry.store.erasures import Erasure, Gone, Work
from registry_formats.leaf import JsonValue, LeafType
from registry_formats.openings import tombstone_detail

BATCH = 500
LOOKED_UP = 20_000
_ALL_LOOKED_UP = b"\xff" * 32


async def propose(  # noqa: PLR0913 - whom, why, who
    session: WriteSession,
    reads: ReadSession,
    tag: bytes,
    entry_id: UUID,
    legal_basis: LegalBasis,
    *,
    by: UUID,
    act: Act,
    trail: Trail,
    entropy: Callable[[int], bytes],
) -> Erasure:
    """Propose to erase a person.

    Args:
        session: keeps the proposal.
        reads: the auditor's sight of the log; the API's own role sees no tags.
        tag: the blind tag, 32 bytes.
        entry_id: an entry, or a claim of a batch, that bears it: tags cannot be made up.
        legal_basis: why.
        by: the member of staff who proposes.
        act: when, under which request.
        trail: writes the entry.
        entropy: returns so many random bytes.

    Errors: NotFound `tag_unknown`.
    """
    if not await store.bears(reads, entry_id=entry_id, tag=tag):
        raise NotFound("tag_unknown")
    erasure_id = uuid7(int(act.now.timestamp() * 1000), entropy(10))
    one = Erasure(erasure_id, ErasureState.PROPOSED, entry_id, legal_basis, by, act.now)
    await store.add(session, one, tag=tag)
    await _record(session, one, "erasure.proposed", act, trail)
    return one


async def resolve(session: WriteSession, erasure_id: UUID, step: Step, *, by: UUID, act: Act, trail: Trail) -> Erasure:
    """Approve or refuse, by somebody else than who proposed.

    Errors: NotFound `erasure_unknown`; Denied `same_person`; Conflict `erasure_step_refused`.
    """
    return await _decide(session, await store.lock(session, erasure_id), step, by=by, act=act, trail=trail)


async def show(session: WriteSession, erasure_id: UUID, *, act: Act, trail: Trail) -> Erasure:
    """Show an erasure; the look leaves its trace. NotFound `erasure_unknown`."""
    one = await store.get(session, erasure_id)
    await _record(session, one, "erasure.shown", act, trail)
    return one


async def page(
    session: WriteSession,
    *,
    state: ErasureState | None,
    limit: int,
    after: tuple[datetime, UUID] | None,
    act: Act,
    trail: Trail,
) -> list[Erasure]:
    """List erasures, the newest first, after a place; the look leaves its trace."""
    found = await store.page(session, state=state, limit=limit, after=after)
    content: dict[str, JsonValue] = {"state": state.value if state else "", "shown": len(found)}
    event = AuditEvent(LeafType.ADMIN, "erasure.listed", "answered", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found


async def lapse(session: WriteSession, *, act: Act, trail: Trail) -> int:
    """Let one proposal expire on which nobody has decided in time; return 0 when there is none."""
    one = await store.take_overdue(session, proposed_by=act.now - OPEN_FOR)
    if one is None:
        return 0
    await _decide(session, one, Step.EXPIRE, by=None, act=act, trail=trail)
    return 1


async def carry_on(session: WriteSession, *, act: Act, trail: Trail, looked_up: int = LOOKED_UP) -> int:
    """Do one batch of an approved erasure; return 0 when there is none.

    Entries come first. Only when none bears the tag any more are the identities of reports looked through, and again
    whenever entries have come meanwhile: a report that is being filed commits both at once. `looked_up` is how many
    identities one batch looks through.
    """
    work = await store.take_approved(session)
    if work is None:
        return 0
    if gone := await store.to_erase(session, work.erasure.id, most=BATCH):
        await _destroy(session, work, gone, act=act, trail=trail)
    elif work.looked_up_to != _ALL_LOOKED_UP:
        await _look_up(session, work, most=looked_up, act=act, trail=trail)
    else:
        decide(work.erasure.standing, Step.COMPLETE, now=act.now)
        await store.complete(session, work, now=act.now)
        await _record(session, replace(work.erasure, state=ErasureState.COMPLETED), "erasure.completed", act, trail)
    return 1


async def _look_up(session: WriteSession, work: Work, *, most: int, act: Act, trail: Trail) -> None:
    """Hold some stored tokens against the tag: only who has the tag key can, and at most one of them is it."""
    stored = await store.stored_tokens(session, after=work.looked_up_to or b"", most=most)
    gone = Gone(identities=[one for one in stored if trail.tag(one) == work.tag])
    is_over = gone or len(stored) < most
    looked_up_to = _ALL_LOOKED_UP if is_over else stored[-1]
    if gone:
        await _destroy(session, work, gone, looked_up_to=looked_up_to, act=act, trail=trail)
    else:
        await store.look_on(session, work, looked_up_to=looked_up_to)


async def _destroy(
    session: WriteSession, work: Work, gone: Gone, *, looked_up_to: bytes | None = None, act: Act, trail: Trail
) -> None:
    one = work.erasure
    content = tombstone_detail(
        erasure=str(one.id),
        legal_basis=one.legal_basis.value,
        proposer=str(one.proposed_by),
        approver=str(one.decided_by),
        entries=gone.entries,
        items=gone.items,
    )
    tombstone = await _write(session, one, LeafType.ERASURE, "erasure.carried_out", content, act, trail)
    await store.erase(session, work, gone, tombstone=tombstone.id, looked_up_to=looked_up_to, now=act.now)


async def _decide(
    session: WriteSession, one: Erasure, step: Step, *, by: UUID | None, act: Act, trail: Trail
) -> Erasure:
    state = decide(one.standing, step, now=act.now, by=by)
    await store.decide(session, one.id, state, by=by, now=act.now)
    after = replace(one, state=state, decided_by=by, decided_at=act.now if by else None)
    await _record(session, after, f"erasure.{state}", act, trail)
    return after


async def _record(session: WriteSession, one: Erasure, action: str, act: Act, trail: Trail) -> None:
    content: dict[str, JsonValue] = {
        "entries": one.entries,
        "erasure": str(one.id),
        "from": str(one.entry_id),
        "identities": one.identities,
        "items": one.items,
    }
    await _write(session, one, LeafType.ADMIN, action, content, act, trail)


async def _write(
    session: WriteSession,
    one: Erasure,
    type_: LeafType,
    action: str,
    content: Mapping[str, JsonValue],
    act: Act,
    trail: Trail,
) -> Entry:
    """Leave a trace that bears no tag: what tells of an erasure is never itself erased."""
    event = AuditEvent(type_, action, one.state.value, legal_basis=one.legal_basis.value, content=content)
    return await audit.record(session, event, act=act, trail=trail)
