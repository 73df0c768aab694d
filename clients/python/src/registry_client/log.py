"""Be a witness of the registry's log: remember its last checkpoint, and believe no other history.

No request is sent here. `LogWatch.consistency_needed` says what to ask the registry for, `observe` checks the answer
and remembers, `prove` checks that an entry is in the log. A checkpoint is kept in a `CheckpointStore`; whoever loses it
starts to trust anew, so keep it where the next process finds it.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from registry_formats.errors import FormatError
from registry_formats.merkle import verify_consistency
from registry_formats.notes import Checkpoint, VerifierKey, verify_checkpoint
from registry_formats.proofs import parse_proof, verify_proof


class CheckpointStore(Protocol):
    """Keep the last checkpoint of each log, as signed. `save` returns only when a crash cannot lose it."""

    def load(self, origin: str) -> str | None:
        """Return the last saved note of this log, or None."""

    def save(self, origin: str, note: str) -> None:
        """Replace the note of this log."""


class LogForkedError(FormatError):
    """Say that the registry showed two histories (`log_forked`). Both signed notes are the evidence: publish them."""

    def __init__(self, known: str, shown: str) -> None:
        super().__init__("log_forked")
        self.known = known
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Sizes:
    """Name the consistency proof to ask for."""

    old: int
    new: int


class MemoryCheckpoints:
    """Keep checkpoints for the life of the process."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def load(self, origin: str) -> str | None:
        """Return the last saved note of this log, or None."""
        return self._notes.get(origin)

    def save(self, origin: str, note: str) -> None:
        """Replace the note of this log."""
        self._notes[origin] = note


class FileCheckpoints:
    """Keep checkpoints in a directory, a file for each log, replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

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

    def consistency_needed(self, note: str) -> Sizes | None:
        """Say which consistency proof `observe` will want with this checkpoint; None if it needs none."""
        shown, last = self._verify(note), self.last
        if last is None or last.size == shown.size or 0 in (last.size, shown.size):
            return None
        return Sizes(min(last.size, shown.size), max(last.size, shown.size))

    def observe(self, note: str, consistency: Sequence[bytes] = ()) -> Checkpoint:
        """Accept a checkpoint that belongs to the known history, and remember it if it is newer.

        Raises:
            LogForkedError: it has the size of the known one and another root.
            FormatError: what `verify_checkpoint` and `verify_consistency` raise. A failing consistency proof, unlike
                a fork, may be a fault in transit: ask once more, then keep both notes as evidence.
        """
        shown, known = self._verify(note), self._store.load(self._origin)
        last = None if known is None else self._verify(known)
        if known is not None and last is not None:
            if last.size == shown.size and last.root != shown.root:
                raise LogForkedError(known, note)
            old, new = (last, shown) if last.size <= shown.size else (shown, last)
            _check_history(old, new, consistency)
        if last is None or last.size < shown.size:
            self._store.save(self._origin, note)
        return shown

    def prove(self, proof: str, leaf_hash: bytes, consistency: Sequence[bytes] = ()) -> Checkpoint:
        """Check that a leaf is in the log of the known history.

        Args:
            proof: a `c2sp.org/tlog-proof@v1` file.
            leaf_hash: of the leaf that a receipt promised.
            consistency: between its checkpoint and the last one; `consistency_needed(proof_checkpoint(proof))`.

        Raises:
            FormatError: what `verify_proof` and `observe` raise.
        """
        checkpoint = verify_proof(proof, leaf_hash, self._origin, self._keys)
        self.observe(proof_checkpoint(proof), consistency)
        return checkpoint

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
