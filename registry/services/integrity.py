"""Conduct of members: what was found of each, what follows by rule, who lifts it, and what a member sees of it all."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import MemberIntegrity
from registry.domain.incidents import Reliability
from registry.domain.integrity import OF_SANCTION, Finding, Sanction, overturn_rate, sanctions
from registry.domain.policy import IntegrityRules, Policy
from registry.domain.uuids import uuid7
from registry.domain.webhooks import Event
from registry.errors import Conflict, Denied
from registry.services import audit, webhooks
from registry.services.trail import Trail
from registry.store import integrity as store
from registry.store import scores
from registry.store.database import WriteSession
from registry.store.integrity import Found, Imposed
from registry_formats.leaf import JsonValue, LeafType

BATCH = 50
_RULE = "rule"


@dataclass(frozen=True, slots=True)
class Conduct:
    """What a member sees of its own conduct; `rate` is of the last decisions, None while there are too few."""

    findings: list[Found]
    sanctions: list[Imposed]
    rate: Fraction | None
    reliability: Reliability


async def hear_auditors(session: WriteSession, *, act: Act, trail: Trail) -> int:
    """Record as MI-02 what auditors signed off as a claim that its member could not open; return how many."""
    unheard = await store.unheard_auditors(session, limit=BATCH)
    recorded = 0
    for item_id, member_id, t_ms in unheard:
        at, kind = datetime.fromtimestamp(t_ms / 1000, UTC), MemberIntegrity.QUERY_WITHOUT_CLAIM
        found = Found(_new_id(act.now), member_id, kind, at, store.AUDIT_ITEM, item_id, act.now)
        if not await store.add_finding(session, found):
            continue
        recorded += 1
        content: dict[str, JsonValue] = {"item": str(item_id), "kind": kind.value, "member": str(member_id)}
        event = AuditEvent(LeafType.ADMIN, "integrity.find", kind.value, legal_basis=_RULE, content=content)
        await audit.record(session, event, act=act, trail=trail)
        await webhooks.enqueue(session, Event.MEMBER_WARNING, member_id, {"code": kind.value}, now=act.now)
    return recorded


async def apply(session: WriteSession, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Begin what follows for members by rule, and end what follows no more; return how many changed.

    Two workers at once change each sanction once; a round that is repeated finds nothing left to do.
    """
    changed = 0
    for member_id, pack in await store.concerned(session):
        imposed = await store.imposed(session, member_id)
        due = await _due(session, member_id, imposed, policies[pack].integrity, act.now)
        running = {one.sanction: one for one in imposed if one.ended_at is None}
        for sanction in due - running.keys():
            begun = Imposed(_new_id(act.now), member_id, sanction, act.now)
            if await store.impose(session, begun):
                await _tell(session, begun, "begun", act, trail)
                changed += 1
        for sanction in running.keys() - due:
            if await store.end(session, running[sanction].id, now=act.now):
                await _tell(session, running[sanction], "ended", act, trail)
                changed += 1
    return changed


