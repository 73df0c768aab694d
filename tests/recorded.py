"""Reports that stand in the database already, without the way a filing takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from registry.domain.ids import ReportState
from registry.policies import load
from registry_formats import cfr1
from registry_formats.cfr1 import Kind, Token

PEPPER = b"\x11" * 32


def token(kind: str, value: str, epoch: int = 1) -> Token:
    """Make a token that stands for this value, as good as a real one for whoever holds no key."""
    return Token(Kind(kind), epoch, sha256(f"{kind}:{value}:{epoch}".encode()).digest())


@dataclass(frozen=True, slots=True)
class Recorded:
    """A report as written: its id, and the pepper its tokens are stored under."""

    id: UUID
    pepper: bytes

    def stored(self, one: Token) -> bytes:
        """Return what the store keeps of a token."""
        return cfr1.stored(self.pepper, one)


async def fetch(dsn: str, sql: str) -> list[asyncpg.Record]:
    """Read what stands in the database."""
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def write_member(dsn: str, name: str = "Example Mall", *, kind: str = "platform", status: str = "active") -> UUID:
    """Write a member in a group of its own."""
    member_id, group_id, now = uuid4(), uuid4(), datetime.fromisoformat("2026-01-01T00:00:00Z")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("INSERT INTO group_ VALUES ($1, $2, $3)", group_id, f"{name} group", now)
        await connection.execute(
            "INSERT INTO member (id, group_id, name, pseudonym, kind, status, scopes, policy, claims_per_day,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, '{}', 'cn', 1000, $7)",
            *(member_id, group_id, name, member_id.hex[:10], kind, status, now),
        )
    finally:
        await connection.close()
    return member_id


async def write_report(
    dsn: str,
    member_id: UUID,
    tokens: Sequence[Token],
    *,
    filed_at: datetime,
    state: ReportState = ReportState.SUBMITTED,
    ends_on: date | None = None,
    pepper: bytes = PEPPER,
    over: asyncpg.Connection | None = None,
) -> Recorded:
    """Write a report of this member with the identities that the tokens name, over a connection if one is at hand."""
    written = Recorded(uuid4(), pepper)
    values = _facts(written.id, member_id, filed_at, state)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    connection = over or await asyncpg.connect(dsn)
    try:
        await connection.execute(
            f"INSERT INTO report ({', '.join(values)}, group_id)"  # noqa: S608 - our own names
            f" SELECT {places}, group_id FROM member WHERE id = $2",
            *values.values(),
        )
        await connection.executemany(
            "INSERT INTO report_identity (report_id, kind, epoch, stored, known_on, ends_on)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            [(written.id, one.kind.value, one.epoch, written.stored(one), filed_at.date(), ends_on) for one in tokens],
        )
    finally:
        if over is None:
            await connection.close()
    return written


def _facts(report_id: UUID, member_id: UUID, filed_at: datetime, state: ReportState) -> dict[str, Any]:
    act = filed_at.date() - timedelta(days=30)
    return {
        "id": report_id,
        "member_id": member_id,
        "reference": f"RMA-{report_id.hex[:8]}",
        "event_id": uuid4(),
        "category": "FR-01",
        "aggravations": [],
        "severity": "S2",
        "confidence": "C",
        "amount_minor": 128_000,
        "currency": "CNY",
        "act_ended_on": act,
        "confirmed_on": act + timedelta(days=10),
        "expires_on": act + timedelta(days=730),
        "taxonomy_version": "1",
        "policy": "cn",
        "policy_digest": bytes.fromhex(load()["cn"].digest),
        "own_only": False,
        "retention_halved": False,
        "revision": 1,
        "state": state.value,
        "state_at": filed_at,
        "filed_at": filed_at,
    }
