"""What the relay keeps: which notice went to which tokens and when. Append-only, and never a contact.

A delivery is written down before the registry is told, so that a registry that is away, or a crash, makes nobody get
the letter twice: what is not settled yet is told again, with its true time, until the registry answers. The report's id
and the channel stand beside the three facts for that reason alone.

What could not be delivered is written down too, without tokens, so that the member can ask what became of it. Whoever
was still being tried when the relay stopped is `lost`: the contact was in memory only.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
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
    member_id: UUID
    report_id: UUID
    kind: ContactKind
    channel: str
    tokens: tuple[str, ...]
    served_at: datetime


class Fate(StrEnum):
    """What became of a letter that did not reach its contact."""

    RETRYING = "retrying"
    UNREACHABLE = "unreachable"  # the channel refuses this contact for ever
    GIVEN_UP = "given_up"  # tried until the last pause was over, or no longer due
    LOST = "lost"  # the relay was restarted
    BOUNCED = "bounced"  # taken over, and sent back later


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter that did not reach its contact; `at` is when that was last written down."""

    notice_id: UUID
    member_id: UUID
    report_id: UUID
    kind: ContactKind
    fate: Fate
    at: datetime


class Journal:
    """The file, and what of it the registry has not heard yet. Methods block; one process holds the directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = directory / _NAME
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._pending: dict[UUID, Delivered] = {}
        self._undelivered: dict[UUID, Undelivered] = {}
        self._failed = False
        try:
            self._lock()
            self._read()
            self._lose()
        except (Misconfigured, Unavailable):
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
            "member": str(one.member_id),
            "notice": str(one.notice_id),
            "report": str(one.report_id),
            "served_at": one.served_at.isoformat(),
            "tokens": list(one.tokens),
        }
        self._pending[one.notice_id] = one
        self._append(line)
        self._undelivered.pop(one.notice_id, None)

    def fail(self, one: Undelivered) -> None:
        """Write down what became of a letter that did not reach its contact. Unavailable `journal_unavailable`."""
        line = {
            "at": one.at.isoformat(),
            "fate": one.fate.value,
            "kind": one.kind.value,
            "member": str(one.member_id),
            "notice": str(one.notice_id),
            "report": str(one.report_id),
        }
        self._append(line)
        self._undelivered[one.notice_id] = one

    def bounce(self, notice_id: UUID, at: datetime) -> Delivered | None:
        """Write down that a delivered letter came back, and return it; None if none left under this id."""
        line = next((line for line in self._lines() if line.get("notice") == str(notice_id) and "tokens" in line), None)
        if line is None:
            return None
        if notice_id in self._pending:
            self.settle(notice_id, Fate.BOUNCED.value)  # the registry never hears that this person was told
        if notice_id not in self._undelivered:
            self.fail(Undelivered(notice_id, *_whose(line), Fate.BOUNCED, at))
        return _delivered(line)

    def undelivered(self, member_id: UUID, report_id: UUID) -> tuple[Undelivered, ...]:
        """Return what did not reach the contacts of a member's report, oldest first."""
        found = (one for one in self._undelivered.values() if (one.member_id, one.report_id) == (member_id, report_id))
        return tuple(sorted(found, key=lambda one: one.at))

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
            for line in self._lines():
                self._remember(line)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Misconfigured("journal_damaged", f"{_NAME} has a line that is no delivery.") from None

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self._path.open("rb") as file:
            yield from map(json.loads, file)

    def _lose(self) -> None:
        """Say of each contact that was still being tried that it is gone."""
        for one in tuple(self._undelivered.values()):
            if one.fate is Fate.RETRYING:
                self.fail(replace(one, fate=Fate.LOST))

    def _remember(self, line: dict[str, Any]) -> None:
        notice_id = UUID(line["notice"])
        if "outcome" in line:
            self._pending.pop(notice_id, None)
        elif "fate" in line:
            at, fate = datetime.fromisoformat(line["at"]), Fate(line["fate"])
            self._undelivered[notice_id] = Undelivered(notice_id, *_whose(line), fate, at)
        else:
            self._pending[notice_id] = _delivered(line)
            self._undelivered.pop(notice_id, None)


def _delivered(line: dict[str, Any]) -> Delivered:
    at = datetime.fromisoformat(line["served_at"])
    return Delivered(UUID(line["notice"]), *_whose(line), line["channel"], tuple(line["tokens"]), at)


def _whose(line: dict[str, Any]) -> tuple[UUID, UUID, ContactKind]:
    return UUID(line["member"]), UUID(line["report"]), ContactKind(line["kind"])
