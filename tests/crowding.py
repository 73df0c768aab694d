"""A registry with a past: of everything that pages list a few rows that were really made, and copies in bulk."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from registry import keys
from registry.crypto.sealed import blind_tag
from registry.domain.events import Act, AuditEvent
from registry.domain.staff import Role
from registry.keys import KeyName
from registry.services import audit
from registry_formats import cfr1
from registry_formats.leaf import LeafType
from tests import crowd_rows as rows
from tests.browsing import signed_in
from tests.console.auditors import REASON
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.hearing import Colleague, Hall, hall
from tests.logbook import opened, seal, sign, superuser
from tests.questions import member
from tests.reporting import Desk
from tests.running import log_seed
from tests.subjecting import identifiers

CONTACTS = ("phone", "email")
_KINDS = (*CONTACTS, "national_id")
# With which a claim reference may end.
_CLAIMS = "AEIMQU"
_REASONS = "The carrier's scan shows the box open before delivery.\nThe label was read wrongly."
_PATIENCE = 600.0
_WRITTEN = 1_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """A registry; a member with reports about one person, the officer who heard that person's appeals.

    Args:
        other: a member that asked about people.
        appeals: in five states, each as often as among the copies.
        report: that copies are made of.
        endpoint: of the member.
        tag: of the person, in the log.
        sample: that an auditor drew.
    """

    hall: Hall
    alpha: Desk
    other: UUID
    officer: Colleague
    appeals: tuple[UUID, ...]
    report: UUID
    endpoint: UUID
    tag: bytes
    sample: UUID

    @property
    def member(self) -> UUID:
        """The member."""
        return self.alpha.platform.member.id

    async def grow(self, many: int, *, members: int) -> None:
        """Add so many members, reports, appeals and claims, ten times as many entries, and of the rest a part."""
        some, now = max(1, many // 20), self.hall.town.clock()
        async with superuser(self.hall.town.database) as connection:
            written = await connection.fetchval("SELECT count(*) FROM audit.entry")
            for sql, *values in (
                (rows.REPORTS, many, self.report),
                (rows.IDENTITIES, many),
                (rows.APPEALS, many, self.appeals),
                (rows.RECALLS, many // 5),
                (rows.ACKNOWLEDGEMENTS, many),
                (rows.MEMBERS, members, self.member),
                (rows.ACCOUNTS, some, self.member),
                (rows.MESSAGES, many // 5, self.member),
                (rows.DELIVERIES, many),
                (rows.CLAIMS, many, self.member, now),
                (rows.SAMPLES, some // 10),
                (rows.SAMPLE_ITEMS, some // 10, self.sample),
                (rows.SEARCHES, some // 10),
                (rows.ENTRIES, 10 * many // written, now),
                (rows.PLACES,),
                (rows.TAGS, some, self.tag),
                (rows.CHECKPOINT,),
                ("VACUUM ANALYZE",),
            ):
                await connection.execute(sql, *values, timeout=_PATIENCE)


@asynccontextmanager
async def gathered(database: ScratchDatabase, directory: Path, *, written: int = _WRITTEN) -> AsyncIterator[Crowd]:
    """Run a registry in which everything has happened at least once, and write so many entries into its log."""
    async with hall(database, directory) as place:
        alpha, beta = [await place.town.desk(name) for name in ("Alpha", "Beta")]
        officer, reviewer = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
        reports = [await _filed(alpha, number) for number in range(len(_CLAIMS))]
        for report_id in reports:
            await place.town.serve(report_id, "email")
        await place.pass_days(7)
        # Whoever was told of a record is told when it goes.
        await beta.query(*_KINDS)
        appeals = await _heard(place, alpha, reports[1:], officer, reviewer)
        other = await _write(place, written)
        endpoint = await _endpoint(place.town.database, alpha.platform.member.id)
        async with signed_in(place.town.api, Role.AUDITOR) as auditor:
            await auditor.send(await auditor.open("/console/audit"), "/reason", **REASON)
            drawn = await auditor.send(await auditor.open("/console/audit/samples"), "/samples", size="1000")
            sample = UUID(drawn.answer.url.path.rpartition("/")[2])
        yield Crowd(place, alpha, other, officer, appeals, UUID(reports[0]), endpoint, _tag(place), sample)


async def _filed(alpha: Desk, number: int) -> str:
    who, claim = identifiers(*_KINDS), _CLAIMS[number] * 43
    return await alpha.filed(reference=f"RMA-{number}", claim_ref=claim, identifiers=who)


async def _heard(
    place: Hall, alpha: Desk, reports: list[str], officer: Colleague, reviewer: Colleague
) -> tuple[UUID, ...]:
    """Lodge an appeal against each report, and take each one step further than the one before."""
    awaited, free, taken, drafted, decided = [await place.lodge(report_id) for report_id in reports]
    for appeal_id in (free, taken, drafted, decided):
        assert (await place.answer(alpha, appeal_id)).status_code == 200
    for appeal_id in (taken, drafted, decided):
        await officer.does(appeal_id, "claim")
    for appeal_id in (drafted, decided):
        await officer.does(appeal_id, "draft", result="overturned", reasons=_REASONS)
    await reviewer.does(decided, "approve")
    return tuple(map(UUID, (*[awaited] * 3, *[free] * 2, taken, drafted, *[decided] * 13)))


async def _write(place: Hall, count: int) -> UUID:
    """Write entries of eight members over twenty days, as they are spread in a log, and seal them; return a member."""
    town, chance = place.town, secrets.SystemRandom()
    callers = [await member(town.database, f"Member {number}") for number in range(8)]
    events = []
    for _ in range(count):
        is_usual = chance.random() < 0.95
        kind, action = (LeafType.QUERY, "score.query") if is_usual else (LeafType.DENIED, "access.denied")
        purpose = chance.choice(("Q1", "Q1", "Q1", "Q2"))
        event = AuditEvent(kind, action, "answered" if is_usual else "denied", purpose=purpose)
        at = town.clock() - timedelta(days=20 * chance.random())
        events.append((event, Act(at, "r", chance.choice(callers))))
    async with town.api.owner.write() as session:
        await audit.record_all(session, sorted(events, key=lambda one: one[1].now), trail=town.api.trail)
    async with opened(town.database, "registry_worker") as worker:
        await seal(worker, seed=log_seed(town.api))
        await sign(worker, seed=log_seed(town.api))
    return callers[0].member_id


async def _endpoint(database: ScratchDatabase, member_id: UUID) -> UUID:
    endpoint_id = uuid4()
    async with superuser(database) as connection:
        await connection.execute(
            "INSERT INTO webhook_endpoint (id, member_id, url, events, status, sealed_secret, created_at)"
            " VALUES ($1, $2, 'https://alpha.example/hook', '{}', 'active', '', now())",
            *(endpoint_id, member_id),
        )
    return endpoint_id


def _tag(place: Hall) -> bytes:
    held = keys.load(place.town.api.settings.keys_path, [KeyName.TAGS])
    return blind_tag(held[KeyName.TAGS], cfr1.stored(held.peppers[1], cfr1.parse(token("email"))))
