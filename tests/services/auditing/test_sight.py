"""An auditor's request reads first, then writes that it has read: the write never waits for the read."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from registry.domain.audit_filters import Filter
from registry.domain.lenses import Lens
from registry.services import auditing
from registry.services.auditing import Sight
from registry.services.auditing.looks import Wanted as LooksWanted
from registry.services.auditing.samples import Wanted as SampleWanted
from registry.services.auditing.search import Wanted
from registry.store.database import WriteSession
from registry.store.lenses import Span
from tests.auditing import BECAUSE, Bureau, statements
from tests.logbook import NOW, write

pytestmark = pytest.mark.anyio
ASKED: dict[str, Callable[[Sight], Awaitable[Any]]] = {
    "search": lambda sight: auditing.search(sight, Wanted(Filter(), 5, facets=True), because=BECAUSE),
    "looks": lambda sight: auditing.look_up(sight, Filter(subjects=(bytes(32),)), LooksWanted(5), because=BECAUSE),
    "sample": lambda sight: auditing.draw(sight, SampleWanted(2, Filter()), because=BECAUSE),
    "samples": lambda sight: auditing.page(sight, limit=5, before=None, because=BECAUSE),
    "kept searches": lambda sight: auditing.kept(sight, because=BECAUSE),
    **{
        f"lens {lens}": lambda sight, lens=lens: auditing.look_through(  # type: ignore[misc]
            sight, lens, Span(NOW, NOW.replace(day=22)), because=BECAUSE
        )
        for lens in Lens
    },
}


@pytest.mark.parametrize("name", ASKED)
async def test_nothing_is_begun_before_all_is_read(office: Bureau, name: str) -> None:
    await write(office.writes, office.trail, 3)
    await office.seal()
    read_before: list[int] = []
    with statements(office.reads) as sent:
        async with office.sight() as sight:

            async def begin() -> WriteSession:
                read_before.append(len(sent))
                return await sight.begin()

            await ASKED[name](replace(sight, begin=begin))
    assert read_before
    assert set(read_before) == {len(sent)}
    assert sent
