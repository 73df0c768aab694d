"""Check each row of an export by itself: its groups, what was asked for, and the numbers in it."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from registry_client.verifier.findings import Fault, Faults, Finding, Outcome
from registry_client.verifier.gaps import Crash, GapCheck
from registry_client.verifier.numbers import Numbers, Seen
from registry_formats.errors import FormatError
from registry_formats.export_manifest import Manifest, ShardRows, Tally
from registry_formats.export_rows import Cell, Row, judge_cell
from registry_formats.exports import MANIFEST
from registry_formats.leaf import Group, JsonValue, Leaf, LeafType, decode_leaf
from registry_formats.openings import GroupState

CRASHED_ACTION = "writer.crashed"
_ALARMS = {GroupState.MISMATCH: Finding.GROUP_MISMATCH, GroupState.MISSING: Finding.GROUP_MISSING}
Erased = Mapping[UUID, Mapping[UUID, frozenset[Group]]]


class RowChecks:
    """Checks rows as they pass, and at the end what they add up to.

    Args:
        manifest: what the export says of itself.
        erased: by erasure entry that the log proves, which groups of which entries it destroyed.
        faults: to add to.
        gaps: also name times of silence, and writers that did not say that they ended.

    Attributes:
        crashes: what rows say of writers that died, by their ids.
    """

    def __init__(self, manifest: Manifest, erased: Erased, faults: Faults, *, gaps: bool) -> None:
        self._all_gaps = gaps
        self._manifest = manifest
        self._is_whole = manifest.filter.is_empty
        self._groups = set(manifest.groups)
        self._erased = erased
        self._faults = faults
        self._tallies = {one.origin: Tally(one.origin, one.size) for one in manifest.shards}
        self._states: dict[Group, Counter[GroupState]] = {group: Counter() for group in manifest.groups}
        self._excused = Counter[UUID]()
        self.crashes: dict[int, Crash] = {}
        self._of_numbers = Faults()
        self._gaps = GapCheck(self._of_numbers, self.crashes)
        self._counters: dict[tuple[str, int], Numbers] = {}

    def take(self, row: Row) -> None:
        """Check one row."""
        leaf = decode_leaf(row.leaf)
        for group, cell in row.groups.items():
            self._judge(row, leaf, group, cell)
        if row.groups.keys() != self._groups:
            self._faults.add(Fault(Finding.MANIFEST_DIFFERS, row.index, place=row.shard, detail="groups"))
        if leaf.kind is LeafType.ADMIN:
            self._learn(row)
        if self._is_whole:
            self._follow(row, leaf)
        elif not self._manifest.filter.admits(row):
            self._faults.add(Fault(Finding.ROW_UNASKED, row.index, place=row.shard))

    def count(self, row: Row) -> bool:
        """Count a row whose place is proved; False if it does not come after the one before it."""
        try:
            self._tallies[row.shard].add(row.index)
        except FormatError:
            return False
        return True

    def finish(self) -> dict[str, int]:
        """Compare what the rows add up to with the manifest, and return what was counted."""
        said = self._manifest
        for one in said.shards:
            if self._tallies[one.origin].total() != one:
                self._faults.add(_rows_differ(one, self._tallies[one.origin].total()))
        if _counted(self._states) != _counted(said.states):
            self._faults.add(Fault(Finding.MANIFEST_DIFFERS, place=MANIFEST, detail="states"))
        if dict(self._excused) != dict(said.erasures):
            self._faults.add(Fault(Finding.MANIFEST_DIFFERS, place=MANIFEST, detail="erasures"))
        if not self._is_whole:
            return {}
        counted = self._finish_numbers()
        # Rows that are not the log's would be missed, or counted twice, under their numbers too.
        if not self._faults.all():
            self._faults.add(
                *(one for one in self._of_numbers.all() if self._all_gaps or one.outcome is Outcome.MISMATCH)
            )
        return counted

    def _judge(self, row: Row, leaf: Leaf, group: Group, cell: Cell) -> None:
        erased = self._erased.get(cell.erasure, {}).get(row.entry_id, frozenset()) if cell.erasure else frozenset()
        state = judge_cell(leaf, group, cell, group in erased)
        if state in _ALARMS:
            self._faults.add(Fault(_ALARMS[state], row.index, place=row.shard, detail=group.value))
        elif state is not cell.state:
            self._faults.add(Fault(Finding.STATE_DIFFERS, row.index, place=row.shard, detail=group.value))
        self._states.setdefault(group, Counter())[cell.state] += 1
        if cell.erasure is not None:
            self._excused[cell.erasure] += 1

    def _follow(self, row: Row, leaf: Leaf) -> None:
        """Follow the numbers of the writer and of the member; both are gapless where nothing was left out."""
        self._gaps.take(row.shard, row.index, row.leaf)
        org = row.detail(Group.ORG) or {}
        member, counter = org.get("member"), org.get("counter")
        if isinstance(member, str) and type(counter) is int:
            seen = Seen(row.shard, row.index, leaf.t_ms)
            if not self._counters.setdefault((member, leaf.writer_id), Numbers()).take(counter, seen):
                place = f"member {member}, writer {leaf.writer_id}"
                self._of_numbers.add(Fault(Finding.NUMBER_REPEATED, row.index, place=place, detail=f"number {counter}"))

    def _learn(self, row: Row) -> None:
        if (row.detail(Group.ORG) or {}).get("action") != CRASHED_ACTION:
            return
        match row.detail(Group.CONTENT):
            case {"writer": int(writer), "last": int(last), "missing": list(missing)}:
                self.crashes[writer] = Crash(last, tuple(_pair(one) for one in missing))

    def _finish_numbers(self) -> dict[str, int]:
        for (member, writer_id), numbers in sorted(self._counters.items()):
            for first, last, seen in numbers.finish():
                # A writer that crashed took its members' numbers with it.
                if writer_id not in self.crashes:
                    self._gaps.name_hole(first, last, seen, f"member {member}, writer {writer_id}")
        return self._gaps.finish()


def _pair(value: JsonValue) -> tuple[int, int]:
    match value:
        case [int(first), int(last)]:
            return first, last
    return 0, 0


def _counted(states: Mapping[Group, Mapping[GroupState, int]]) -> dict[tuple[Group, GroupState], int]:
    return {(group, state): count for group, counts in states.items() for state, count in counts.items() if count}


def _rows_differ(said: ShardRows, found: ShardRows) -> Fault:
    detail = f"rows: {found.rows} of {said.rows}" if found.rows != said.rows else "rows: others"
    return Fault(Finding.MANIFEST_DIFFERS, place=said.origin, detail=detail)
