"""Receipts as files, so that the next process still demands what the last one was promised, and evidence for others.

    pending/<name>.json              a receipt whose entry is not proved yet: {"leaf", "receipt"}, as in the answer,
                                     and "kept_ms", our time; <name> is the entry's id and the leaf's hash
    pending/<name>.….unreadable      set aside at a start: what a power cut left, or somebody else wrote
    evidence/<name>.<code>.json      a broken promise or a second history: {"code", "leaf", "notes", "receipt"}

Evidence needs nobody's word: `receipt` and each of `notes` are signed by the registry. Give the file to whoever asks.
"""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from registry_client.receipts import Filed, MemoryReceipts
from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.leaf import LEAF_BYTES
from registry_formats.notes import parse_note
from registry_formats.receipts import parse_receipt_text

# Of files of evidence; a registry that breaks its word more often need not be accused more often.
_MOST = 1000


class FileReceipts(MemoryReceipts):
    """Keep receipts and evidence below a directory of this member's own.

    Args:
        directory: made if it does not exist.

    `unreadable` are the files that were set aside: look at them, and delete them.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._waiting, self._evidence = directory / "pending", directory / "evidence"
        for place in (self._waiting, self._evidence):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(self._waiting.glob("*.json")):
            try:
                super().keep(_read(path))
            except FileNotFoundError:
                continue  # another process has had it proved meanwhile
            except (FormatError, OSError, RecursionError):
                # One file must not keep all the others from being demanded.
                with contextlib.suppress(OSError):
                    path.rename(path.with_name(f"{path.name}.{secrets.token_hex(4)}.unreadable"))
        self.unreadable = tuple(sorted(self._waiting.glob("*.unreadable")))

    def keep(self, filed: Filed) -> None:
        """Keep a receipt; a crash of the process does not lose it, but a power cut may.

        Raises:
            OSError: it could not be written; this process demands it all the same.
        """
        super().keep(filed)
        _write(self._path(filed), {**_members(filed), "kept_ms": filed.kept_ms}, durable=False)

    def forget(self, filed: Filed) -> None:
        """Let go of one."""
        super().forget(filed)
        self._path(filed).unlink(missing_ok=True)

    def accuse(self, code: str, filed: Filed | None, notes: Sequence[str]) -> Path | None:
        """Write evidence, durably, and return the file."""
        # Other notes are other evidence: none of it replaces what was kept before.
        signed = sha256("".join(notes).encode()).hexdigest()[:16]
        path = self._evidence / (f"{_name(filed)}.{signed}.{code}.json" if filed else f"{signed}.{code}.json")
        if path.exists() or len(list(self._evidence.iterdir())) >= _MOST:
            return path if path.exists() else None
        _write(path, {"code": code, "notes": list(notes), **(_members(filed) if filed else {})}, durable=True)
        return path

    def _path(self, filed: Filed) -> Path:
        return self._waiting / f"{_name(filed)}.json"


def _name(filed: Filed) -> str:
    """Name a receipt: two leaves under one entry's id are two promises."""
    return f"{filed.receipt.entry_id}.{filed.receipt.leaf_hash.hex()[:16]}"


def _members(filed: Filed) -> dict[str, str]:
    return {"leaf": base64std.encode(filed.leaf), "receipt": filed.note}


def _read(path: Path) -> Filed:
    try:
        match json.loads(path.read_bytes()):
            case {"leaf": str(leaf), "receipt": str(note), "kept_ms": int(kept_ms)} if not isinstance(kept_ms, bool):
                decoded = base64std.decode(leaf, code="receipt_file_malformed", size=LEAF_BYTES)
                return Filed(note, parse_receipt_text(parse_note(note).text), decoded, kept_ms)
    except ValueError:
        pass
    raise FormatError("receipt_file_malformed")


def _write(path: Path, content: Mapping[str, object], *, durable: bool) -> None:
    """Replace a file as a whole, so that no reader finds half of it."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            json.dump(content, file, ensure_ascii=False, sort_keys=True)
            file.flush()
            if durable:
                os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
