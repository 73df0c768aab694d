"""The last checkpoint we signed, in a file of its own: what a restored database cannot take back.

Keep it on other storage than the database. It is replaced as a whole, by compare-and-swap under a lock, and durable
before the signature leaves the process.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import Conflict, Misconfigured
from registry_formats.errors import FormatError
from registry_formats.notes import parse_checkpoint_text, parse_note

_MOST_BYTES = 65_536


class GuardFile:
    """One note in one file; beside it a lock file, and for a moment the next note."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """Refuse a place that cannot be written, and a file that is no checkpoint.

        Errors: Misconfigured `checkpoint_guard_unusable`.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                last = _read(self._path)
            if last is not None:
                parse_checkpoint_text(parse_note(last).text)
        except (OSError, UnicodeDecodeError, FormatError) as error:
            reason = error.strerror if isinstance(error, OSError) else "this is no signed checkpoint"
            message = f"{self._path}: {reason}. Set REGISTRY_CHECKPOINT_GUARD to a file of the worker's own."
            raise Misconfigured("checkpoint_guard_unusable", message) from None

    async def last(self) -> str | None:
        """Return the last note, or None where there is none."""
        return await asyncio.to_thread(_read, self._path)

    async def swap(self, before: str | None, after: str) -> None:
        """Replace the note, durably.

        Raises:
            Conflict: `guard_changed`, when it is not `before` any more: somebody else signs.
        """
        await asyncio.to_thread(self._swap, before, after)

    def _swap(self, before: str | None, after: str) -> None:
        with self._locked():
            if _read(self._path) != before:
                raise Conflict("guard_changed")
            new = self._path.with_name(f".{self._path.name}.new")
            with new.open("w", encoding="utf-8", newline="\n") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            directory = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_name(f".{self._path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            return file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
