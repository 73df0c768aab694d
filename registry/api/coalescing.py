"""Group commit for questions about people: many requests, one transaction, one trace each.

A batch leaves as soon as a lane is free; while all are busy, questions gather. Nothing waits on a timer, so a lone
question is answered at once, and a crowd shares the cost of a commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from registry.errors import RegistryError, Unavailable

Question = TypeVar("Question")
Reply = TypeVar("Reply")

BATCH = 500
LANES = 3
# audit-log.md, rule 1: what cannot be made durable in this time is not answered.
PATIENCE_SECONDS = 2.0


class _Asked(NamedTuple, Generic[Question, Reply]):
    """A question, who waits for its reply, and until when on the loop's clock."""

    question: Question
    future: asyncio.Future[Reply]
    until: float


class Coalescer(Generic[Question, Reply]):
    """Gathers questions and answers them together.

    Args:
        answer: answers a batch, in order, each with a reply or a refusal, in one transaction that is durable when it
            returns.
        patience: seconds that a question may wait, in the queue too.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Question]], Awaitable[Sequence[Reply | RegistryError]]],
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._answer = answer
        self._patience = patience
        self._waiting: deque[_Asked[Question, Reply]] = deque()
        self._lanes: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Reply:
        """Return the answer once it is durable.

        Raises:
            Unavailable: it could not be made durable in time; nothing was told.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append(_Asked(question, future, loop.time() + self._patience))
        if len(self._lanes) < LANES:
            self._lanes.add(asyncio.create_task(self._work()))
        return await future

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _work(self) -> None:
        # Questions of this turn of the event loop arrive before the first batch leaves.
        await asyncio.sleep(0)
        while batch := self._next():
            await self._settle(batch)
        # In the same step as the last look at the queue: whoever asks from now on finds no lane and opens one.
        self._lanes.difference_update({asyncio.current_task()})

    def _next(self) -> list[_Asked[Question, Reply]]:
        """Take those who wait in their turn, without those who left."""
        batch: list[_Asked[Question, Reply]] = []
        while self._waiting and len(batch) < BATCH:
            asked = self._waiting.popleft()
            if not asked.future.done():
                batch.append(asked)
        return batch

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
                if asked.future.done():
                    continue
                if isinstance(reply, RegistryError):
                    asked.future.set_exception(reply)
                else:
                    asked.future.set_result(reply)

    async def _isolate(self, batch: Sequence[_Asked[Question, Reply]], error: Exception) -> None:
        """Let one poisonous question spoil its own answer only."""
        if len(batch) == 1 or isinstance(error, Unavailable):
            _fail(batch, error)
            return
        for asked in batch:
            await self._settle([asked])


def _fail(batch: Sequence[_Asked[Question, Reply]], error: Exception) -> None:
    for asked in batch:
        if not asked.future.done():
            asked.future.set_exception(error)
