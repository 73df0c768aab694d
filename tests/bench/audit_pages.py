"""The auditors' lists over a million entries, as the API makes them: the slowest of the pages, at its median.

A thousand entries are written as always; the million are copies of them with ids and times of their own, whose details
open no more. Lists open none; the page of who looked says that they are missing.
"""

import asyncio
import random
import statistics
import time
from datetime import timedelta

import asyncpg

from registry.clock import real_time
from registry.domain.events import Act, AuditEvent
from registry.domain.staff import Role
from registry.services import audit
from registry.store import migrations
from registry_formats.leaf import LeafType
from tests.bench.stage import Stage
from tests.browsing import Browser, signed_in
from tests.console.auditors import REASON
from tests.databases import ScratchDatabase, fresh_name
from tests.logbook import opened, seal, sign
from tests.questions import member
from tests.running import Running, log_seed, running

WRITTEN, COPIES, ROUNDS = 1_000, 1_000, 7
_OK = 200
_PATIENCE = 600.0
# A UUIDv7 of a random millisecond of the last twenty days.
_COPY = """
    INSERT INTO audit.entry (id, type, t_ms, writer_id, writer_seq, leaf, member_id, action, purpose, outcome,
        staff_tag, sealed_org, sealed_staff, sealed_subject, sealed_content, month_key_id)
    SELECT (lpad(to_hex(at.ms), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8'
        || substr(md5(random()::text), 1, 15))::uuid, type, at.ms, writer_id, round * 10000 + writer_seq, leaf,
        member_id, action, purpose, outcome, staff_tag, sealed_org, sealed_staff, sealed_subject, sealed_content,
        month_key_id
    FROM (SELECT * FROM audit.entry) AS written, generate_series(1, $1::int) AS round,
        LATERAL (SELECT (extract(epoch FROM now()) * 1000 - random() * 1728000000 + round * 0)::bigint AS ms) AS at
"""
_PLACE = """
    INSERT INTO audit.leaf (shard_id, idx, entry_id, hash)
    SELECT 1, (SELECT max(idx) FROM audit.leaf) + row_number() OVER (ORDER BY id), id, sha256(leaf) FROM audit.entry
    WHERE NOT EXISTS (SELECT FROM audit.leaf WHERE entry_id = entry.id);
    INSERT INTO audit.entry_tag (tag, entry_id)
    SELECT sha256((random() * 20000)::int::text::bytea), id FROM audit.entry WHERE type = 1 ON CONFLICT DO NOTHING;
    INSERT INTO audit.checkpoint (shard_id, size, root, t_ms, note)
    SELECT 1, (SELECT max(idx) + 1 FROM audit.leaf), root, t_ms, note FROM audit.checkpoint;
    ANALYZE
"""


def audit_pages_ms(stage: Stage) -> float:
    """Return the milliseconds that half of the visits to the slowest list take at most."""
    scratch = ScratchDatabase(stage.instance, fresh_name("pages"))
    scratch.create("template0")
    try:
        return asyncio.run(_measure(stage, scratch))
    finally:
        scratch.drop()


async def _measure(stage: Stage, scratch: ScratchDatabase) -> float:
    await migrations.upgrade(scratch.url())
    async with running(scratch, stage.place / "pages") as api:
        found = await _fill(api, scratch)
        async with signed_in(api, Role.AUDITOR) as browser:
            await browser.send(await browser.open("/console/audit"), "/reason", **REASON)
            medians = [await _median(stage, browser, address) for address in await _lists(browser, *found)]
    return max(medians)


async def _fill(api: Running, scratch: ScratchDatabase) -> tuple[str, str]:
    """Make the log; return a member and the tag of a person in it."""
    members = [await member(scratch, f"Member {number}") for number in range(8)]
    chance, now = random.Random(0), real_time()  # noqa: S311 - which ones does not matter
    events = []
    for _ in range(WRITTEN):
        is_usual = chance.random() < 0.95
        kind, action = (LeafType.QUERY, "score.query") if is_usual else (LeafType.DENIED, "access.denied")
        purpose = chance.choice(("Q1", "Q1", "Q1", "Q2"))
        event = AuditEvent(kind, action, "answered" if is_usual else "denied", purpose=purpose)
        events.append((event, Act(now - timedelta(days=20 * chance.random()), "r", chance.choice(members))))
    async with api.owner.write() as session:
        await audit.record_all(session, sorted(events, key=lambda one: one[1].now), trail=api.trail)
    async with opened(scratch, "registry_worker") as worker:
        await seal(worker, seed=log_seed(api))
        await sign(worker, seed=log_seed(api))
    connection = await asyncpg.connect(scratch.dsn())
    try:
        await connection.execute(_COPY, COPIES, timeout=_PATIENCE)
        await connection.execute(_PLACE, timeout=_PATIENCE)
        tag = await connection.fetchval("SELECT tag FROM audit.entry_tag ORDER BY tag LIMIT 1")
    finally:
        await connection.close()
    return str(members[0].member_id), tag.hex()


async def _lists(browser: Browser, member_id: str, tag: str) -> list[str]:
    """Name the lists: searches by all there is, alone and together, and the other pages that list."""
    everything = await browser.open("/console/audit?type=")
    (following,) = (link for link in everything.links if "cursor=" in link)
    wanted = ["type=", "type=query", "action=score.query", f"member={member_id}", "outcome=denied", "purpose=Q1"]
    wanted += ["purpose=Q2", f"member={member_id}&purpose=Q2", f"subjects={tag}", "action=never.was"]
    others = ("", f"/looks?subjects={tag}", "/samples", "/exports", "/exports?action=score.query", "/lenses")
    searches = [f"/console/audit?{one}" for one in wanted]
    return [*searches, following, *(f"/console/audit{one}" for one in others)]


async def _median(stage: Stage, browser: Browser, address: str) -> float:
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        page = await browser.open(address)
        took.append((time.perf_counter() - begun) * 1000)
        assert page.status == _OK, address
    stage.say(f"{statistics.median(took):6.1f} ms  {address}")
    return statistics.median(took)
