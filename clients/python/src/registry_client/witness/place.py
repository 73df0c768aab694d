"""The directory of a witness: its secret key and its memory, which belong together."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from registry_client.witness.state import State
from registry_formats.cosignatures import SEED_BYTES, CosigningKey
from registry_formats.errors import FormatError

_KEY, _STATE = "witness.key", "witness.db"
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Place:
    """A witness at home: its keys, one of each type that is offered here, and its memory."""

    keys: tuple[CosigningKey, ...]
    state: State


def open_place(directory: Path, name: str) -> Place:
    """Open a witness's directory; make key and memory if there is neither.

    Args:
        directory: its own, on a disk that is never put back from a backup.
        name: of the witness, as it stands in its cosignatures; an address without scheme, such as `example.org/w1`.

    Raises:
        FormatError: `witness_state_missing` (a key without its memory could be led to sign a second history: begin
            anew in another directory), `witness_key_exposed` (others may read it), `seed_malformed`, `vkey_malformed`.
        OSError: the directory cannot be used.
    """
    key, state = directory / _KEY, directory / _STATE
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not key.exists():
        # The memory first: a crash in between leaves no key without one.
        State(state).close()
        _settle(directory)
        _write(key, secrets.token_bytes(SEED_BYTES))
        _settle(directory)
    if not state.exists():
        raise FormatError("witness_state_missing")
    if key.stat().st_mode & 0o077:
        raise FormatError("witness_key_exposed")
    return Place(CosigningKey.all_of(name, key.read_bytes()), State(state))


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _settle(directory: Path) -> None:
    """Make the directory's entries durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
