"""Look for what is not in a log: numbers that a writer gave and no leaf has, and times at which a writer fell silent.

Each process that writes entries numbers them from 1 without gaps, writes a heartbeat every ten seconds, and marks its
last leaf. Numbers whose transaction was rolled back are filled by void leaves. So what is missing is either on its way,
or was kept out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from registry_client.verifier.copies import LogCopy
from registry_client.verifier.entries import read_bundle
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.numbers import Numbers, Seen
from registry_client.verifier.tree import Tell
from registry_formats.leaf import LAST_OF_WRITER, LAYOUT, LEAF_VERSION, LeafType
from registry_formats.tiles import TILE_WIDTH

GRACE_MS = 300_000  # how long a number may be on its way: a writer's lease
SILENCE_MS = 60_000  # six heartbeats
UNENDED_MS = 1_200_000  # a crash is declared after a quarter of an hour
_KINDS = frozenset(LeafType)


@dataclass(frozen=True, slots=True)
class Crash:
    """What the registry said of a writer that died: its highest number, and the numbers that it lost."""

    last: int
    missing: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Writer:
    """What was seen of one writer."""

    last_ms: int
    numbers: Numbers = field(default_factory=Numbers)
    ended_at: int | None = None  # the number of its last leaf


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
        self._pending = 0

    def read(self, log: LogCopy, tell: Tell) -> None:
        """Read all entries of one log, whose tree is checked elsewhere."""
        size, name = log.size, log.checkpoint.origin
        for index in range(-(-size // TILE_WIDTH)):
            bundle = read_bundle(log, index, Faults())  # a fault of a file is named by the tree's check
            for at, leaf in enumerate(bundle.leaves(), bundle.first):
                self.take(name, at, leaf)
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
            "pending": self._pending,
        }

    def take(self, log: str, index: int, leaf: bytes) -> None:
        """Take in one leaf of 168 bytes."""
        version, kind, flags, _, t_ms, writer_id, number, *_ = LAYOUT.unpack(leaf)
        if version != LEAF_VERSION or kind not in _KINDS or number == 0:
            self._faults.add(Fault(Finding.LEAF_MALFORMED, index, place=log))
            return
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
        if not writer.numbers.take(number, Seen(log, index, t_ms)):
            self._name(Finding.NUMBER_REPEATED, index, writer_id, f"number {number}")

    def _close(self, writer_id: int, writer: _Writer) -> None:
        crash = self._crashes.get(writer_id)
        explained = set(crash.missing) if crash else set[tuple[int, int]]()
        for first, last, seen in writer.numbers.finish():
            if (first, last) not in explained:
                self.name_hole(first, last, seen, f"writer {writer_id}")
        end, whole = writer.ended_at or (crash.last if crash else None), writer.numbers.whole
        if end is None and self._now_ms - writer.last_ms > UNENDED_MS:
            self._name(Finding.WRITER_UNENDED, None, writer_id, f"after number {whole}")
        elif end is not None and whole > end:
            self._name(Finding.WRITER_AFTER_END, None, writer_id, f"numbers {end + 1} to {whole}")

    def name_hole(self, first: int, last: int, seen: Seen, place: str) -> None:
        """Name numbers that no entry has, before this one; where that is recent they may be on their way."""
        if self._now_ms - seen.t_ms < GRACE_MS and first > 1:
            self._pending += last - first + 1
            return
        finding = Finding.NUMBERS_EARLIER if first == 1 else Finding.NUMBERS_MISSING
        self._faults.add(Fault(finding, seen.index, place=place, detail=f"numbers {first} to {last}"))

    def _name(self, finding: Finding, index: int | None, writer_id: int, detail: str) -> None:
        self._faults.add(Fault(finding, index, place=f"writer {writer_id}", detail=detail))
