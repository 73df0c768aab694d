"""Few files arrive at once, and nobody keeps everybody else's out."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from registry.api.arrivals import AT_ONCE, EACH, Arrivals
from registry.api.scanning import Scanner
from registry.errors import Malformed, Unavailable

pytestmark = pytest.mark.anyio
ANN, BO, CY = (UUID(int=number) for number in range(1, 4))


async def test_one_sender_leaves_room_for_others() -> None:
    arrivals = Arrivals(Scanner(None))
    async with AsyncExitStack() as held:
        for _ in range(EACH):
            await held.enter_async_context(arrivals.place(ANN))
        with pytest.raises(Unavailable, match="files_arriving"):
            await held.enter_async_context(arrivals.place(ANN))
        for _ in range(AT_ONCE - EACH):
            await held.enter_async_context(arrivals.place(BO))
        with pytest.raises(Unavailable, match="files_arriving"):
            await held.enter_async_context(arrivals.place(CY))
    async with arrivals.place(ANN), arrivals.place(ANN), arrivals.place(CY):
        pass


async def test_who_sends_too_slowly_is_cut_off_and_may_begin_anew() -> None:
    arrivals = Arrivals(Scanner(None), seconds=0.0)
    for _ in range(EACH + 1):
        with pytest.raises(Malformed, match="body_unreadable"):
            async with arrivals.place(ANN):
                await asyncio.sleep(1)
