"""Made-up people: those with active reports against them, and the many that nobody has heard of."""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from registry import policies
from registry.clock import real_time
from registry.domain.ids import ReportState
from registry_formats import base64url, cfr1
from registry_formats.cfr1 import Kind, Token
from tests.recorded import write_member

REPORTED = 3_000
# One person in three was reported by a second member too.
SECOND = 3
HIT_SHARE = 0.1
KINDS = (Kind.PHONE, Kind.EMAIL)
Person = tuple[Token, ...]
Row = Mapping[str, Any]


def stranger() -> Person:
    """Make a phone and an e-mail token, as good as real ones for whoever holds no key."""
    return tuple(Token(kind, 1, secrets.token_bytes(32)) for kind in KINDS)


def people(reported: Sequence[Person], count: int) -> Iterator[Person]:
    """Draw the people behind so many claims: one in ten has been reported."""
    draw = random.Random(count)  # noqa: S311 - the same mixture in each run
    for _ in range(count):
        yield draw.choice(reported) if draw.random() < HIT_SHARE else stranger()


def question(person: Person) -> dict[str, Any]:
    """Ask about a person, for a claim of its own."""
    return {
        "purpose": "Q1",
        "claim_ref": base64url.encode(secrets.token_bytes(32)),
        "identifiers": [{"kind": one.kind.value, "tokens": [one.text]} for one in person],
    }


def questions(reported: Sequence[Person], count: int) -> list[bytes]:
    """Write the bodies of so many single queries."""
    return [orjson.dumps(question(person)) for person in people(reported, count)]


async def report(dsn: str, pepper: bytes) -> list[Person]:
    """Write active reports of three members in three groups, each heard long ago; return whom they are about."""
    reporters = [await write_member(dsn, f"Reporter {name}") for name in "ABC"]
    relay = await write_member(dsn, "Relay", kind="relay")
    reported = [stranger() for _ in range(REPORTED)]
    connection = await asyncpg.connect(dsn)
    try:
        members = await connection.fetch("SELECT id, group_id FROM member WHERE id = ANY($1)", reporters)
        for table, rows in _rows(reported, members, relay, pepper).items():
            records = [tuple(row.values()) for row in rows]
            await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return reported


def _rows(reported: Sequence[Person], members: Sequence[Row], relay: UUID, pepper: bytes) -> dict[str, list[Row]]:
    reports: list[Row] = []
    identities: list[Row] = []
    notices: list[Row] = []
    for number, person in enumerate(reported):
        for member in (0, 1) if number % SECOND == 0 else (0,):
            row = _report(members[(number + member) % len(members)])
            filed, stored = row["filed_at"], [cfr1.stored(pepper, one) for one in person]
            reports.append(row)
            identities += [
                {"report_id": row["id"], "kind": one.kind.value, "epoch": 1, "stored": kept, "known_on": filed.date()}
                for one, kept in zip(person, stored, strict=True)
            ]
            notice = {"id": uuid4(), "report_id": row["id"], "relay_id": relay, "kind": "phone", "channel": "file"}
            notices.append({**notice, "epoch": 1, "stored": stored[0], "served_at": filed + timedelta(days=1)})
    return {"report": reports, "report_identity": identities, "notice": notices}


def _report(member: Row) -> Row:
    now, id_ = real_time(), uuid4()
    filed = now - timedelta(days=90)
    act = filed.date() - timedelta(days=20)
    return {
        "id": id_,
        "member_id": member["id"],
        "group_id": member["group_id"],
        "reference": id_.hex,
        "event_id": id_,
        "category": "FR-01",
        "aggravations": [],
        "severity": "S2",
        "confidence": "B",
        "amount_minor": 128_000,
        "currency": "CNY",
        "act_ended_on": act,
        "confirmed_on": act + timedelta(days=10),
        "expires_on": act + timedelta(days=730),
        "taxonomy_version": "1",
        "policy": "cn",
        "policy_digest": bytes.fromhex(policies.load()["cn"].digest),
        "own_only": False,
        "retention_halved": False,
        "revision": 1,
        "state": ReportState.ACTIVE.value,
        "state_at": filed,
        "filed_at": filed,
        "served_at": filed + timedelta(days=1),
    }
