"""Small files that must survive a crash whole, and secrets that only their owner may read."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from registry.errors import Misconfigured

_SECRET = 0o600
_OTHERS = 0o077


def make_private(directory: Path) -> None:
    """Create a directory that only its owner may enter."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)


def write(path: Path, data: bytes) -> None:
    """Replace a file at once and durably: a reader, or a crash, sees the old content or the new, never half."""
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _SECRET)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_directory(path.parent)


def read_secret(path: Path) -> bytes:
    """Read a secret; refuse to start when others could have read it too."""
    if path.stat().st_mode & _OTHERS:
        raise Misconfigured("secret_exposed", f"{path.name} is readable by others; make it 0600 and replace the secret")
    return path.read_bytes()


def sync_directory(directory: Path) -> None:
    """Make names durable: a file's own fsync does not cover its entry in the directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def claim(directory: Path) -> IO[bytes]:
    """Hold a directory alone until the returned file is closed or the process ends; `directory_in_use` when it is held.

    Two processes on one directory would grant every quota twice.
    """
    file = (directory / "operator.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Misconfigured("directory_in_use", "a key operator runs on this directory; stop it first") from None
    return file


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Wait for one's turn among processes that change one file."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
