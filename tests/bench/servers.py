"""Servers under measurement: processes of their own, one worker each, on loopback, ended by their pid."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import HOST

UVICORN = (
    "--factory",
    "--workers",
    "1",
    "--loop",
    "uvloop",
    "--http",
    "registry.api.wire:BoundedHead",
    "--no-access-log",
)
REGISTRY = str(Path(sys.executable).parent / "registry")
_PATIENCE = 60.0
_WATCH = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:]).returncode
print("maxrss", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended)
"""
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """A running process and where it listens."""

    process: subprocess.Popen[bytes]
    port: int

    def resident_mb(self) -> float:
        """Return its resident memory and its children's in units of 10⁶ bytes."""
        own = Path(f"/proc/{self.process.pid}")
        children = (own / f"task/{self.process.pid}/children").read_text().split()
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid in (self.process.pid, *children)]
        return sum(int(kib) for status in statuses for kib in _RESIDENT.findall(status)) * 1024 / 1e6


def most_memory(command: list[str], environment: Mapping[str, str]) -> tuple[str, float]:
    """Run a program to its end; return what it wrote, and the most memory it had, in units of 10⁶ bytes.

    By way of a small process: Linux counts the memory of whoever starts a program as that program's own.
    """
    watched = [sys.executable, "-I", "-c", _WATCH, *command]
    done = subprocess.run(watched, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, int(done.stderr.rpartition("maxrss ")[2]) * 1024 / 1e6


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our programs until the block ends; what it says goes to `log`."""
    # With PYTHONDONTWRITEBYTECODE each start would compile everything again.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("REGISTRY_")
    }
    with log.open("ab") as said:
        process = subprocess.Popen(command, env={**inherited, **environment}, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def serving(application: str, path: str, port: int, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Serve an application with uvicorn, and wait until `path` answers."""
    command = [sys.executable, "-m", "uvicorn", application, "--host", HOST, "--port", str(port), *UVICORN]
    with running(command, environment, log) as process:
        wait_for(process, port, path, log)
        yield Server(process, port)


def wait_for(process: subprocess.Popen[bytes], port: int, path: str, log: Path, *, every: float = 0.02) -> None:
    """Return when a GET of `path` is answered at all, 4xx included; a server that is not ready answers 503."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port, path):
            return
        time.sleep(every)
    raise RuntimeError(f"a server did not start; it said: {log.read_text()[-2000:]}")


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=2):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
