"""Group commit for questions about people: many requests, one transaction, one trace each.

A batch leaves as soon as a lane is free; while all are busy, questions gather. Nothing waits on a timer, so a lone
question is answered at once, and a crowd shares the cost of a commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from registry.errors import RegistryError, Unavailable

Question = TypeVar("Question")
Reply = TypeVar("Reply")

BATCH = 500
LANES = 1
# audit-log.md, rule 1: what cannot be made durable in this time is not answered.
PATIENCE_SECONDS = 2.0


class Coalescer(Generic[Question, Reply]):
    """Gathers questions and answers them together.

    Args:
        answer: answers a batch, in order, each with a reply or a refusal, in one transaction that is durable when it
            returns.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Awaitable[Sequence[Reply | RegistryError]]]) -> None:
        self._answer = answer
        self._waiting: deque[tuple[Question, asyncio.Future[Reply]]] = deque()
        self._lanes: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Reply:
        """Return the answer once it is durable.

        Raises:
            Unavailable: it could not be made durable in time; nothing was told.
        """
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if len(self._lanes) < LANES:
            lane = asyncio.create_task(self._work())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await future

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _work(self) -> None:
        # Questions of this turn of the event loop arrive before the first batch leaves.
        await asyncio.sleep(0)
        while self._waiting:
            size = min(BATCH, len(self._waiting))
            await self._settle([self._waiting.popleft() for _ in range(size)])

    async def _settle(self, batch: Sequence[tuple[Question, asyncio.Future[Reply]]]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                replies = await self._answer([question for question, _ in batch])
        except TimeoutError:
            _fail(batch, Unavailable("audit_unavailable"))
        except Exception as error:  # noqa: BLE001 - whatever it is, each asker must hear of it
            await self._isolate(batch, error)
        else:
            for (_, future), reply in zip(batch, replies, strict=True):
                if future.done():
                    continue
                if isinstance(reply, RegistryError):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)

    async def _isolate(self, batch: Sequence[tuple[Question, asyncio.Future[Reply]]], error: Exception) -> None:
        """Let one poisonous question spoil its own answer only."""
        if len(batch) == 1 or isinstance(error, Unavailable):
            _fail(batch, error if isinstance(error, RegistryError) else Unavailable("audit_unavailable"), error)
            return
        for one in batch:
            await self._settle([one])


def _fail(
    batch: Sequence[tuple[Question, asyncio.Future[Reply]]], error: RegistryError, cause: Exception | None = None
) -> None:
    error.__cause__ = cause if cause is not error else None
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
