"""Look for what is not in a log: numbers that a writer gave and no leaf has, and times at which a writer fell silent.

Each process that writes entries numbers them from 1 without gaps, writes a heartbeat every ten seconds, and marks its
last leaf. Numbers whose transaction was rolled back are filled by void leaves. So what is missing is either on its way,
or was kept out.
"""

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from registry_client.verifier.copies import LogCopy
from registry_client.verifier.entries import Bundle, read_bundle
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.tree import Tell
from registry_formats.leaf import LAST_OF_WRITER, LEAF_VERSION, LeafType
from registry_formats.tiles import TILE_WIDTH

GRACE_MS = 300_000  # how long a number may be on its way: a writer's lease
SILENCE_MS = 60_000  # six heartbeats
UNENDED_MS = 1_200_000  # a crash is declared after a quarter of an hour
_MOST_EARLY = 4096
# Length, version, type, flags, entry id, t_ms, writer_id, writer_seq, commitments: one entry of a bundle.
_ENTRY = struct.Struct(">HBBH16sQIQ128s")
_KINDS = frozenset(LeafType)


@dataclass(frozen=True, slots=True)
class Seen:
    """A leaf by its index in a log, and its time."""

    log: str
    index: int
    t_ms: int


@dataclass(frozen=True, slots=True)
class Crash:
    """What the registry said of a writer that died: its highest number, and the numbers that it lost."""

    last: int
    missing: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Writer:
    """What was seen of one writer: every number up to `whole` but for `holes`, and some that came before their turn."""

    last_ms: int
    whole: int = 0
    early: dict[int, Seen] = field(default_factory=dict)
    holes: dict[int, tuple[int, Seen]] = field(default_factory=dict)  # by first number: the last, and what came after
    leaves: int = 0
    ended_at: int | None = None  # the number of its last leaf

    def take(self, number: int, seen: Seen) -> bool:
        """Put a number where it belongs; False if it was there before."""
        if number > self.whole:
            known = number in self.early
            self.early[number] = seen
            self._catch_up()
            if len(self.early) > _MOST_EARLY:
                self.skip()
            return not known
        return self._fill(number)

    def skip(self) -> None:
        """Leave a hole before the lowest number that came early."""
        following = min(self.early)
        self.holes[self.whole + 1] = following - 1, self.early[following]
        self.whole = following - 1
        self._catch_up()

    def _catch_up(self) -> None:
        while self.whole + 1 in self.early:
            self.whole += 1
            del self.early[self.whole]

    def _fill(self, number: int) -> bool:
        """Take a number out of the hole it is in."""
        for first, (last, seen) in self.holes.items():
            if first <= number <= last:
                del self.holes[first]
                parts = ((first, number - 1), (number + 1, last))
                self.holes |= {start: (end, seen) for start, end in parts if start <= end}
                return True
        return False


class GapCheck:
    """Follows the numbers of all writers through the logs of one registry, oldest first.

    Args:
        faults: to add to.
        crashes: what was said of writers that died, by their ids.
    """

    def __init__(self, faults: Faults, crashes: Mapping[int, Crash]) -> None:
        self._faults = faults
        self._crashes = crashes
        self._writers: dict[int, _Writer] = {}
        self._kinds = Counter[int]()
        self._now_ms = 0

    def read(self, log: LogCopy, tell: Tell) -> None:
        """Read all entries of one log, whose tree is checked elsewhere."""
        size, name = log.size, log.checkpoint.origin
        for index in range(-(-size // TILE_WIDTH)):
            self._read(read_bundle(log, index, Faults()), name)  # a fault of a file is named by the tree's check
            tell(min(size, (index + 1) * TILE_WIDTH), size)

    def finish(self) -> dict[str, int]:
        """Name what is missing, and return what was counted."""
        for writer_id, writer in sorted(self._writers.items()):
            self._close(writer_id, writer)
        return {
            "writers": len(self._writers),
            "leaves": sum(self._kinds.values()),
            "heartbeats": self._kinds[LeafType.HEARTBEAT],
            "voids": self._kinds[LeafType.VOID],
        }

    def _read(self, bundle: Bundle, log: str) -> None:
        for index, entry in enumerate(_ENTRY.iter_unpack(bundle.data), bundle.first):
            _, version, kind, flags, _, t_ms, writer_id, number, _ = entry
            if version != LEAF_VERSION or kind not in _KINDS or number == 0:
                self._faults.add(Fault(Finding.LEAF_MALFORMED, index, place=log))
                continue
            self._kinds[kind] += 1
            self._now_ms = max(self._now_ms, t_ms)
            writer = self._writers.get(writer_id)
            if writer is None:
                writer = self._writers[writer_id] = _Writer(t_ms)
            elif t_ms - writer.last_ms > SILENCE_MS:
                self._name(Finding.WRITER_SILENT, index, writer_id, f"{(t_ms - writer.last_ms) // 1000} s")
            writer.last_ms = max(writer.last_ms, t_ms)
            if flags & LAST_OF_WRITER:
                writer.ended_at = number
            if not writer.take(number, Seen(log, index, t_ms)):
                self._name(Finding.NUMBER_REPEATED, index, writer_id, f"number {number}")

    def _close(self, writer_id: int, writer: _Writer) -> None:
        while writer.early:
            writer.skip()
        crash = self._crashes.get(writer_id)
        explained = set(crash.missing) if crash else set[tuple[int, int]]()
        for first, (last, seen) in sorted(writer.holes.items()):
            if (first, last) not in explained:
                self._name(self._kind_of_hole(first, seen), seen.index, writer_id, f"numbers {first} to {last}")
        end = writer.ended_at or (crash.last if crash else None)
        if end is None and self._now_ms - writer.last_ms > UNENDED_MS:
            self._name(Finding.WRITER_UNENDED, None, writer_id, f"after number {writer.whole}")
        elif end is not None and writer.whole > end:
            self._name(Finding.WRITER_AFTER_END, None, writer_id, f"numbers {end + 1} to {writer.whole}")

    def _kind_of_hole(self, first: int, seen: Seen) -> Finding:
        if first == 1:
            return Finding.NUMBERS_EARLIER
        return Finding.NUMBERS_PENDING if self._now_ms - seen.t_ms < GRACE_MS else Finding.NUMBERS_MISSING

    def _name(self, finding: Finding, index: int | None, writer_id: int, detail: str) -> None:
        self._faults.add(Fault(finding, index, place=f"writer {writer_id}", detail=detail))
