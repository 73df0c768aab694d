"""The log and its witnesses: cosigned and shown; one down, two down, led astray; a split view that no quorum signs."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import httpx
import pytest

from registry.api.log_door import LogDoor
from registry.errors import Misconfigured, Unavailable
from registry.logs import configure
from registry.services import log_reads
from registry.witnesses import Round, Witnesses, read_policy
from registry_client.witness import open_place
from registry_formats.merkle import hash_leaf
from registry_formats.proofs import parse_proof, verify_proof
from tests.databases import ScratchDatabase
from tests.logbook import NOW, REALM, new_trail, opened, seal, sign, write
from tests.rollback import roll_back
from tests.witnessed import KEY, ORIGIN, Network, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with ExitStack() as open_places:
        places = {}
        for name in ("w1.example", "w2.example"):
            places[name] = open_place(tmp_path / name, name)
            open_places.callback(places[name].state.close)
        yield Network(places)


@pytest.fixture
async def stage(database: ScratchDatabase, network: Network) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(opened(database, "registry_api"))
        worker = await stack.enter_async_context(opened(database, "registry_worker"))
        yield Stage(api, worker, network)


async def test_a_log_without_a_checkpoint_has_nothing_to_ask(stage: Stage) -> None:
    assert await stage.ask("all") == Round(0, 0, timedelta(0))


async def test_what_all_witnesses_cosign_is_what_everybody_is_shown(stage: Stage) -> None:
    await stage.grow(3)
    assert await stage.published() == (0, set())
    assert await stage.ask("all") == Round(2, 2, timedelta(0))
    assert await stage.published() == (3, {"w1.example", "w2.example"})
    await stage.grow(300)
    assert await stage.published() == (3, {"w1.example", "w2.example"})
    await stage.ask("all")
    assert await stage.published() == (303, {"w1.example", "w2.example"})


async def test_a_proof_convinces_a_stranger_once_the_witnesses_have_seen_the_entry(stage: Stage) -> None:
    entries = await write(stage.api, await new_trail(stage.api), 3)
    await seal(stage.worker)
    await sign(stage.worker)
    policy = stage.network.policy("all")
    for is_met in (False, True):
        async with stage.api.read() as session:
            proof = await log_reads.prove_inclusion(session, entry_id=entries[1].id)
        verify_proof(proof, hash_leaf(entries[1].leaf), ORIGIN, [KEY])
        assert policy.is_met(parse_proof(proof).checkpoint) is is_met
        await stage.ask("all")


async def test_one_of_two_is_enough_where_the_policy_says_so(stage: Stage) -> None:
    await stage.grow(3)
    stage.network.down = {"w1.example"}
    assert (await stage.ask("any")).cosigned == 1
    assert await stage.published() == (3, {"w2.example"})


async def test_two_of_two_with_one_down_is_not_published_and_alarms_after_a_minute(stage: Stage) -> None:
    await stage.grow(3)
    await stage.ask("all")
    stage.network.down = {"w1.example"}
    await stage.grow(2)
    soon, late = NOW + timedelta(seconds=60), NOW + timedelta(seconds=61)
    assert not (await stage.ask("all", soon)).is_alarming
    assert (await stage.ask("all", late)).is_alarming
    assert await stage.published() == (3, {"w1.example", "w2.example"})
    stage.network.down = set()
    assert not (await stage.ask("all", late)).is_alarming
    assert await stage.published() == (5, {"w1.example", "w2.example"})


async def test_a_witness_that_knows_more_or_less_than_we_remember_is_asked_again_from_there(stage: Stage) -> None:
    async with stage.asking("all") as first, stage.asking("all") as second:
        await stage.grow(3)
        await first.ask_all(NOW)
        await stage.grow(4)
        await second.ask_all(NOW)
        await stage.grow(5)
        # `first` still believes that the witnesses are at 3.
        assert (await first.ask_all(NOW)).cosigned == 2
    assert await stage.published() == (12, {"w1.example", "w2.example"})
    assert {status for _, status in stage.network.sizes} == {200, 409}


async def test_without_the_quorum_for_a_quarter_of_an_hour_nothing_is_disclosed(stage: Stage) -> None:
    await stage.grow(3)
    late = NOW + timedelta(minutes=16)
    watched, unwatched = (LogDoor(stage.api, lambda: late, witnessed=witnessed) for witnessed in (True, False))
    for door in (watched, watched, unwatched, unwatched):
        door.check()
        await door.look()
    unwatched.check()
    with pytest.raises(Unavailable, match="log_lagging"):
        watched.check()
    await stage.ask("all", late)
    await watched.look()
    watched.check()


async def test_a_split_view_finds_no_quorum(database: ScratchDatabase, stage: Stage) -> None:
    await stage.grow(3)
    await stage.ask("all")
    await stage.grow(4)
    # One witness is shown one continuation, then the log is led back and another continuation is shown to the other.
    stage.network.down = {"w2.example"}
    await stage.ask("all")
    await roll_back(database, 3)
    await stage.grow(6)
    stage.network.down = set()
    lines = StringIO()
    configure("debug", lines)
    result = await stage.ask("all", NOW + timedelta(seconds=61))
    assert (result.cosigned, result.is_alarming) == (1, True)
    assert await stage.published() == (3, {"w1.example", "w2.example"})
    (refusal,) = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (refusal["event"], refusal["witness"], refusal["reason"]) == (
        "witness did not cosign",
        "w1.example",
        "answered 422",
    )


async def test_a_log_that_was_rolled_back_is_told_by_its_witnesses(database: ScratchDatabase, stage: Stage) -> None:
    await stage.grow(5)
    await stage.ask("all")
    await roll_back(database, 2)
    await stage.grow(1)
    lines = StringIO()
    configure("debug", lines)
    assert (await stage.ask("any")).cosigned == 0
    assert [json.loads(line)["reason"] for line in lines.getvalue().splitlines()] == ["witness_ahead"] * 2
    async with stage.asking("any") as witnesses:
        seen = await witnesses.last_seen(ORIGIN, (KEY,))
        assert seen is not None
        assert seen.size == 5
        stage.network.down = {"w1.example", "w2.example"}
        assert await witnesses.last_seen(ORIGIN, (KEY,)) is None
        stage.network.down = set()
        assert await witnesses.last_seen(f"{REALM}/audit/2027h1.1", (KEY,)) is None


async def test_an_answer_that_is_no_cosignature_is_none(stage: Stage) -> None:
    await stage.grow(3)
    answers: Iterable[tuple[int, bytes]] = [
        (200, b""),
        (200, b"no signature\n"),
        (200, b"\xff"),
        (200, b"x" * 300_000),
        (200, "— w1.example AAAAAAAAAAAA\n".encode()),
        (409, b"many\n"),
        (409, b"2\n"),
        (500, b""),
        (302, b""),
    ]
    for status, body in answers:
        transport = httpx.MockTransport(lambda _, s=status, b=body: httpx.Response(s, content=b))
        witnesses = Witnesses(stage.worker, stage.network.policy("any"), transport=transport)
        assert (await witnesses.ask_all(NOW)).cosigned == 0
        await witnesses.close()
    assert await stage.published() == (0, set())


async def test_the_loop_asks_again_and_again_and_raises_the_alarm(stage: Stage) -> None:
    await stage.grow(3)
    stage.network.down = {"w1.example", "w2.example"}
    lines, stop, rounds = StringIO(), asyncio.Event(), 0
    configure("error", lines)

    def late() -> datetime:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            stop.set()
        return NOW + timedelta(seconds=61)

    async with stage.asking("all") as witnesses, asyncio.timeout(5):
        await witnesses.attend(late, stop, every=timedelta(milliseconds=5))
    alarm = json.loads(lines.getvalue().splitlines()[0])
    assert (alarm["event"], alarm["level"], alarm["seconds"], alarm["asked"]) == ("log not cosigned", "error", 61, 2)


async def test_of_several_workers_only_the_one_that_leads_asks(stage: Stage) -> None:
    await stage.grow(3)
    stop, looks = asyncio.Event(), iter(range(3))

    def leads() -> bool:
        if next(looks) == 2:
            stop.set()
        return False

    async with stage.asking("all") as witnesses, asyncio.timeout(5):
        await witnesses.attend(lambda: NOW, stop, every=timedelta(milliseconds=5), leads=leads)
    assert stage.network.sizes == []


def test_a_policy_file_that_cannot_be_met_is_refused_at_start(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "policy"
    (vkey,) = (network.places["w1.example"].keys[0].vkey.encode(),)
    path.write_text(f"witness w {vkey} https://w1.example/\nquorum w\n")
    assert len(read_policy(path).witnesses) == 1
    for wrong in (f"witness w {vkey}\nquorum w\n", "quorum w\n", "\ud7ff"):
        path.write_text(wrong)
        with pytest.raises(Misconfigured, match="witness_policy_invalid"):
            read_policy(path)
    with pytest.raises(Misconfigured, match="witness_policy_invalid"):
        read_policy(tmp_path / "missing")
