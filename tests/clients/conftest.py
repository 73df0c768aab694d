"""A registry in memory, and both clients of it behind one callable."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from registry_client import Client, FileCheckpoints, FileReceipts, Options, Retry
from registry_client.testing import FakeRegistry
from tests.clients.between import answered, behind

Call = Callable[..., Any]


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture(params=["blocking", "async"])
def call(request: pytest.FixtureRequest, registry: FakeRegistry) -> Iterator[Call]:
    """Call a method of one of the two clients by name."""
    if request.param == "blocking":
        with registry.client() as client:
            yield lambda name, *args, **named: getattr(client, name)(*args, **named)
        return
    with asyncio.Runner() as loop:
        other = registry.async_client()

        def run(name: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - any method
            outcome = getattr(other, name)(*args, **named)
            if inspect.isasyncgen(outcome):
                return loop.run(_listed(outcome))
            return loop.run(outcome) if inspect.iscoroutine(outcome) else outcome

        yield run
        loop.run(other.close())


async def _listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


@pytest.fixture
def options(registry: FakeRegistry, tmp_path: Path) -> Options:
    return Options(
        checkpoints=FileCheckpoints(tmp_path / "checkpoints"),
        receipts=FileReceipts(tmp_path / "receipts"),
        retry=Retry(first=0, longest=0),
        clock=registry.clock,
        registry_clock=registry.clock,
    )


@pytest.fixture
def evidence(tmp_path: Path) -> Callable[[], list[Any]]:
    return lambda: [json.loads(path.read_bytes()) for path in sorted((tmp_path / "receipts/evidence").iterdir())]


@pytest.fixture
def client(registry: FakeRegistry, options: Options) -> Iterator[Client]:
    with behind(registry, options, partial(answered, registry)) as made:
        yield made
