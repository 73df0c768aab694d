"""`registry serve` as a process: it ends when told to, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from registry.relay import identity
from tests.launching import postmaster


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a command that works in this directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    return kept | {"REGISTRY_DATA_DIR": str(data_dir)} | settings


def run(given: dict[str, str], *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "registry.cli", *command], env=given, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_api_stops_its_database(data_dir: Path, number: signal.Signals) -> None:
    port = free_port()
    given = environment(data_dir, REGISTRY_PORT=str(port))
    for command in (("keys", "generate"), ("migrate",)):
        assert run(given, *command).returncode == 0
    with (data_dir / "serve.log").open("w") as log:
        api = subprocess.Popen(
            [sys.executable, "-m", "registry.cli", "serve"], env=given, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/livez", api)
        assert postmaster(data_dir) is not None
        api.send_signal(number)
        api.wait(30)
    finally:
        api.kill()
    assert postmaster(data_dir) is None
    assert "Traceback" not in (data_dir / "serve.log").read_text()


@pytest.mark.parametrize(
    ("command", "setting"),
    [
        ("serve", "REGISTRY_PORT"),
        ("up", "REGISTRY_PORT"),
        ("up", "REGISTRY_RELAY_PORT"),
        ("relay", "REGISTRY_RELAY_PORT"),
    ],
)
def test_a_port_of_somebody_else_is_refused_by_its_setting(data_dir: Path, command: str, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        ports = {"REGISTRY_PORT": str(free_port()), "REGISTRY_RELAY_PORT": str(free_port())}
        given = environment(data_dir, **(ports | {setting: str(stranger.getsockname()[1])}))
        assert run(given, "keys", "generate").returncode == 0
        _join_relay(data_dir / "relay")
        done = run(given, command)
    assert done.returncode == 2
    assert "port_in_use:" in done.stderr
    assert done.stderr.rstrip().endswith(f"set {setting}.")
    assert not (data_dir / "postgres").exists()


def _join_relay(directory: Path) -> None:
    identity.create(directory, bytes(range(32)))
    identity.join(directory, UUID(int=1), realm="registry.localhost", operators={"operator-1": bytes(32)})


def _wait_for(url: str, api: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and api.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the API did not come up")
