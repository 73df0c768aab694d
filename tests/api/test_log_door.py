"""Nothing is disclosed once the log is so far behind that what is told could not be proved."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import APIRouter

from registry.api.deps import EdgeDep
from registry.clock import real_time
from registry_formats.leaf import LAST_OF_WRITER, LeafType, decode_leaf
from tests.api.asking import question
from tests.databases import ScratchDatabase
from tests.logbook import seal, sign
from tests.openings import rows
from tests.running import Running, log_seed, running

pytestmark = pytest.mark.anyio
QUERY, BATCH = "/v1/scores:query", "/v1/scores:batch"
MOMENT, ALARM, CLOSED = timedelta(seconds=2), timedelta(seconds=60), timedelta(minutes=15)
_LEAVES = """
    SELECT process, leaf FROM audit.entry JOIN audit.writer ON writer.id = writer_id ORDER BY writer_id, writer_seq
"""

router = APIRouter()


@router.post("/look")
async def look(edge: EdgeDep) -> int:
    """Do at once what the API does every five seconds."""
    return int((await edge.log_door.look()).total_seconds())


@dataclass
class Late:
    """An API whose clock a test moves on, with a member that may ask."""

    ahead: timedelta = timedelta(0)
    api: Running = field(init=False)
    headers: dict[str, str] = field(init=False)

    def __call__(self) -> datetime:
        return real_time() + self.ahead

    async def ask(self, name: str = "1") -> str:
        """Ask one question, and the same in a batch; return what both are answered."""
        one = await self.api.client.post(QUERY, json=question(name), headers=self.headers)
        many = await self.api.client.post(BATCH, json={"items": [question(name)]}, headers=self.headers)
        assert one.status_code == many.status_code
        return "ok" if one.status_code == 200 else f"{one.status_code} {one.json()['code']}"

    async def look(self) -> int:
        return int((await self.api.client.post("/look")).json())

    async def ready(self) -> tuple[int, str]:
        answer = await self.api.client.get("/readyz")
        return answer.status_code, answer.json().get("status", "")

    async def catch_up(self) -> None:
        await seal(self.api.owner, seed=log_seed(self.api), now=self())
        await sign(self.api.owner, seed=log_seed(self.api), now=self())


@pytest.fixture
async def late(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Late]:
    this = Late()
    async with running(database, tmp_path, clock=this, also=router) as this.api:
        member = await this.api.admit("Alpha")
        this.headers = await member.headers()
        assert await this.ask("0") == "ok"
        await this.catch_up()
        yield this


async def test_from_a_minute_on_the_operator_is_alarmed(late: Late) -> None:
    assert await late.look() == 0
    assert await late.ready() == (200, "ready")
    assert await late.ask() == "ok"
    late.ahead += ALARM + MOMENT
    assert await late.look() > 60
    assert await late.ready() == (200, "late")
    assert '"log lags"' in late.api.log.getvalue()
    assert await late.ask() == "ok"


@pytest.mark.parametrize("sealed", [False, True])
async def test_from_a_quarter_of_an_hour_on_nothing_is_told_until_the_log_has_caught_up(
    late: Late, sealed: bool
) -> None:
    """Neither what has no place yet is proved, nor what has one and was not signed."""
    assert await late.ask() == "ok"
    if sealed:
        await seal(late.api.owner, seed=log_seed(late.api), now=late())
    late.ahead += CLOSED + MOMENT
    await late.look()
    assert await late.ask() == "ok"  # once may be a start, or a clock that was moved
    await late.look()
    assert await late.ask() == "503 log_lagging"
    assert (await late.ready())[0] == 503
    await late.catch_up()
    assert await late.look() == 0
    assert await late.ask() == "ok"


async def test_a_quiet_log_is_not_behind(late: Late) -> None:
    """What is all signed cannot become late, however old the last checkpoint is."""
    late.ahead += timedelta(days=30)
    for _ in range(3):
        assert await late.look() == 0
    assert await late.ask() == "ok"


async def test_every_process_begins_and_ends_in_the_log(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path) as api:
        member = await api.admit("Alpha")
        answer = await api.client.post(QUERY, json=question("1"), headers=await member.headers())
        assert answer.status_code == 200
    leaves = [(row["process"].split()[0], decode_leaf(row["leaf"])) for row in await rows(database, _LEAVES)]
    for process in ("api", "teller"):
        first, *_, last = [leaf for name, leaf in leaves if name == process]
        assert (first.kind, first.writer_seq, first.flags) == (LeafType.HEARTBEAT, 1, 0)
        assert (last.kind, last.flags) == (LeafType.HEARTBEAT, LAST_OF_WRITER)
