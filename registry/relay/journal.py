"""What the relay keeps: which notice went to which tokens and when. Append-only, and never a contact.

A delivery is written down before the registry is told, so that a registry that is away, or a crash, makes nobody get
the letter twice: what is not settled yet is told again, with its true time, until the registry answers. The report's id
and the channel stand beside the three facts for that reason alone.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from registry.errors import Misconfigured, Unavailable
from registry.relay.contacts import ContactKind

_NAME = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One letter that reached a contact; `tokens` in text form, one for each live epoch."""

    notice_id: UUID
    report_id: UUID
    kind: ContactKind
    channel: str
    tokens: tuple[str, ...]
    served_at: datetime


class Journal:
    """The file, and what of it the registry has not heard yet. Methods block; one process holds the directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = directory / _NAME
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._pending: dict[UUID, Delivered] = {}
        self._failed = False
        try:
            self._lock()
            self._read()
        except Misconfigured:
            self.close()
            raise

    @property
    def pending(self) -> tuple[Delivered, ...]:
        """What was delivered and not recorded yet, oldest first."""
        return tuple(self._pending.values())

    def find(self, report_id: UUID, tokens: tuple[str, ...]) -> Delivered | None:
        """Find a pending delivery of this report to this contact; one token in common is the same contact."""
        for one in self._pending.values():
            if one.report_id == report_id and not set(tokens).isdisjoint(one.tokens):
                return one
        return None

    def deliver(self, one: Delivered) -> None:
        """Write down a delivery. Unavailable `journal_unavailable`."""
        line = {
            "channel": one.channel,
            "kind": one.kind.value,
            "notice": str(one.notice_id),
            "report": str(one.report_id),
            "served_at": one.served_at.isoformat(),
            "tokens": list(one.tokens),
        }
        self._pending[one.notice_id] = one
        self._append(line)

    def settle(self, notice_id: UUID, outcome: str) -> None:
        """Write down what the registry made of it: `recorded`, or the code of its refusal."""
        self._append({"notice": str(notice_id), "outcome": outcome})
        self._pending.pop(notice_id, None)

    def check(self) -> None:
        """Refuse to go on when nothing can be kept: a letter must not leave that could not be written down."""
        if self._failed:
            raise Unavailable("journal_unavailable")

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._descriptor)

    def _append(self, line: dict[str, Any]) -> None:
        self.check()
        try:
            os.write(self._descriptor, json.dumps(line, separators=(",", ":")).encode() + b"\n")
            os.fsync(self._descriptor)
        except OSError:
            # After a failed fsync nobody knows what the disk holds; only a fresh reading of it may continue.
            self._failed = True
            raise Unavailable("journal_unavailable") from None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Misconfigured("directory_in_use", "Another relay uses this directory; stop it first.") from None

    def _read(self) -> None:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):  # a crash in mid-write
            os.truncate(self._path, whole)
        try:
            for line in data[:whole].splitlines():
                self._remember(json.loads(line))
        except (ValueError, KeyError, TypeError):
            raise Misconfigured("journal_damaged", f"{_NAME} has a line that is no delivery.") from None

    def _remember(self, line: dict[str, Any]) -> None:
        notice_id = UUID(line["notice"])
        if "outcome" in line:
            self._pending.pop(notice_id, None)
            return
        self._pending[notice_id] = Delivered(
            notice_id,
            UUID(line["report"]),
            ContactKind(line["kind"]),
            line["channel"],
            tuple(line["tokens"]),
            datetime.fromisoformat(line["served_at"]),
        )
