"""Group commit for questions about people: many requests, one transaction, one trace each.

A batch leaves as soon as a lane is free; while all are busy, questions gather. Nothing waits on a timer, so a lone
question is answered at once, and a crowd shares the cost of a commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from registry.errors import Unavailable

Question = TypeVar("Question")
Reply = TypeVar("Reply")

# Smaller batches pay the fixed cost of a transaction too often; larger ones keep the database waiting for the next.
BATCH = 160
# One lane for a few, whose questions gather while the batch before them is under way; a crowd has three, and so have
# those behind a batch that waits for somebody else's transaction.
LANES = 1
MOST_LANES = 3
_STALL_SECONDS = 0.1
# audit-log.md, rule 1: what cannot be made durable in this time is not answered.
PATIENCE_SECONDS = 2.0
# What must be left of that to begin: the time of a batch is over with that of its first.
_LEAST = 0.1
# A member's batch of 500 claims is as much work as a crowd.
BATCH_PATIENCE_SECONDS = 4.0


class _Asked(NamedTuple, Generic[Question, Reply]):
    """A question, what to do with its reply, and until when it may wait on the loop's clock."""

    question: Question
    settle: Callable[[Reply | Exception], None]
    until: float


class Coalescer(Generic[Question, Reply]):
    """Gathers questions and answers them together.

    Args:
        answer: answers a batch, in order, in one transaction that is durable when it returns.
        patience: seconds that a question may wait, in the queue too.
    """

    def __init__(
        self, answer: Callable[[Sequence[Question]], Awaitable[Sequence[Reply]]], *, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._answer = answer
        self._patience = patience
        self._waiting: deque[_Asked[Question, Reply]] = deque()
        self._lanes: set[asyncio.Task[None]] = set()
        self._moved = 0.0

    def put(self, question: Question, settle: Callable[[Reply | Exception], None]) -> None:
        """Have a question answered; `settle` hears once, either its reply, durable by then, or why there is none.

        `Unavailable` tells that nothing could be made durable in time.
        """
        loop = asyncio.get_running_loop()
        self._waiting.append(_Asked(question, settle, loop.time() + self._patience))
        stalled = len(self._lanes) > 0 and loop.time() - self._moved > _STALL_SECONDS
        if len(self._lanes) < (MOST_LANES if stalled or len(self._waiting) >= BATCH else LANES):
            self._moved = loop.time()
            self._lanes.add(loop.create_task(self._work()))

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _work(self) -> None:
        # Questions of this turn of the event loop arrive before the first batch leaves.
        await asyncio.sleep(0)
        while self._waiting:
            self._moved = asyncio.get_running_loop().time()
            if batch := self._timely():
                await self._settle(batch)
        # In the same step as the last look at the queue: whoever asks from now on finds no lane and opens one.
        self._lanes.difference_update({asyncio.current_task()})

    def _timely(self) -> list[_Asked[Question, Reply]]:
        """Take a batch; whose time is as good as over is told so, and takes along nobody else's."""
        waiting, least = self._waiting, asyncio.get_running_loop().time() + self._patience * _LEAST
        taken = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
        # The first has waited longest.
        late = next((place for place, asked in enumerate(taken) if asked.until > least), len(taken))
        _fail(taken[:late], Unavailable("audit_unavailable"))
        return taken[late:]

    async def _settle(self, batch: Sequence[_Asked[Question, Reply]]) -> None:
        try:
            # The first has waited longest, in the queue too.
            async with asyncio.timeout_at(batch[0].until):
                replies = await self._answer([asked.question for asked in batch])
        except TimeoutError:
            _fail(batch, Unavailable("audit_unavailable"))
        except Exception as error:  # noqa: BLE001 - whatever it is, each asker must hear of it
            await self._isolate(batch, error)
        else:
            for asked, reply in zip(batch, replies, strict=True):
                asked.settle(reply)

    async def _isolate(self, batch: Sequence[_Asked[Question, Reply]], error: Exception) -> None:
        """Let one poisonous question spoil its own answer only."""
        if len(batch) == 1 or isinstance(error, Unavailable):
            _fail(batch, error)
            return
        for asked in batch:
            await self._settle([asked])


def _fail(batch: Sequence[_Asked[Question, Reply]], error: Exception) -> None:
    for asked in batch:
        asked.settle(error)
