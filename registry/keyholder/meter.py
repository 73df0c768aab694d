"""What each member was given, charged before it is computed and durable before it is given (tokens.md, section 4).

A journal for each UTC day, one JSON line a charge. It carries the nonces too, so that a restart forgets neither what
was spent nor what was seen.
"""

import errno
import json
import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from registry.errors import Misconfigured, QuotaExceeded, Unauthenticated, Unavailable
from registry.keyholder import files
from registry.keyholder.members import Member
from registry_formats.evaluation import Request

WINDOW = timedelta(seconds=60)  # between the member's clock and ours
_BURST_PERCENT = 10


class Meter:
    """Counters of one day and the nonces of the last two minutes, over an append-only journal."""

    def __init__(self, directory: Path, now: datetime) -> None:
        self._directory = directory / "charges"
        files.make_private(self._directory)
        self._lock = threading.Lock()
        self._failed = False
        self._spent: Counter[tuple[str, str, bytes]] = Counter()
        # A request may carry a time one window ahead of ours, and be repeated until one window behind.
        self._nonces: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        for entry in self._read(now.date() - timedelta(days=1)):
            self._remember(entry)
        self._open(now.date())

    def charge(self, member: Member, request: Request, now: datetime) -> None:
        """Charge every element of a request, durably, before anything is computed.

        Raises:
            Unauthenticated: `nonce_replayed`.
            QuotaExceeded: `quota_exceeded`; nothing was charged.
            Unavailable: `journal_unavailable`; nothing may be given until the operator restarts.
        """
        with self._lock:
            if self._failed:
                raise Unavailable("journal_unavailable")
            self._turn_page(now.date())
            self._forget(now)
            if (member.id, request.nonce.hex()) in self._nonces:
                raise Unauthenticated("nonce_replayed")
            self._check_quota(member, request, now)
            entry = {
                "at": int(now.timestamp() * 1000),
                "group": member.group,
                "key": request.key_id.hex(),
                "member": member.id,
                "n": len(request.blinded),
                "nonce": request.nonce.hex(),
            }
            self._append(entry)
            self._count(entry)
            self._remember(entry)

    def close(self) -> None:
        """Let go of the journal."""
        with self._lock:
            os.close(self._descriptor)

    def _check_quota(self, member: Member, request: Request, now: datetime) -> None:
        for owner, name, daily in (("member", member.id, member.daily), ("group", member.group, member.group_daily)):
            ceiling = daily + daily * _BURST_PERCENT // 100
            if self._spent[owner, name, request.key_id] + len(request.blinded) > ceiling:
                tomorrow = datetime.combine(self._day + timedelta(days=1), time(), UTC)
                wait = max(1, int((tomorrow - now).total_seconds()) + 1)
                raise QuotaExceeded("quota_exceeded", facts={"retry_after": wait})

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        with self._or_fail():
            if os.write(self._descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, "the disk took half a line")
            os.fsync(self._descriptor)

    def _turn_page(self, day: date) -> None:
        if day > self._day:  # a clock set back opens no second quota for the same day
            with self._or_fail():
                os.close(self._descriptor)
                self._open(day)

    @contextmanager
    def _or_fail(self) -> Iterator[None]:
        """After a failed write nobody knows what the disk holds; only a fresh reading of it may continue."""
        try:
            yield
        except OSError as error:
            self._failed = True
            raise Unavailable("journal_unavailable") from error

    def _count(self, entry: dict[str, Any]) -> None:
        key_id = bytes.fromhex(entry["key"])
        self._spent["member", entry["member"], key_id] += entry["n"]
        self._spent["group", entry["group"], key_id] += entry["n"]

    def _remember(self, entry: dict[str, Any]) -> None:
        received = datetime.fromtimestamp(entry["at"] / 1000, UTC)
        self._nonces[entry["member"], entry["nonce"]] = received + 2 * WINDOW

    def _forget(self, now: datetime) -> None:
        while self._nonces and next(iter(self._nonces.values())) < now:
            self._nonces.popitem(last=False)

    def _open(self, day: date) -> None:
        self._day = day
        self._spent.clear()
        for entry in self._read(day):
            self._count(entry)
            self._remember(entry)
        self._descriptor = os.open(self._path(day), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        files.sync_directory(self._directory)

    def _read(self, day: date) -> Iterator[dict[str, Any]]:
        path = self._path(day)
        if not path.exists():
            return
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):  # a crash in mid-write: that charge was never durable, so nothing was given for it
            os.truncate(path, whole)
        for line in data[:whole].splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                raise Misconfigured("journal_damaged", f"{path.name} has a line that is no charge") from None

    def _path(self, day: date) -> Path:
        return self._directory / f"{day.isoformat()}.jsonl"
