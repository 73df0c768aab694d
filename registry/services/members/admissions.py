"""Admission by two operators: one proposes a member, another one lets it in; every step leaves an entry.

Times are real ones, as those of keys and of signing in are.
"""

from dataclasses import replace
from uuid import UUID

from registry.domain.admissions import OPEN_FOR, AdmissionState, AdmissionStep, decide
from registry.domain.events import Act
from registry.services.members.applications import Application, admit, check
from registry.services.members.trace import new_id, record
from registry.services.trail import Trail
from registry.store import admissions as store
from registry.store.admissions import Admission
from registry.store.database import ReadSession, WriteSession
from registry_formats.leaf import JsonValue

MOST_SHOWN = 100


async def propose(session: WriteSession, wish: Application, *, by: UUID, act: Act, trail: Trail) -> Admission:
    """Propose a member.

    Errors: Conflict `member_exists`, `member_key_exists`; Malformed `member_key_refused`.
    """
    key = await check(session, wish, act.now)
    proposed = Admission(
        id=new_id(act.now),
        state=AdmissionState.PROPOSED,
        name=wish.name,
        group_name=wish.group,
        kind=wish.kind,
        policy=wish.policy,
        claims_per_day=wish.claims_per_day,
        jwk=key.jwk,
        proposed_by=by,
        proposed_at=act.now,
    )
    await store.add(session, proposed)
    await _record(session, "member.propose", proposed, act, trail)
    return proposed


async def approve(session: WriteSession, admission_id: UUID, *, by: UUID, act: Act, trail: Trail) -> Admission:
    """Admit a member that somebody else proposed.

    Errors: NotFound `admission_unknown`; Denied `same_person`; Conflict `admission_step_refused`, `member_exists`,
    `member_key_exists`.
    """
    found, state = await _decided(session, admission_id, AdmissionStep.APPROVE, by=by, act=act)
    wish = Application(
        found.name,
        found.group_name,
        found.jwk,
        kind=found.kind,
        policy=found.policy,
        claims_per_day=found.claims_per_day,
    )
    beside: dict[str, JsonValue] = {"admission": str(found.id), "proposed_by": str(found.proposed_by)}
    member = await admit(session, wish, beside, act=act, trail=trail)
    await store.decide(session, found.id, state, by=by, now=act.now, member_id=member.id)
    return replace(found, state=state, decided_by=by, decided_at=act.now, member_id=member.id)


async def refuse(session: WriteSession, admission_id: UUID, *, by: UUID, act: Act, trail: Trail) -> Admission:
    """Put an end to a proposal; whoever proposed may, too. NotFound `admission_unknown`; Conflict as `approve`."""
    found, state = await _decided(session, admission_id, AdmissionStep.REFUSE, by=by, act=act)
    await store.decide(session, found.id, state, by=by, now=act.now, member_id=None)
    await _record(session, "member.refuse", found, act, trail)
    return replace(found, state=state, decided_by=by, decided_at=act.now)


async def waiting(session: ReadSession, *, act: Act) -> list[Admission]:
    """List what waits for a second operator, oldest first, so many at most."""
    return await store.list_open(session, since=act.now - OPEN_FOR, most=MOST_SHOWN)


async def _decided(
    session: WriteSession, admission_id: UUID, step: AdmissionStep, *, by: UUID, act: Act
) -> tuple[Admission, AdmissionState]:
    found = await store.lock(session, admission_id)
    return found, decide(found.standing, step, by=by, now=act.now)


async def _record(session: WriteSession, action: str, one: Admission, act: Act, trail: Trail) -> None:
    content: dict[str, JsonValue] = {
        "admission": str(one.id),
        "claims_per_day": one.claims_per_day,
        "group": one.group_name,
        "key": one.kid,
        "kind": one.kind.value,
        "name": one.name,
        "policy": one.policy,
    }
    await record(session, action, content, act, trail)
