"""Questions answered together: each as if it had been asked alone."""

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import pytest

from registry.errors import Conflict, Unavailable
from registry.teller import coalescing
from registry.teller.coalescing import BATCH, PATIENCE_SECONDS, Coalescer

pytestmark = pytest.mark.anyio
POISON, REFUSED = -1, -2


Gathering = Coalescer[int, int | Conflict]


class Desk:
    """Answers with the square; remembers what it was asked together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.broken: Exception | None = None

    async def answer(self, questions: Sequence[int]) -> list[int | Conflict]:
        self.batches.append(list(questions))
        await self.open.wait()
        if self.broken is not None:
            raise self.broken
        if POISON in questions:
            raise ValueError(POISON)
        return [Conflict("claim_ref_reused") if one == REFUSED else one * one for one in questions]


async def ask(coalescer: Coalescer[int, int | Conflict], question: int) -> int | Conflict:
    """Put a question and wait for what is settled."""
    settled: asyncio.Future[int | Conflict] = asyncio.get_running_loop().create_future()

    def settle(reply: int | Exception) -> None:
        if isinstance(reply, Exception) and not isinstance(reply, Conflict):
            settled.set_exception(reply)
        else:
            settled.set_result(reply)

    coalescer.put(question, settle)
    return await settled


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def coalescer(desk: Desk) -> Coalescer[int, int | Conflict]:
    return Coalescer(desk.answer)


async def test_questions_of_one_moment_are_answered_together_each_with_its_own_reply(
    desk: Desk, coalescer: Coalescer[int, int | Conflict]
) -> None:
    assert await asyncio.gather(*map(partial(ask, coalescer), range(100))) == [one * one for one in range(100)]
    assert desk.batches == [list(range(100))]


async def test_what_arrives_meanwhile_leaves_together_in_the_order_of_arrival(
    desk: Desk, coalescer: Coalescer[int, int | Conflict]
) -> None:
    desk.open.clear()
    first = asyncio.create_task(ask(coalescer, 1))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(ask(coalescer, one)) for one in range(2, 5)]
    await asyncio.sleep(0.01)
    desk.open.set()
    assert await asyncio.gather(first, *others) == [1, 4, 9, 16]
    assert desk.batches == [[1], [2, 3, 4]]


async def test_no_batch_is_larger_than_a_transaction_should_be(
    desk: Desk, coalescer: Coalescer[int, int | Conflict]
) -> None:
    many = 2 * BATCH + 1
    assert len(await asyncio.gather(*map(partial(ask, coalescer), range(many)))) == many
    assert [len(batch) for batch in desk.batches] == [BATCH, BATCH, 1]
    assert all(a < b for a, b in pairwise(one for batch in desk.batches for one in batch))


async def test_who_asks_again_at_once_is_answered_again(coalescer: Gathering) -> None:
    """The next question comes in the very turn of the loop in which the last one's work ends."""
    async with asyncio.timeout(1):
        for one in range(50):
            assert await ask(coalescer, one) == one * one


async def test_a_poisonous_question_spoils_its_own_answer_only(
    desk: Desk, coalescer: Coalescer[int, int | Conflict]
) -> None:
    answers = await asyncio.gather(*map(partial(ask, coalescer), (2, POISON, 3)), return_exceptions=True)
    assert answers[0] == 4
    assert answers[2] == 9
    # The defect itself, so that it is logged as one and not mistaken for an outage.
    assert isinstance(answers[1], ValueError)
    assert await ask(coalescer, 4) == 16


async def test_a_refusal_reaches_the_one_it_is_for(coalescer: Gathering) -> None:
    kept, refused = await asyncio.gather(*map(partial(ask, coalescer), (2, REFUSED)))
    assert kept == 4
    assert isinstance(refused, Conflict)


async def test_an_outage_is_told_to_all_and_not_tried_one_by_one(
    desk: Desk, coalescer: Coalescer[int, int | Conflict]
) -> None:
    desk.broken = Unavailable("database_unavailable")
    answers = await asyncio.gather(*map(partial(ask, coalescer), range(5)), return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in answers)
    assert len(desk.batches) == 1
    desk.broken = None
    assert await ask(coalescer, 3) == 9


async def test_what_is_not_durable_in_time_is_not_told(desk: Desk) -> None:
    coalescer = Coalescer(desk.answer, patience=0.1)
    desk.open.clear()
    loop = asyncio.get_running_loop()
    began = loop.time()
    early = asyncio.create_task(ask(coalescer, 1))
    await asyncio.sleep(0.05)
    # These wait behind the first, and no longer than it does: their patience runs in the queue.
    late = [asyncio.create_task(ask(coalescer, one)) for one in (2, 3)]
    answers = await asyncio.gather(early, *late, return_exceptions=True)
    assert [str(one) for one in answers] == ["audit_unavailable"] * 3
    assert all(isinstance(one, Unavailable) for one in answers)
    assert loop.time() - began < 0.25
    desk.open.set()
    assert await ask(coalescer, 5) == 25


async def test_closing_waits_for_what_is_under_way(desk: Desk, coalescer: Gathering) -> None:
    desk.open.clear()
    asked = asyncio.create_task(ask(coalescer, 6))
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(coalescer.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    desk.open.set()
    await closing
    assert await asked == 36


def test_the_promise_is_two_seconds() -> None:
    assert PATIENCE_SECONDS == 2


async def test_whose_time_is_over_in_the_queue_is_told_so_and_never_begun(desk: Desk) -> None:
    coalescer: Gathering = Coalescer(desk.answer, patience=0.0)
    settled: list[int | Conflict | Exception] = []
    for question in range(3):
        coalescer.put(question, settled.append)
    await coalescer.close()
    assert [str(one) for one in settled] == ["audit_unavailable"] * 3
    assert desk.batches == []


async def test_whoever_is_late_takes_nobody_along(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalescing, "_STALL_SECONDS", 60)
    coalescer: Gathering = Coalescer(desk.answer, patience=1.0)
    desk.open.clear()
    first = asyncio.create_task(ask(coalescer, 1))
    await asyncio.sleep(0.01)
    late = asyncio.create_task(ask(coalescer, 2))
    await asyncio.sleep(0.6)
    timely = asyncio.create_task(ask(coalescer, 3))
    await asyncio.sleep(0.5)
    desk.open.set()
    done = await asyncio.gather(first, late, timely, return_exceptions=True)
    assert [str(one) for one in done] == ["audit_unavailable"] * 2 + ["9"]
    assert desk.batches == [[1], [3]]


async def test_a_batch_that_stands_still_holds_up_nobody_for_long(desk: Desk, coalescer: Gathering) -> None:
    desk.open.clear()
    stuck = asyncio.create_task(ask(coalescer, 1))
    await asyncio.sleep(0.01)
    behind = asyncio.create_task(ask(coalescer, 2))
    await asyncio.sleep(0.15)
    # Whoever comes next finds that nothing has moved.
    desk.open = asyncio.Event()
    desk.open.set()
    assert await ask(coalescer, 3) == 9
    assert await behind == 4
    assert not stuck.done()
    stuck.cancel()
    assert desk.batches == [[1], [2, 3]]
