"""Be a witness of the registry's log: remember its last checkpoint, and believe no other history.

No request is sent here. `LogWatch.look` holds a checkpoint beside the one that is known and says what to ask the
registry for; `accept` checks the answer and remembers. A checkpoint is kept in a `CheckpointStore`; whoever loses it
starts to trust anew, so keep it where the next process finds it. Threads and processes may share one.
"""

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from registry_formats.errors import FormatError
from registry_formats.merkle import verify_consistency
from registry_formats.notes import Checkpoint, VerifierKey, verify_checkpoint
from registry_formats.proofs import parse_proof

try:
    import fcntl
except ImportError:  # Windows, where only the threads of one process may share a directory
    fcntl = None  # type: ignore[assignment]


class CheckpointStore(Protocol):
    """Keep the last checkpoint of each log, as signed. `save` returns only when a crash cannot lose it."""

    def load(self, origin: str) -> str | None:
        """Return the last saved note of this log, or None."""

    def save(self, origin: str, note: str) -> None:
        """Replace the note of this log."""

    def swap(self, origin: str, known: str | None, note: str) -> bool:
        """Replace the note of this log if it still is `known`, in one step for all who share the store; say whether."""


class HistoryError(FormatError):
    """Say that no proof leads from one signed note to the other. Both are the evidence."""

    def __init__(self, code: str, known: str, shown: str) -> None:
        super().__init__(code)
        self.known = known
        self.shown = shown


class LogForkedError(HistoryError):
    """Say that the registry showed two histories (`log_forked`): two roots of one size, which no proof can mend."""

    def __init__(self, known: str, shown: str) -> None:
        super().__init__("log_forked", known, shown)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Name the consistency proof to ask for."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Look:
    """Hold a checkpoint beside the one that was known when it was looked at; each as signed, and what it says."""

    note: str
    shown: Checkpoint
    known: str | None
    last: Checkpoint | None

    @property
    def needed(self) -> Sizes | None:
        """Say which consistency proof `accept` will want; None if it needs none."""
        if self.last is None or self.last.size == self.shown.size or 0 in (self.last.size, self.shown.size):
            return None
        return Sizes(min(self.last.size, self.shown.size), max(self.last.size, self.shown.size))


class MemoryCheckpoints:
    """Keep checkpoints for the life of the process."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}
        self._alone = threading.Lock()

    def load(self, origin: str) -> str | None:
        """Return the last saved note of this log, or None."""
        return self._notes.get(origin)

    def save(self, origin: str, note: str) -> None:
        """Replace the note of this log."""
        self._notes[origin] = note

    def swap(self, origin: str, known: str | None, note: str) -> bool:
        """Replace the note of this log if it still is `known`; say whether."""
        with self._alone:
            if self.load(origin) != known:
                return False
            self.save(origin, note)
            return True


class FileCheckpoints:
    """Keep checkpoints in a directory, a file for each log, replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._alone = threading.Lock()

    def load(self, origin: str) -> str | None:
        """Return the last saved note of this log, or None."""
        try:
            return self._path(origin).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def save(self, origin: str, note: str) -> None:
        """Replace the note of this log; durable on return."""
        self._directory.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self._directory, prefix=".checkpoint-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path(origin))
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise

    def swap(self, origin: str, known: str | None, note: str) -> bool:
        """Replace the note of this log if it still is `known`, whichever process asks; durable on return."""
        with self._alone, self._locked():
            if self.load(origin) != known:
                return False
            self.save(origin, note)
            return True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / ".lock").open("a") as held:
            if fcntl is not None:
                fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str) -> Path:
        return self._directory / f"{quote(origin, safe='')}.checkpoint"


class LogWatch:
    """Follow one log.

    Args:
        origin: the log's name, the first line of its checkpoints.
        keys: its keys; one must bear the log's name.
        store: where the last checkpoint is kept.
    """

    def __init__(self, origin: str, keys: Sequence[VerifierKey], store: CheckpointStore) -> None:
        self._origin = origin
        self._keys = tuple(keys)
        self._store = store

    @property
    def last(self) -> Checkpoint | None:
        """Give the last checkpoint that was accepted."""
        note = self._store.load(self._origin)
        return None if note is None else self._verify(note)

    def look(self, note: str) -> Look:
        """Hold a checkpoint beside the one that is known. FormatError as of `verify_checkpoint`."""
        known = self._store.load(self._origin)
        return Look(note, self._verify(note), known, None if known is None else self._verify(known))

    def accept(self, look: Look, consistency: Sequence[bytes] = ()) -> bool:
        """Accept a checkpoint that belongs to the known history, and remember it if it is newer.

        Returns:
            False if another thread or process has remembered something newer meanwhile: look again.

        Raises:
            LogForkedError: it has the size of the known one and another root.
            HistoryError: what `verify_consistency` found. Unlike a fork it may be a fault in transit: ask once more.
        """
        if look.known is not None and look.last is not None:
            if look.last.size == look.shown.size and look.last.root != look.shown.root:
                raise LogForkedError(look.known, look.note)
            old, new = (look.last, look.shown) if look.last.size <= look.shown.size else (look.shown, look.last)
            try:
                _check_history(old, new, consistency)
            except FormatError as error:
                raise HistoryError(error.code, look.known, look.note) from error
        if look.last is not None and look.last.size >= look.shown.size:
            return True
        return self._store.swap(self._origin, look.known, look.note)

    def _verify(self, note: str) -> Checkpoint:
        return verify_checkpoint(note, self._origin, self._keys)


def proof_checkpoint(proof: str) -> str:
    """Take the signed checkpoint out of a proof file, unverified."""
    return parse_proof(proof).checkpoint


def _check_history(old: Checkpoint, new: Checkpoint, consistency: Sequence[bytes]) -> None:
    if old.size:  # every tree extends the empty one
        verify_consistency(old.size, new.size, consistency, old.root, new.root)
    elif consistency:
        raise FormatError("merkle_proof_length")
