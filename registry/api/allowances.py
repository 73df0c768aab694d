"""Quotas on the hot path: a process takes a small part of a member's day from PostgreSQL and hands it out itself.

A crash loses at most one part per member, on the strict side: what was taken counts as used.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act
from registry.domain.quotas import Quota, Usage
from registry.errors import QuotaExceeded, Unavailable
from registry.services import quotas
from registry.store.database import Database

_PARTS = 100
_LARGEST_PART = 1_000


@dataclass(slots=True)
class _Part:
    """What this process may still hand out today."""

    day: date
    left: int
    usage: Usage


@dataclass(slots=True)
class _Turn:
    """Who may take a part, and how often the database was away."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    outages: int = 0


class Allowances:
    """Hands out one quota to members, in memory, until the part it took is spent."""

    def __init__(self, database: Database, quota: Quota) -> None:
        self._database = database
        self._quota = quota
        self._parts: dict[UUID, _Part] = {}
        self._turns: defaultdict[UUID, _Turn] = defaultdict(_Turn)

    async def spend(self, caller: Caller, amount: int, *, act: Act) -> Usage:
        """Charge `amount` at once or refuse it.

        Raises:
            QuotaExceeded: `quota_exceeded`, with `retry_after` in seconds.
        """
        part = self._parts.get(caller.member_id)
        if part is None or part.left < amount or part.day != act.now.date():
            part = await self._next(caller, amount, act=act)
        part.left -= amount
        return part.usage

    def give_back(self, caller: Caller, amount: int, *, act: Act) -> None:
        """Undo a charge of today for what turned out not to count."""
        part = self._parts.get(caller.member_id)
        if part is not None and part.day == act.now.date():
            part.left += amount

    async def _next(self, caller: Caller, amount: int, *, act: Act) -> _Part:
        turn = self._turns[caller.member_id]
        outages = turn.outages
        async with turn.lock:
            if turn.outages != outages:
                # Who waited shares the outcome: one after the other, they would wait out a dead database each.
                raise Unavailable("database_unavailable")
            try:
                return await self._take(caller, amount, act=act)
            except Unavailable:
                turn.outages += 1
                raise

    async def _take(self, caller: Caller, amount: int, *, act: Act) -> _Part:
        part = self._parts.get(caller.member_id)
        if part is not None and part.day == act.now.date():
            if part.left >= amount:
                return part
        else:
            part = None
        size = min(_LARGEST_PART, part.usage.limit // _PARTS) if part else 1
        try:
            usage = await self._charge(caller, max(size, amount), act=act)
        except QuotaExceeded:
            usage, size = await self._charge(caller, amount, act=act), amount
        left = (part.left if part else 0) + max(size, amount)
        fresh = self._parts[caller.member_id] = _Part(act.now.date(), left, usage)
        return fresh

    async def _charge(self, caller: Caller, amount: int, *, act: Act) -> Usage:
        async with self._database.write() as session:
            return await quotas.charge(session, self._quota, amount, member_id=caller.member_id, act=act)
