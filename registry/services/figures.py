"""What is published of the registry and its members, once a quarter is over; and which members' subjects coincide."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from registry.domain.appeal_case import Result
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import IdentifierKind
from registry.domain.integrity import DECIDED, OVERTURNED
from registry.domain.policy import IntegrityRules, Policy
from registry.domain.public_figures import (
    overlaps,
    publishable,
    quarter_after,
    quarter_before,
    quarter_of,
    rate,
    reciprocity,
    whole,
)
from registry.domain.second_looks import SecondResult
from registry.domain.uuids import uuid7
from registry.services import audit
from registry.services.trail import Trail
from registry.store import figures as store
from registry.store import second_looks
from registry.store.database import ReadSession, WriteSession
from registry.store.figures import Alarm
from registry_formats.leaf import JsonValue, LeafType

QUARTERS = 8
ALARM_AGAIN = timedelta(days=30)
# What tells one person from another; a household shares the others.
_PERSONAL = (IdentifierKind.NATIONAL_ID, IdentifierKind.PHONE, IdentifierKind.EMAIL)


@dataclass(frozen=True, slots=True)
class Published:
    """One quarter as published: its first day, its figures, when they were made."""

    quarter: date
    figures: Mapping[str, Any]
    as_of: datetime


async def publish(session: WriteSession, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Publish the figures of quarters that are over and have none; they never change afterwards."""
    known = {quarter for quarter, _, _ in await store.published(session, most=QUARTERS)}
    quarter, made = quarter_of(act.now.date()), 0
    least = max(policy.integrity.small_cell for policy in policies.values())
    for _ in range(QUARTERS):
        quarter = quarter_before(quarter)
        if quarter in known:
            break
        figures = await _figures(session, quarter, least)
        if figures is None or not await store.publish(session, quarter, figures, now=act.now):
            break
        content: dict[str, JsonValue] = {"quarter": quarter.isoformat()}
        event = AuditEvent(LeafType.ADMIN, "transparency.publish", "published", legal_basis="rule", content=content)
        await audit.record(session, event, act=act, trail=trail)
        made += 1
    return made


async def published(session: ReadSession) -> tuple[list[Published], list[tuple[date, bytes]]]:
    """Return what is published, the latest quarter first; and the seeds of the second looks that are finished."""
    quarters = [Published(*one) for one in await store.published(session, most=QUARTERS)]
    return quarters, await second_looks.open_seeds(session)


async def look_for_overlaps(session: WriteSession, *, policies: Mapping[str, Policy], act: Act, trail: Trail) -> int:
    """Alert auditors of members whose subjects coincide far above chance; of a pair once in thirty days."""
    epoch, raised = await store.newest_epoch(session), 0
    if epoch is None:
        return 0
    rules = min((policy.integrity for policy in policies.values()), key=lambda one: one.overlap_surprise_nats)
    for kind in _PERSONAL:
        raised += await _look(session, kind, epoch, rules, act, trail)
    return raised


async def alarms(
    session: WriteSession,
    reads: ReadSession,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None,
    act: Act,
    trail: Trail,
) -> list[Alarm]:
    """List alarms, the newest first; the look leaves its trace."""
    found = await store.alarms(reads, limit=limit, before=before)
    content: dict[str, JsonValue] = {"alarms": [str(one.id) for one in found]}
    event = AuditEvent(LeafType.ADMIN, "overlap.list", "answered", content=content)
    await audit.record(session, event, act=act, trail=trail)
    return found


async def _look(
    session: WriteSession, kind: IdentifierKind, epoch: int, rules: IntegrityRules, act: Act, trail: Trail
) -> int:
    common = await store.common(session, kind, epoch)
    if not common:
        return 0
    subjects, population = await store.subjects(session, kind, epoch), await store.population(session, kind, epoch)
    raised = 0
    for one in overlaps(subjects, common, population, rules):
        if await store.was_alarmed(session, one.members, kind, since=act.now - ALARM_AGAIN):
            continue
        alarm_id = uuid7(int(act.now.timestamp() * 1000), secrets.token_bytes(10))
        await store.add_alarm(session, Alarm(alarm_id, *one.members, kind, one.common, one.expected, act.now))
        content: dict[str, JsonValue] = {
            "alarm": str(alarm_id),
            "common": one.common,
            "expected_thousandths": one.expected,
            "kind": kind.value,
            "members": [str(member) for member in one.members],
        }
        event = AuditEvent(LeafType.ADMIN, "overlap.alarm", "raised", legal_basis="rule", content=content)
        await audit.record(session, event, act=act, trail=trail)
        raised += 1
    return raised


async def _figures(session: WriteSession, quarter: date, least: int) -> dict[str, Any] | None:
    """Count a quarter, hiding small cells; None if nothing happened in it."""
    end = quarter_after(quarter)
    since, until = (datetime.combine(day, time.min, UTC) for day in (quarter, end))
    filed, asked = await store.filed(session, quarter, end), await store.asked(session, since, until)
    lodged, results = await store.lodged(session, since, until), await store.decided(session, since, until)
    if not (filed or asked or lodged or results):
        return None
    decided = {result: _of(results, results=frozenset({result})) for result in Result if result in DECIDED}
    total, overturned = sum(decided.values()), sum(decided[result] for result in OVERTURNED)
    judged = await store.judged(session, since, until)
    names = await store.pseudonyms(session)
    return {
        "appeals": whole(sum(lodged.values()), least),
        "decisions": dict(publishable({result.value: count for result, count in decided.items()}, least)),
        "median_days": await store.median_days(session, since, until) if total >= least else None,
        "members": _members(names, {"reports": filed, "appeals": lodged}, asked, results, least),
        "overturned_ppm": rate(overturned, total, least),
        "reports": whole(sum(filed.values()), least),
        "second_looks": dict(publishable({result.value: judged.get(result, 0) for result in SecondResult}, least)),
        "small_cell": least,
    }


def _members(
    names: Mapping[UUID, str],
    counts: Mapping[str, Mapping[UUID, int]],
    asked: Mapping[UUID, int],
    results: Mapping[tuple[UUID, Result], int],
    least: int,
) -> list[dict[str, Any]]:
    shown = {
        what: publishable({name: of.get(member_id, 0) for member_id, name in names.items()}, least)
        for what, of in counts.items()
    }
    return [
        {
            "member": name,
            "overturned_ppm": rate(
                _of(results, member_id, results=OVERTURNED), _of(results, member_id, results=DECIDED), least
            ),
            "reciprocity_ppm": reciprocity(counts["reports"].get(member_id, 0), asked.get(member_id, 0), least),
            **{what: cells[name] for what, cells in shown.items()},
        }
        for member_id, name in sorted(names.items(), key=lambda item: item[1])
    ]


def _of(counts: Mapping[tuple[UUID, Result], int], member_id: UUID | None = None, *, results: frozenset[Result]) -> int:
    return sum(n for (who, result), n in counts.items() if result in results and member_id in {None, who})