async def own(
    session: WriteSession, *, caller: Caller, policies: Mapping[str, Policy], act: Act, trail: Trail
) -> Conduct:
    """Show a member its own conduct; the look leaves its trace."""
    member_id, rules = caller.member_id, policies[caller.policy].integrity
    found, imposed = await store.findings(session, member_id), await store.imposed(session, member_id)
    results = await store.results(session, member_id, after=None, most=rules.decisions)
    fared = await scores.reliability(session, [caller.group_id])
    content: dict[str, JsonValue] = {"findings": len(found), "sanctions": len(imposed)}
    event = AuditEvent(LeafType.ADMIN, "integrity.read", "answered", legal_basis="own", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return Conduct(found, imposed, overturn_rate(results, rules), fared.get(caller.group_id, Reliability()))


async def page(
    session: WriteSession, *, limit: int, after: tuple[datetime, UUID] | None, act: Act, trail: Trail
) -> list[Imposed]:
    """List the sanctions in force to the staff; the look leaves its trace."""
    found = await store.page(session, limit=limit, after=after)
    content: dict[str, JsonValue] = {"sanctions": [str(one.id) for one in found]}
    event = AuditEvent(LeafType.ADMIN, "sanction.list", "answered", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found


async def propose_lift(
    session: WriteSession, sanction_id: UUID, reason: str, *, by: UUID, act: Act, trail: Trail
) -> Imposed:
    """Propose to lift a sanction, which another person must do; a later proposal takes the place of an earlier one.

    Errors: NotFound `sanction_unknown`; Conflict `sanction_ended`.
    """
    one = await _running(session, sanction_id)
    proposed = replace(one, lift_proposed_by=by, lift_proposed_at=act.now, lift_reason=reason)
    await store.save(session, proposed)
    await _record(session, proposed, "lift_proposed", act, trail)
    return proposed


async def lift(session: WriteSession, sanction_id: UUID, *, by: UUID, act: Act, trail: Trail) -> Imposed:
    """Lift a sanction as another person proposed, and with it all that it rests on.

    Errors: NotFound `sanction_unknown`; Conflict `sanction_ended`, `lift_not_proposed`; Denied `lift_same_person`.
    """
    one = await _running(session, sanction_id)
    if one.lift_proposed_by is None:
        raise Conflict("lift_not_proposed")
    if one.lift_proposed_by == by:
        raise Denied("lift_same_person")
    lifted = replace(one, lifted_by=by, ended_at=act.now)
    await store.save(session, lifted)
    await _tell(session, lifted, "lifted", act, trail)
    return lifted


async def _due(
    session: WriteSession, member_id: UUID, imposed: Iterable[Imposed], rules: IntegrityRules, now: datetime
) -> set[Sanction]:
    """Say what follows for a member; what came before people lifted a sanction is no ground for another one."""
    lifts: dict[Sanction | None, datetime] = {
        one.sanction: one.ended_at for one in imposed if one.lifted_by is not None and one.ended_at is not None
    }
    found = [
        Finding(one.kind, one.at, lifted_at=_lifted(one, lifts)) for one in await store.findings(session, member_id)
    ]
    since = lifts.get(Sanction.FILING_SUPERVISED)
    results = await store.results(session, member_id, after=since, most=rules.decisions)
    return set(sanctions(results, found, rules, now))


def _lifted(found: Found, lifts: Mapping[Sanction | None, datetime]) -> datetime | None:
    at = lifts.get(OF_SANCTION.get(found.kind))
    return at if at is not None and found.recorded_at <= at else None


async def _running(session: WriteSession, sanction_id: UUID) -> Imposed:
    one = await store.lock(session, sanction_id)
    if one.ended_at is not None:
        raise Conflict("sanction_ended")
    return one


async def _tell(session: WriteSession, one: Imposed, outcome: str, act: Act, trail: Trail) -> None:
    await _record(session, one, outcome, act, trail)
    told = {"code": f"{one.sanction}_{outcome}", "sanction_id": str(one.id)}
    await webhooks.enqueue(session, Event.MEMBER_WARNING, one.member_id, told, now=act.now)


async def _record(session: WriteSession, one: Imposed, outcome: str, act: Act, trail: Trail) -> None:
    content: dict[str, JsonValue] = {
        "member": str(one.member_id),
        "proposer": str(one.lift_proposed_by or ""),
        "reason": one.lift_reason or "",
        "sanction": str(one.id),
    }
    event = AuditEvent(LeafType.ADMIN, f"sanction.{one.sanction}", outcome, legal_basis=_RULE, content=content)
    await audit.record(session, event, act=act, trail=trail)


def _new_id(now: datetime) -> UUID:
    return uuid7(int(now.timestamp() * 1000), secrets.token_bytes(10))
