"""The clock of a sandbox over HTTP: forward for everybody, never where time is real."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from registry.clock import moved_time, real_time
from tests.databases import ScratchDatabase
from tests.running import Platform, running

pytestmark = pytest.mark.anyio
HOUR = 3600


async def advance(who: Platform, **span: object) -> httpx.Response:
    headers = await who.headers() | {"Idempotency-Key": str(uuid4())}
    return await who.client.post("/v1/sandbox/clock:advance", json=span, headers=headers)


async def test_a_member_moves_the_clock_forward_for_every_process_and_never_back(
    database: ScratchDatabase, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    async with running(database, tmp_path, test_clock=clock) as api:
        alpha = await api.admit("Alpha")
        moved = [(await advance(alpha, **span)).json() for span in ({"hours": 1}, {"days": 2}, {})]
        assert [one["ahead_seconds"] for one in moved] == [HOUR, 49 * HOUR, 49 * HOUR]
        for wrong in ({"days": -1}, {"hours": 24}, {"days": "1"}, {"days": 4000}, {"back": 1}):
            assert (await advance(alpha, **wrong)).status_code == 422
        # What another process of this sandbox reads.
        ahead = moved_time(clock)() - real_time()
        assert timedelta(hours=48, minutes=59) < ahead < timedelta(hours=49, minutes=1)
        # Sign-in lives in real time.
        assert (await alpha.sign_in()).status_code == 200


async def test_where_time_is_real_nobody_moves_it(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path) as api:
        answer = await advance(await api.admit("Alpha"), days=1)
        assert (answer.status_code, answer.json()["code"]) == (409, "clock_real")
