"""What a check may find, how it is named for people and for programs, and which exit code it means."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """How a check ended; the number is the exit code."""

    GOOD = 0
    MISMATCH = 1  # something contradicts what was signed, or what is beside it
    INCOMPLETE = 2  # nothing contradicts, but not everything could be checked


class Finding(StrEnum):
    """One kind of fault; the texts are stable."""

    CHECKPOINT_REFUSED = "checkpoint_refused"  # not what the log's key signed; `detail` says why
    ROOT_DIFFERS = "root_differs"  # the signed root does not follow from the entries
    KEPT_DIFFERS = "kept_differs"  # a checkpoint seen earlier does not follow from the entries: history was rewritten
    ROLLED_BACK = "rolled_back"  # the log is smaller than one that was signed earlier
    OTHER_LOG = "other_log"  # the two are not copies of one log
    QUORUM_MISSING = "quorum_missing"  # fewer witnesses cosigned than the policy demands
    LOG_STALLED = "log_stalled"  # no witness has cosigned for a quarter of an hour
    LOG_FORKED = "log_forked"  # two signed histories; the index is the first at which they part
    ENTRY_CHANGED = "entry_changed"  # the entry is not the one whose hash is in the tree
    ENTRY_MISSING = "entry_missing"  # the tree has an entry here that the bundles have not
    ENTRY_INSERTED = "entry_inserted"  # the bundles have an entry here that the tree has not
    ENTRY_MALFORMED = "entry_malformed"  # not 168 bytes of leaf after their length
    TILE_CHANGED = "tile_changed"  # a hash in a tile is not that of the entries below it
    SUBTREE_CHANGED = "subtree_changed"  # entries and their hashes were changed together, somewhere in this range
    LEAF_MALFORMED = "leaf_malformed"  # an entry of the tree that is no leaf
    NUMBERS_MISSING = "numbers_missing"  # numbers that a writer gave and no entry has
    NUMBERS_EARLIER = "numbers_earlier"  # a writer's first numbers are not in this copy; an earlier shard may have them
    NUMBER_REPEATED = "number_repeated"  # two entries have one number of one writer
    WRITER_SILENT = "writer_silent"  # no heartbeat for longer than a minute, before this entry
    WRITER_UNENDED = "writer_unended"  # a writer stopped, and neither it nor the registry said so
    WRITER_AFTER_END = "writer_after_end"  # entries of a writer that had ended
    RECEIPT_REFUSED = "receipt_refused"  # not what the receipts' key signed for this leaf
    PROOF_REFUSED = "proof_refused"  # it does not prove that the entry is in the log
    PROMISE_BROKEN = "promise_broken"  # the log went on beyond the promised time without the entry
    PROOF_MISSING = "proof_missing"  # the time is over, and nothing here tells whether the entry is in the log
    SEAL_REFUSED = "seal_refused"  # the log does not vouch for this manifest; `detail` says why
    MANIFEST_REFUSED = "manifest_refused"  # it cannot be read as what it should be
    MANIFEST_DIFFERS = "manifest_differs"  # what it says is not what the files hold; `detail` says in what
    ROW_MALFORMED = "row_malformed"  # a row that cannot be read
    ROW_MISPLACED = "row_misplaced"  # a row that stands under another index than its entry has in the log
    ROW_UNASKED = "row_unasked"  # a row that the filter does not admit
    ERASURE_REFUSED = "erasure_refused"  # an erasure that the log does not prove
    GROUP_MISMATCH = "group_mismatch"  # a detail that the entry does not commit to: forged
    GROUP_MISSING = "group_missing"  # a detail that is gone, and no erasure says so
    STATE_DIFFERS = "state_differs"  # the export calls a group's state otherwise than it is
    FILE_CHANGED = "file_changed"  # not the bytes that the manifest describes
    FILE_REPEATED = "file_repeated"  # a path stands in the archive twice
    FILE_LENGTH = "file_length"  # longer than it may be
    FILE_CUT = "file_cut"  # ends in the middle
    FILE_MISSING = "file_missing"
    UNREACHABLE = "unreachable"  # the source could not be read; `detail` says why
    MORE_MISMATCHES = "more_mismatches"  # from here on, not listed; `detail` says how many
    MORE_MISSING = "more_missing"  # likewise


INCOMPLETE = frozenset(
    {
        Finding.FILE_CUT,
        Finding.FILE_MISSING,
        Finding.LOG_STALLED,
        Finding.MORE_MISSING,
        Finding.NUMBERS_EARLIER,
        Finding.PROOF_MISSING,
        Finding.QUORUM_MISSING,
        Finding.UNREACHABLE,
        Finding.WRITER_SILENT,
        Finding.WRITER_UNENDED,
    }
)
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding, and where.

    Args:
        finding: what is wrong.
        index: of the entry, from 0; where a range is meant, of its first.
        last: of the last entry of a range.
        place: file or line that is concerned.
        detail: a code that says more.
    """

    finding: Finding
    index: int | None = None
    last: int | None = None
    place: str = ""
    detail: str = ""

    @property
    def outcome(self) -> Outcome:
        """Tell what this fault alone makes of the check."""
        return Outcome.INCOMPLETE if self.finding in INCOMPLETE else Outcome.MISMATCH

    def within(self, first: int, last: int) -> "Fault":
        """Say which entries are concerned, where the fault itself does not know."""
        return replace(self, index=first if self.index is None else self.index, last=last)

    def members(self) -> dict[str, str | int]:
        """Write it for programs; what does not apply is left out."""
        named = {
            "finding": self.finding.value,
            "index": self.index,
            "last": self.last,
            "place": self.place or None,
            "detail": self.detail or None,
        }
        return {name: value for name, value in named.items() if value is not None}

    def line(self) -> str:
        """Write it for people."""
        where = "" if self.index is None else f" index {self.index}"
        where += "" if self.last in {None, self.index} else f" to {self.last}"
        return f"{self.outcome.name.lower()}: {self.finding}{where}{self.place and f' in {self.place}'}" + (
            f" ({self.detail})" if self.detail else ""
        )


class Faults:
    """Collects what is found: the first of it as it is, the rest by number, so that a ruin fits into memory."""

    def __init__(self) -> None:
        self._listed: list[Fault] = []
        self._first: dict[Outcome, Fault] = {}
        self._count = Counter[Outcome]()

    def add(self, *faults: Fault) -> None:
        """Keep faults, in the order in which they are found."""
        for fault in faults:
            if len(self._listed) < MOST_LISTED:
                self._listed.append(fault)
                continue
            self._count[fault.outcome] += 1
            self._first.setdefault(fault.outcome, fault)

    def all(self) -> tuple[Fault, ...]:
        """List them, and say how many are not listed."""
        names = {Outcome.MISMATCH: Finding.MORE_MISMATCHES, Outcome.INCOMPLETE: Finding.MORE_MISSING}
        more = (Fault(names[kind], self._first[kind].index, detail=str(n)) for kind, n in self._count.items())
        return (*self._listed, *more)


@dataclass(frozen=True, slots=True)
class Report:
    """What one check says: its subject, the facts that were established, and the faults."""

    subject: str
    facts: dict[str, str | int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Tell how it ended: a mismatch outweighs what is missing."""
        return judge(self.faults)


def judge(faults: Iterable[Fault]) -> Outcome:
    """Weigh faults together."""
    outcomes = {fault.outcome for fault in faults}
    return min(outcomes, default=Outcome.GOOD)  # MISMATCH is smaller than INCOMPLETE, and outweighs it
