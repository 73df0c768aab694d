"""`registry serve` as a process: it ends when told to, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from registry.relay import identity
from tests.cli.invoking import registry
from tests.databases import scratch
from tests.launching import postmaster
from tests.ports import free_port


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a command that works in this directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    return kept | {"REGISTRY_DATA_DIR": str(data_dir)} | settings


@pytest.fixture(scope="module")
def founded() -> Iterator[Path]:
    """A directory with keys, and a database with tables."""
    place = scratch("registry-data-")
    for command in (("keys", "generate"), ("migrate",)):
        assert registry(place, *command).exit_code == 0
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_api_stops_its_database(founded: Path, number: signal.Signals) -> None:
    port = free_port()
    given = environment(founded, REGISTRY_PORT=str(port))
    said = founded / f"serve-{number}.log"
    with said.open("w") as log:
        api = subprocess.Popen(
            [sys.executable, "-m", "registry.cli", "serve"], env=given, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/livez", api)
        assert postmaster(founded) is not None
        api.send_signal(number)
        api.wait(30)
    finally:
        api.kill()
    assert postmaster(founded) is None
    assert "Traceback" not in said.read_text()


@pytest.mark.parametrize(
    ("command", "setting"),
    [
        ("serve", "REGISTRY_PORT"),
        ("up", "REGISTRY_PORT"),
        ("up", "REGISTRY_RELAY_PORT"),
    ],
)
def test_a_port_of_somebody_else_is_refused_by_its_setting(data_dir: Path, command: str, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        assert registry(data_dir, "keys", "generate").exit_code == 0
        done = registry(data_dir, command, **{setting: str(stranger.getsockname()[1])})
    _refused(done.exit_code, done.stderr, setting)
    assert not (data_dir / "postgres").exists()


def test_so_is_one_that_the_relay_was_to_have(data_dir: Path) -> None:
    identity.create(data_dir / "relay", bytes(range(32)))
    identity.join(data_dir / "relay", UUID(int=1), realm="registry.localhost", operators={"operator-1": bytes(32)})
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        given = environment(data_dir, REGISTRY_RELAY_PORT=str(stranger.getsockname()[1]))
        command = [sys.executable, "-m", "registry.cli", "relay"]
        done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    _refused(done.returncode, done.stderr, "REGISTRY_RELAY_PORT")


def _refused(status: int, said: str, setting: str) -> None:
    assert status == 2
    assert "port_in_use:" in said
    assert said.rstrip().endswith(f"set {setting}.")


def _wait_for(url: str, api: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and api.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the API did not come up")
