"""Questions about people, as the edge puts them, and records for them to find."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from registry import policies
from registry.domain.access import Caller
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind, Purpose, ReportState
from registry.domain.incidents import QueryToken
from registry.services import scores
from registry.services.scores import Answer, Batch, Desk, Query, Scoring
from registry.services.trail import Trail
from registry.store.quick import Executes
from registry_formats import base64url, cfr1
from registry_formats.cfr1 import Token
from registry_formats.details import request_digest
from tests.databases import ScratchDatabase
from tests.logbook import superuser
from tests.recorded import PEPPER, Recorded, token, write_member, write_report

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CN = policies.load()["cn"]
SCORING = Scoring("cn", CN.digest, policies.score_models()[CN.score_model])
PHONE, NATIONAL_ID = token("phone", "1"), token("national_id", "1")
STRANGER = (token("phone", "9"), token("email", "9"))


async def member(scratch: ScratchDatabase, name: str) -> Caller:
    """Write a member and speak for it."""
    member_id = await write_member(scratch.dsn(), name)
    async with superuser(scratch) as connection:
        group_id = await connection.fetchval("SELECT group_id FROM member WHERE id = $1", member_id)
    return Caller(member_id, group_id, frozenset(), "cn", "key-1")


async def incident(
    scratch: ScratchDatabase,
    author_id: UUID,
    tokens: Sequence[Token] = (PHONE, NATIONAL_ID),
    *,
    pepper: bytes = PEPPER,
    **facts: object,
) -> Recorded:
    """Write an active report; facts are columns of it."""
    filed_at = NOW - timedelta(days=60)
    report = await write_report(
        scratch.dsn(), author_id, tokens, filed_at=filed_at, state=ReportState.ACTIVE, pepper=pepper
    )
    async with superuser(scratch) as connection:
        for column, value in ({"activated_at": filed_at + timedelta(days=7)} | facts).items():
            await connection.execute(f"UPDATE report SET {column} = $1 WHERE id = $2", value, report.id)  # noqa: S608
    return report


async def serve(scratch: ScratchDatabase, report: Recorded, one: Token, *, days_ago: int) -> None:
    """Write down that the registry's notice reached this token."""
    relay = await write_member(scratch.dsn(), f"Relay {uuid4()}", kind="relay")
    async with superuser(scratch) as connection:
        await connection.execute(
            "INSERT INTO notice (id, report_id, relay_id, kind, channel, epoch, stored, served_at)"
            " VALUES ($1, $2, $3, 'phone', 'file', $4, $5, $6)",
            *(uuid4(), report.id, relay, one.epoch, report.stored(one), NOW - timedelta(days=days_ago)),
        )


def query(who: Caller, claim: str, tokens: Sequence[Token] = (PHONE, NATIONAL_ID), **changes: Any) -> Query:  # noqa: ANN401 - fields of Query
    """Ask about these tokens for an open claim; `now` and `body` may differ."""
    claim_ref = sha256(claim.encode()).digest()
    asked = tuple(QueryToken(IdentifierKind(one.kind.value), one.epoch, cfr1.stored(PEPPER, one)) for one in tokens)
    return Query(
        act=Act(changes.get("now", NOW), str(uuid4()), who),
        caller=who,
        scoring=SCORING,
        purpose=changes.get("purpose", Purpose.OPEN_CLAIM),
        claim_ref=claim_ref,
        claim_text=base64url.encode(claim_ref),
        tokens=asked,
        request_sha256=request_digest(changes.get("body", b"{}")),
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Where questions are put, one transaction at a time: `begin` opens it."""

    begin: Callable[[], AbstractAsyncContextManager[Executes]]
    desk: Desk

    @classmethod
    def open(cls, begin: Callable[[], AbstractAsyncContextManager[Executes]], trail: Trail) -> "Window":
        return cls(begin, Desk(trail, secrets.token_bytes, livemode=False))

    async def ask(self, *queries: Query) -> list[Answer]:
        async with self.begin() as session:
            return await scores.answer(session, queries, desk=self.desk)

    async def ask_one(self, asked: Query) -> Answer:
        (answer,) = await self.ask(asked)
        return answer

    async def ask_batch(self, *queries: Query) -> Batch:
        async with self.begin() as session:
            return await scores.answer_batch(session, queries, desk=self.desk)


async def told(scratch: ScratchDatabase) -> set[tuple[UUID, UUID, int, UUID, UUID]]:
    """Return who was told what: query, report, revision, member, entry."""
    async with superuser(scratch) as connection:
        found = await connection.fetch("SELECT query_id, report_id, revision, member_id, entry_id FROM disclosure")
    return {tuple(row) for row in found}
