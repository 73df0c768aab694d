"""Whether a caller with a valid token may still act: suspended members and ended keys stop within five seconds."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from registry.api.access_tokens import LIFETIME
from registry.clock import Clock, real_time
from registry.domain.access import Caller
from registry.errors import Denied, Unauthenticated
from registry.store import integrity, members, silence
from registry.store.database import Database
from registry.store.members import Barred

REFRESH_SECONDS = 3.0
_LONGEST_TOKEN = timedelta(seconds=2 * LIFETIME)


class Standing:
    """The short list of those who are barred, read at most every three seconds and shared by all requests.

    If it cannot be read, nobody is let in on an old list: the failure of the database reaches the caller as 503.
    """

    def __init__(
        self, database: Database, *, clock: Clock = real_time, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._elapsed = elapsed
        self._reading: asyncio.Future[None] | None = None
        self._barred = Barred(frozenset(), frozenset())
        self._silent: frozenset[UUID] = frozenset()
        self._suspended: frozenset[UUID] = frozenset()
        self._read_at = float("-inf")

    async def check(self, caller: Caller) -> None:
        """Refuse a caller who is barred. Unauthenticated `access_token_revoked`."""
        if self._elapsed() - self._read_at > REFRESH_SECONDS:
            # Everybody who waits shares one attempt and its failure; a queue of attempts would outlast the outage.
            if self._reading is None or self._reading.done():
                self._reading = asyncio.ensure_future(self._refresh())
            await asyncio.shield(self._reading)
        if caller.member_id in self._barred.members or (caller.member_id, caller.key_id) in self._barred.keys:
            raise Unauthenticated("access_token_revoked")

    def check_query(self, caller: Caller) -> None:
        """Refuse a caller that may not ask about people now. Denied `recalls_unacknowledged`, `queries_suspended`.

        Reads the lists that `check` has just seen to.
        """
        if caller.member_id in self._silent:
            raise Denied("recalls_unacknowledged")
        if caller.member_id in self._suspended:
            raise Denied("queries_suspended")

    async def _refresh(self) -> None:
        # The age counts from before the query, so that a slow one does not stretch the promise.
        asked_at, now = self._elapsed(), self._clock()
        async with self._database.read() as session:
            self._barred = await members.barred(session, ended_after=now - _LONGEST_TOKEN, now=now)
            self._silent = await silence.members(session)
            self._suspended = await integrity.suspended(session)
        self._read_at = asked_at
