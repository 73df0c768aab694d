"""Nobody is accused of what a proxy, a slow network or another thread of ours has done; whoever cheats still is.

What accuses is signed by the registry, and nothing else is kept as evidence.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep
from typing import Any

import httpx
import pytest

from registry_client import (
    AnswerMalformed,
    AsyncClient,
    Client,
    NotFound,
    Options,
    ProofUnverified,
    RegistryUnavailable,
)
from registry_client.testing import BASE_URL, MEMBER, FakeRegistry
from registry_formats.notes import parse_vkey, verify_note
from tests.clients.between import CLAIM, CONSISTENCY, INCLUSION, PHONE, Handler, answered, behind


def test_threads_may_share_a_client(
    registry: FakeRegistry, options: Options, evidence: Callable[[], list[Any]]
) -> None:
    one_at_a_time = Lock()

    def handle(request: httpx.Request) -> httpx.Response:
        sleep(0.003)
        with one_at_a_time:
            return answered(registry, request)

    with behind(registry, options, handle) as client, ThreadPoolExecutor(4) as threads:
        sizes = list(threads.map(lambda _: client.prove(client.query(PHONE, CLAIM).receipt).size, range(40)))
        assert max(sizes) == client.follow_log().size == 40
    assert evidence() == []


async def _ask_and_prove(client: AsyncClient) -> None:
    for _ in range(8):
        await client.prove((await client.query(PHONE, CLAIM)).receipt)


def test_tasks_may_share_a_client(registry: FakeRegistry, options: Options, evidence: Callable[[], list[Any]]) -> None:
    async def handle(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.003)
        return answered(registry, request)

    async def share() -> None:
        made = AsyncClient(BASE_URL, MEMBER, registry.key, registry.trust, options, httpx.MockTransport(handle))
        async with made as client:
            await asyncio.gather(*(_ask_and_prove(client) for _ in range(4)))
            assert (await client.follow_log()).size == 32

    asyncio.run(share())
    assert evidence() == []


def test_processes_may_share_their_checkpoints(
    registry: FakeRegistry, options: Options, client: Client, evidence: Callable[[], list[Any]]
) -> None:
    client.prove(client.query(PHONE, CLAIM).receipt)
    receipt = client.query(PHONE, CLAIM).receipt
    overtaken = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal overtaken
        answer = answered(registry, request)
        if CONSISTENCY in request.url.path and overtaken < 3:
            overtaken += 1
            client.query(PHONE, CLAIM)
            client.follow_log()
        return answer

    with behind(registry, options, handle) as other:
        assert other.prove(receipt).size == 2
        assert other.follow_log().size == 4
    # Once before what it had seen was remembered, and once before it was held against what the other remembered.
    assert (overtaken, evidence()) == (2, [])


def test_a_log_that_was_rewritten_and_has_grown_leaves_both_notes(
    registry: FakeRegistry, client: Client, evidence: Callable[[], list[Any]]
) -> None:
    for _ in range(2):
        client.query(PHONE, CLAIM)
    client.follow_log()
    registry.log.rewrite()
    receipt = client.query(PHONE, CLAIM).receipt
    for look in (client.follow_log, lambda: client.prove(receipt)):
        with pytest.raises(ProofUnverified, match="consistency_mismatch"):
            look()
    keys = [parse_vkey(registry.log.log_vkey)]
    assert len(evidence()) == 2
    for found in evidence():
        old, new = (verify_note(note, keys).text.splitlines()[1] for note in found["notes"])
        assert (old, new) == ("2", "3")


def test_a_proof_that_was_spoiled_on_its_way_is_asked_for_again(
    registry: FakeRegistry, options: Options, client: Client, evidence: Callable[[], list[Any]]
) -> None:
    for _ in range(2):
        client.query(PHONE, CLAIM)
        client.follow_log()
    spoiled: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if CONSISTENCY in request.url.path and not spoiled:
            spoiled.append(request.url.path)
            return httpx.Response(200, json={"hashes": []})
        return answered(registry, request)

    with behind(registry, options, handle) as other:
        assert other.prove(other.query(PHONE, CLAIM).receipt).size == 3
    assert (len(spoiled), evidence()) == (1, [])


def _proxy(status: int) -> Callable[[FakeRegistry, str], Handler]:
    """Make a proxy that answers one path by itself."""

    def make(registry: FakeRegistry, path: str) -> Handler:
        page = httpx.Response(status, content=b"<html>not the registry</html>")
        return lambda request: page if path in request.url.path else answered(registry, request)

    return make


@pytest.mark.parametrize(
    ("status", "path", "kind"),
    [
        (404, INCLUSION, NotFound),
        (200, INCLUSION, AnswerMalformed),
        (503, INCLUSION, RegistryUnavailable),
        (404, CONSISTENCY, NotFound),
        (200, CONSISTENCY, AnswerMalformed),
    ],
)
def test_a_proxys_page_accuses_nobody_and_is_no_proof(
    registry: FakeRegistry,
    options: Options,
    client: Client,
    evidence: Callable[[], list[Any]],
    status: int,
    path: str,
    kind: type[Exception],
) -> None:
    client.prove(client.query(PHONE, CLAIM).receipt)
    client.query(PHONE, CLAIM)
    registry.advance(75)
    with behind(registry, options, _proxy(status)(registry, path)) as proxied:
        demanded = proxied.prove_due(within=0)
        assert (demanded.proved, demanded.broken) == (0, ())
        assert [type(one) for one in demanded.undecided] == [kind]
    assert client.prove_due(within=0).proved == 1
    assert evidence() == []


def test_a_checkpoint_that_is_a_proxys_page_accuses_nobody(
    registry: FakeRegistry, options: Options, evidence: Callable[[], list[Any]]
) -> None:
    proxied = behind(registry, options, _proxy(200)(registry, "log/checkpoint"))
    with proxied, pytest.raises(AnswerMalformed) as page:
        proxied.follow_log()
    assert page.value.retryable
    assert evidence() == []


def test_a_path_that_was_spoiled_on_its_way_accuses_nobody(
    registry: FakeRegistry, options: Options, evidence: Callable[[], list[Any]]
) -> None:
    spoiled: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        answer = answered(registry, request)
        if INCLUSION in request.url.path and not spoiled:
            spoiled.append(request.url.path)
            head, _, rest = answer.text.partition("\n\n")
            lines = head.split("\n")
            return httpx.Response(200, text="\n".join([*lines[:-1], "A" * 43 + "="]) + "\n\n" + rest)
        return answer

    with behind(registry, options, handle) as client:
        for _ in range(4):
            client.query(PHONE, CLAIM)
        registry.advance(75)
        demanded = client.prove_due(within=0)
    assert (len(spoiled), demanded.proved, demanded.broken, evidence()) == (1, 4, (), [])
