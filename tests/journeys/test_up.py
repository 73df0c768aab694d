"""`registry up` from outside: what it starts, and that nothing of it stays, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from registry.demo.stage import environment_of
from tests.databases import scratch
from tests.journeys.leftovers import processes

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A directory where one sandbox after another is started, each on what the last one left."""
    above = scratch("registry-up-")
    yield above / "registry"
    shutil.rmtree(above)


@pytest.fixture
def started(place: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str], str]]:
    """A sandbox whose process the test may end as it likes; its environment, and what it has said."""
    environment = environment_of(place)
    process = subprocess.Popen(
        [sys.executable, "-m", "registry.cli", "up"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("  next"):
            break
    yield process, environment, said
    process.kill()
    process.communicate()


def test_it_says_loudly_what_it_is_and_stops_cleanly(
    started: tuple[subprocess.Popen[str], dict[str, str], str], place: Path
) -> None:
    process, environment, said = started
    assert "1 of 1" in said
    assert "sandbox" in said
    ready = httpx.get(f"http://127.0.0.1:{environment['REGISTRY_PORT']}/readyz")
    assert ready.json()["status"] == "ready"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert processes(place) == []
    assert not (place / "postgres" / "cluster" / "postmaster.pid").exists()


def test_killed_it_leaves_no_process_behind(
    started: tuple[subprocess.Popen[str], dict[str, str], str], place: Path
) -> None:
    process, _, _ = started
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while (left := processes(place)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []
    assert not (place / "postgres" / "cluster" / "postmaster.pid").exists()


def test_a_process_that_ends_by_itself_ends_the_others(
    started: tuple[subprocess.Popen[str], dict[str, str], str], place: Path
) -> None:
    process, _, _ = started
    worker = next(
        one for one in _processes_of(process.pid) if b"worker" in (Path("/proc") / one / "cmdline").read_bytes()
    )
    os.kill(int(worker), signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "process_ended: `registry worker` ended with SIGKILL" in said
    assert processes(place) == []


def _processes_of(parent: int) -> list[str]:
    return (Path("/proc") / str(parent) / "task" / str(parent) / "children").read_text().split()
