"""A sandbox registry of its own for a demo or a test: started in an empty directory, driven by its commands, ended."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from registry.clock import moved_time
from registry.demo.home import REALM
from registry.demo.show import DemoFailed
from registry.store import embedded
from registry_client import Client, FileCheckpoints, Options, Trust

_READY = "Ready"
_PATIENCE = 60.0


class Kit(NamedTuple):
    """What a member is given: the facts of `member.json`, and its key."""

    facts: dict[str, Any]
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Stage:
    """A running sandbox.

    Args:
        directory: everything it keeps; `members` below it holds what members were given.
        environment: the settings of its processes.
    """

    directory: Path
    environment: Mapping[str, str]

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.environment['REGISTRY_PORT']}"

    def now(self) -> datetime:
        """Tell the sandbox's time, which runs ahead of the real one."""
        return moved_time(self.directory / "clock")()

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run one of the operator's commands to its end."""
        return subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "registry.cli", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def demand(self, *command: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self.run(*command)
        if done.returncode:
            raise DemoFailed(f"`registry {' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-800:]}")
        return done.stdout

    def admit(self, *names: str, group: str, claims_per_day: int = 1_000) -> None:
        """Admit members of one group; what they are given lands in `members/NAME`."""
        place = self.directory / "members" / (names[0] if len(names) == 1 else "")
        options = ("--group", group, "--to", str(place), "--claims-per-day", str(claims_per_day))
        self.demand("sandbox", "admit", *names, *options)

    def kit(self, name: str) -> Kit:
        """Read what a member was given."""
        place = self.directory / "members" / name
        key = load_pem_private_key((place / "member.key").read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise DemoFailed("a member's key is not Ed25519")
        return Kit(json.loads((place / "member.json").read_text()), key)

    def member(self, name: str) -> Client:
        """Open the SDK with what a member was given: its key, and the registry's keys to pin."""
        facts, key = self.kit(name)
        options = Options(
            relay_url=facts["relay_url"],
            checkpoints=FileCheckpoints(self.directory / "members" / name / "checkpoints"),
            registry_clock=lambda: self.now().timestamp(),
        )
        return Client(facts["base_url"], facts["member_id"], key, Trust(**facts["trust"]), options)


@contextmanager
def running(directory: Path, base: Mapping[str, str] = os.environ) -> Iterator[Stage]:
    """Run a fresh sandbox in `directory` on free ports, and stop all of it when the block ends, however it ends."""
    clear(directory)
    directory.mkdir(mode=0o711, parents=True)
    stage = Stage(directory, environment_of(directory, base))
    with (directory / "up.err").open("wb") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "registry.cli.attached", "up"],
            env=stage.environment,
            stdin=subprocess.PIPE,  # ends with us, whatever ends us
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
    try:
        if process.stdout is None or not _is_ready(process.stdout):
            raise DemoFailed(f"the sandbox did not start: {(directory / 'up.err').read_text()[-1_500:]}")
        yield stage
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()  # its own children end by themselves then
            process.communicate()


def clear(directory: Path) -> None:
    """Remove what an earlier run left, its database server included; refuse what runs, or is no sandbox."""
    if not directory.exists():
        return
    mark = directory / "mode"
    if any(directory.iterdir()) and not (mark.exists() and mark.read_text().strip() == "sandbox"):
        raise DemoFailed(
            f"{directory} holds something else than an earlier demo; set REGISTRY_DATA_DIR to another place."
        )
    if embedded.is_held(directory):
        raise DemoFailed(f"a demo runs in {directory}; wait, or set REGISTRY_DATA_DIR to another place.")
    if (directory / "postgres" / "cluster" / "postmaster.pid").exists():
        embedded.start(directory).stop()
    shutil.rmtree(directory)


def environment_of(directory: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Set up a sandbox in `directory` on free ports, with nothing of the settings around us."""
    api, relay = _free_port(), _free_port()
    kept = {name: value for name, value in base.items() if not name.startswith("REGISTRY_")}
    return kept | {
        "REGISTRY_MODE": "sandbox",
        "REGISTRY_DATA_DIR": str(directory),
        "REGISTRY_REALM": REALM,
        "REGISTRY_PORT": str(api),
        "REGISTRY_RELAY_PORT": str(relay),
        "REGISTRY_TEST_CLOCK": str(directory / "clock"),
        # Members' own systems are on this machine as well.
        "REGISTRY_WEBHOOKS_PRIVATE": "true",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(output: IO[str]) -> bool:
    return any(line.startswith(_READY) for line in iter(output.readline, ""))
