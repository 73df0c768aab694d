"""What the lenses count: aggregates over a span of the log, from its columns and tags; nothing sealed is opened."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text

from registry.domain.lens_judgements import Counted
from registry.domain.uuids import first_at
from registry.store.database import ReadSession

HOUR_MS = 3_600_000


class Span(NamedTuple):
    """From the first instant to the first one after."""

    since: datetime
    until: datetime

    def ids(self) -> dict[str, UUID]:
        """Return the ids between which the entries of the span lie."""
        return {"first": first_at(self.since), "end": first_at(self.until)}

    def instants(self) -> dict[str, datetime]:
        """Return its ends by name."""
        return self._asdict()


async def _rows(session: ReadSession, sql: str, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    return (await session.execute(text(sql), values)).all()


_HOURS = """
    SELECT member_id, t_ms / 3600000 AS hour, count(*) AS n FROM audit.entry
    WHERE id >= :first AND id < :end AND action = 'score.query' AND member_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT entry.member_id, entry.t_ms / 3600000, count(*)
    FROM audit.batch_item AS item JOIN audit.entry ON entry.id = item.batch_id
    WHERE item.batch_id >= :first AND item.batch_id < :end AND entry.id >= :first AND entry.id < :end GROUP BY 1, 2
"""


async def queries_by_hour(session: ReadSession, span: Span) -> dict[UUID, dict[int, int]]:
    """Count each member's questions, those in batches too, by the number of the hour since 1970."""
    found: dict[UUID, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in await _rows(session, _HOURS, span.ids()):
        found[row.member_id][row.hour] += row.n
    return found


_SUBJECTS = """
    SELECT member_id, count(DISTINCT claim_ref) AS claims, count(DISTINCT identifiers) AS subjects FROM claim
    WHERE first_at >= :since AND first_at < :until AND epoch = (SELECT max(epoch) FROM claim) GROUP BY member_id
"""


async def subjects(session: ReadSession, span: Span) -> dict[UUID, Counted]:
    """Count each member's claims, and the sets of identifiers that they were about, in the newest epoch."""
    rows = await _rows(session, _SUBJECTS, span.instants())
    return {row.member_id: Counted(row.subjects, row.claims) for row in rows}


_HITS = """
    SELECT member_id, count(DISTINCT query_id) AS n FROM disclosure
    WHERE at >= :since AND at < :until GROUP BY member_id
"""


async def hits(session: ReadSession, span: Span) -> dict[UUID, int]:
    """Count each member's questions that found a record."""
    return {row.member_id: row.n for row in await _rows(session, _HITS, span.instants())}


# Gaps of an hour or more are pauses.
_GAPS = """
    SELECT member_id, count(*) AS n, avg(gap)::float8 / 1000 AS mean, stddev_pop(gap)::float8 / 1000 AS deviation
    FROM (
        SELECT member_id, t_ms - lag(t_ms) OVER (PARTITION BY member_id ORDER BY id) AS gap FROM audit.entry
        WHERE id >= :first AND id < :end AND action = 'score.query' AND member_id IS NOT NULL
    ) AS step WHERE gap < 3600000 GROUP BY member_id
"""


async def gaps(session: ReadSession, span: Span) -> dict[UUID, tuple[int, float, float]]:
    """Measure the gaps between each member's questions: how many, mean and standard deviation in seconds."""
    return {row.member_id: (row.n, row.mean, row.deviation) for row in await _rows(session, _GAPS, span.ids())}


_UNFOLLOWED = """
    SELECT claim.member_id, count(DISTINCT claim.claim_ref) AS claims,
        count(DISTINCT claim.claim_ref) FILTER (WHERE report.id IS NULL) AS unfollowed
    FROM claim LEFT JOIN report ON report.member_id = claim.member_id AND report.claim_ref = claim.claim_ref
    WHERE claim.first_at >= :since AND claim.first_at < :until GROUP BY claim.member_id
"""


async def unfollowed(session: ReadSession, span: Span) -> dict[UUID, Counted]:
    """Count each member's claims, and those of which no report came."""
    rows = await _rows(session, _UNFOLLOWED, span.instants())
    return {row.member_id: Counted(row.unfollowed, row.claims) for row in rows}


# An item of a batch is looked up by its own tags; the batch says when, and by whom.
_TAGGED = """
    SELECT tag.tag, tag.entry_id AS look_id, entry.t_ms, entry.member_id FROM audit.entry_tag AS tag
    LEFT JOIN audit.batch_item AS item ON item.item_id = tag.entry_id
    JOIN audit.entry ON entry.id = coalesce(item.batch_id, tag.entry_id) AND entry.id >= :first AND entry.id < :end
    WHERE tag.entry_id >= :first AND tag.entry_id < :end AND entry.type IN (1, 11) AND entry.member_id IS NOT NULL
"""
# Three members within ten minutes are three looks within ten: only where there were, members are told apart; by the
# minute, so that one member's haste costs no more than its patience.
_MANY = f"""
    WITH hasty AS MATERIALIZED (
        SELECT DISTINCT tag FROM (
            SELECT tag, t_ms - lag(t_ms, 2) OVER (PARTITION BY tag ORDER BY t_ms) AS step FROM ({_TAGGED}) AS look
        ) AS steps WHERE step < 600000
    ), looked AS MATERIALIZED (
        SELECT tag, member_id, t_ms / 60000 AS minute, min(t_ms) AS at_ms, count(*) AS looks
        FROM ({_TAGGED} AND tag.tag IN (SELECT tag FROM hasty)) AS look GROUP BY 1, 2, 3
    ), together AS (
        SELECT last.tag, min(near.at_ms) AS at_ms, count(DISTINCT near.member_id) AS members,
            sum(near.looks)::bigint AS looks
        FROM (SELECT DISTINCT tag, minute FROM looked) AS last
        JOIN looked AS near ON near.tag = last.tag AND near.minute BETWEEN last.minute - 9 AND last.minute
        GROUP BY last.tag, last.minute HAVING count(DISTINCT near.member_id) >= 3
    ), most AS (
        SELECT DISTINCT ON (tag) tag, at_ms, members, looks FROM together ORDER BY tag, members DESC, looks DESC
    )
    SELECT * FROM most ORDER BY members DESC, looks DESC, tag LIMIT :most
"""  # noqa: S608 - our own words


async def many_members(session: ReadSession, span: Span, *, most: int) -> Sequence[Row[Any]]:
    """Find persons (tag) whom three or more members looked at within ten minutes: at_ms, members, looks."""
    return await _rows(session, _MANY, {**span.ids(), "most": most})


_OWN = f"""
    WITH looked AS ({_TAGGED})
    SELECT own.member_id, count(DISTINCT own.tag) AS registered, count(DISTINCT looked.look_id) AS looks,
        count(DISTINCT looked.tag) AS people
    FROM member_staff_tag AS own LEFT JOIN looked ON looked.tag = own.tag AND looked.member_id = own.member_id
    GROUP BY own.member_id
"""  # noqa: S608 - our own words


async def own_people(session: ReadSession, span: Span) -> Sequence[Row[Any]]:
    """Count each registering member's own people: registered, looks, people looked at."""
    return await _rows(session, _OWN, span.ids())


_STAFF = """
    SELECT staff_tag, count(*) FILTER (WHERE type = 1) AS reads,
        -- Who only leaves cases to others has not acted.
        count(*) FILTER (WHERE type NOT IN (1, 7, 9, 13) AND action IS DISTINCT FROM 'appeal.skip') AS acts
    FROM audit.entry
    WHERE id >= :first AND id < :end AND member_id IS NULL AND staff_tag IS NOT NULL
        AND coalesce(action, '') NOT LIKE 'audit.%' GROUP BY staff_tag
"""


async def staff_work(session: ReadSession, span: Span) -> Sequence[Row[Any]]:
    """Count each member of staff's reads and acts, by tag."""
    return await _rows(session, _STAFF, span.ids())


_OF_TYPE = """
    SELECT staff_tag, t_ms / 86400000 AS day, count(*) AS n, max(t_ms) AS last_ms FROM audit.entry
    WHERE id >= :first AND id < :end AND type = {type:d} GROUP BY 1, 2
"""


async def of_type(session: ReadSession, span: Span, type_: int) -> Sequence[Row[Any]]:
    """Count the entries of one type by who made them (staff_tag) and the number of the day: n, last_ms."""
    return await _rows(session, _OF_TYPE.format(type=type_), span.ids())


# Entries and checkpoints in the order of the tree, last first: the least time signed so far is that of the first
# checkpoint that covers an entry. After a quarter of an hour without one the registry stops; the newest stands for all
# that came later.
_LATE = """
    WITH entries AS MATERIALIZED (
        SELECT entry.writer_id, entry.t_ms, leaf.shard_id, leaf.idx
        FROM audit.entry LEFT JOIN audit.leaf ON leaf.entry_id = entry.id
        WHERE entry.id >= :first AND entry.id < :end
    ), signed AS (
        SELECT shard_id, size, t_ms FROM audit.checkpoint WHERE t_ms >= :from_ms AND t_ms < :to_ms
        UNION ALL
        SELECT shard.id, newest.size, newest.t_ms FROM audit.shard CROSS JOIN LATERAL (
            SELECT size, t_ms FROM audit.checkpoint WHERE shard_id = shard.id ORDER BY size DESC LIMIT 1
        ) AS newest
    ), covered AS (
        SELECT writer_id, t_ms, min(signed_ms) OVER (
            PARTITION BY shard_id ORDER BY idx DESC, signed_ms NULLS LAST ROWS UNBOUNDED PRECEDING
        ) AS covered_ms
        FROM (
            SELECT writer_id, t_ms, shard_id, idx, NULL::bigint AS signed_ms FROM entries WHERE idx IS NOT NULL
            UNION ALL SELECT NULL, NULL, shard_id, size - 1, t_ms FROM signed
        ) AS tree
        UNION ALL SELECT writer_id, t_ms, NULL FROM entries WHERE idx IS NULL
    )
    SELECT writer_id, count(*) AS entries,
        count(*) FILTER (WHERE covered_ms - t_ms > :within) AS late,
        count(*) FILTER (WHERE covered_ms IS NULL AND :now - t_ms > :within) AS never,
        max(covered_ms - t_ms) / 1000.0 AS worst
    FROM covered WHERE writer_id IS NOT NULL GROUP BY writer_id
"""


async def late_proofs(session: ReadSession, span: Span, *, now_ms: int, within_ms: int) -> Sequence[Row[Any]]:
    """Count each writer's entries, those covered late, those never covered, and the longest wait in seconds."""
    from_ms, to_ms = (int(at.timestamp() * 1000) for at in span)
    asked = {"from_ms": from_ms, "to_ms": to_ms + HOUR_MS // 4, "now": now_ms, "within": within_ms}
    return await _rows(session, _LATE, {**span.ids(), **asked})


# Entries of one moment are numbered in no order of their ids, so those just outside the span are counted with it.
_NUMBERS = """
    WITH inside AS (
        SELECT writer_id, min(writer_seq) AS first, max(writer_seq) AS last, count(*) AS entries FROM audit.entry
        WHERE id >= :first AND id < :end GROUP BY writer_id
    )
    SELECT writer_id, min(first) AS first, min(last) AS last, min(entries) AS entries,
        min(last) - min(first) + 1 - count(DISTINCT writer_seq) AS missing
    FROM audit.entry JOIN inside USING (writer_id)
    WHERE id >= :before AND id < :after AND writer_seq BETWEEN first AND last GROUP BY writer_id
"""


async def numbers(session: ReadSession, span: Span, *, around: Span) -> Sequence[Row[Any]]:
    """Count each writer's entries, and the numbers missing between its first and its last."""
    outside = {"before": first_at(around.since), "after": first_at(around.until)}
    return await _rows(session, _NUMBERS, {**span.ids(), **outside})


async def make_room(session: ReadSession) -> None:
    """Let this transaction sort and join a month of entries in memory."""
    await session.execute(text("SET LOCAL work_mem = '64MB'"))


async def names(session: ReadSession) -> dict[UUID, tuple[str, str]]:
    """Read the names and policy packs of all members."""
    rows = await _rows(session, "SELECT id, name, policy FROM member", {})
    return {row.id: (row.name, row.policy) for row in rows}


async def processes(session: ReadSession) -> dict[int, str]:
    """Read what each writer is."""
    return {row.id: row.process for row in await _rows(session, "SELECT id, process FROM audit.writer", {})}
