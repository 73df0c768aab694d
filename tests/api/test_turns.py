"""Turns: never too many at once, never two of one member, and nobody behind another member's crowd."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.api.turns import Turns
from registry.errors import Unavailable

pytestmark = pytest.mark.anyio
ALPHA, BETA, GAMMA = (UUID(int=number) for number in range(3))


class Work:
    """Counts who is at it."""

    def __init__(self, most: int) -> None:
        self.turns = Turns(most)
        self.at_it: list[UUID] = []
        self.most = 0
        self.done: list[UUID] = []

    async def do(self, member_id: UUID) -> None:
        async with self.turns.of(member_id):
            assert member_id not in self.at_it
            self.at_it.append(member_id)
            self.most = max(self.most, len(self.at_it))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.at_it.remove(member_id)
            self.done.append(member_id)


@given(st.lists(st.sampled_from([ALPHA, BETA, GAMMA]), max_size=30), st.integers(1, 4))
def test_everybody_has_a_turn_and_never_too_many_at_once(who: list[UUID], most: int) -> None:
    async def all_at_once() -> Work:
        work = Work(most)
        await asyncio.gather(*map(work.do, who))
        return work

    work = asyncio.run(all_at_once())
    assert sorted(work.done) == sorted(who)
    assert work.most <= min(most, len(set(who)))


async def test_nobody_waits_behind_another_members_crowd() -> None:
    work = Work(2)
    await asyncio.gather(*(work.do(ALPHA) for _ in range(20)), work.do(BETA), work.do(GAMMA))
    assert {BETA, GAMMA} <= set(work.done[:4])


async def test_who_gives_up_leaves_its_turn_to_the_next() -> None:
    work = Work(1)
    async with work.turns.of(ALPHA):
        waiting = [asyncio.create_task(work.do(ALPHA)), asyncio.create_task(work.do(BETA))]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await work.do(ALPHA)
    await work.do(BETA)
    assert work.done == [ALPHA, BETA]


async def test_nobody_waits_for_ever() -> None:
    turns = Turns(1, patience=0.05)
    for waiting in (ALPHA, BETA):
        async with turns.of(ALPHA):
            with pytest.raises(Unavailable, match="audit_unavailable"):
                async with turns.of(waiting):
                    pytest.fail("two at once")
    async with turns.of(BETA):
        pass
