"""Appeals in lists: each page goes on where the one before ended, through every state, to what waits for nobody."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from registry.domain.appeal_case import AppealState
from registry.domain.appeals import OPEN
from registry.store import appeal_lists
from registry.store.appeal_lists import ADMITTED, NEVER, WORKING, Both, MemberTab, Tab, Wanted
from tests.appealing import T0, Court, court
from tests.databases import ScratchDatabase

pytestmark = pytest.mark.anyio
EACH, PAGE = 5, 3
Place = tuple[datetime, UUID]
_COPY = """
    INSERT INTO appeal SELECT made.* FROM appeal AS seed, LATERAL jsonb_populate_record(seed, jsonb_build_object(
        'id', $1::uuid, 'state', $2::text, 'next_due_at', $3::timestamptz)) AS made LIMIT 1
"""


async def test_lists_are_complete_and_in_order_page_by_page(database: ScratchDatabase) -> None:
    async with court(database) as place:
        known = await _written(place)
        mine = place.author.member_id
        async with place.api.read() as session:
            one = {AppealState.PENDING_APPROVAL}
            tabs = ((Tab.OPEN, OPEN), (Tab.ALL, AppealState), (Tab.UNCLAIMED, WORKING), (Tab.SECOND_PERSON, one))
            for tab, states in tabs:
                pages = await _through(
                    lambda after, tab=tab: appeal_lists.queue(session, Wanted(tab, uuid4(), PAGE, after))  # type: ignore[misc]
                )
                assert pages == sorted(at for at, state in known if state in states), tab
            shown = await _through(
                lambda after: appeal_lists.due_of_member(
                    session, MemberTab.OPEN, member_id=mine, limit=PAGE, after=after
                )
            )
            assert shown == sorted(at for at, state in known if state in ADMITTED)


async def _written(place: Court) -> list[tuple[Place, AppealState]]:
    """Write appeals in every state; several are due at once, and some never."""
    await place.lodge(await place.record())
    found = []
    for number, state in enumerate([*AppealState] * EACH):
        id_, due = uuid4(), None if number % 4 == 0 else T0 + timedelta(hours=number % 3)
        await place.sql(_COPY, id_, state.value, due)
        found.append(((due or NEVER, id_), state))
    (lodged,) = await place.rows("DELETE FROM appeal WHERE id <> ALL ($1) RETURNING id", [at[1] for at, _ in found])
    assert lodged
    return found


async def _through(page: Callable[[Place | None], Awaitable[list[Both]]]) -> list[Place]:
    seen: list[Place] = []
    while found := await page(seen[-1] if seen else None):
        seen += [(one.next_due_at or NEVER, one.id) for one, _ in found]
    return seen
