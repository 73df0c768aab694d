"""Compare two copies of one log: is one the beginning of the other, and if not, where do they part.

Only the tiles on the way are read, two a level. What is found is proved: both copies show their leaf at that index
under a root that the same key signed, which is all that a stranger needs to see.
"""

from dataclasses import dataclass

from registry_client.verifier.copies import LogCopy, Unusable, open_log
from registry_client.verifier.findings import Fault, Finding, Report
from registry_client.verifier.keys import Keys
from registry_client.verifier.logs import check_policy, describe
from registry_client.verifier.sources import Source
from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES, verify_consistency, verify_inclusion
from registry_formats.notes import Checkpoint
from registry_formats.proofs import TlogProof, encode_proof
from registry_formats.tile_proofs import consistency_proof, inclusion_proof
from registry_formats.tiles import TILE_HEIGHT, TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two copies say together; `evidence` are files by name that show a fork to anybody who has the log's key."""

    report: Report
    evidence: dict[str, str]


def compare_logs(one: Source, other: Source, keys: Keys) -> Comparison:
    """Compare two copies; the longer one must continue the shorter one."""
    subject = f"{one.name} and {other.name}"
    try:
        copies = sorted((open_log(one, keys), open_log(other, keys)), key=lambda copy: copy.size)
        older, newer = copies
        facts = describe(newer.checkpoint) | {"common": older.size}
        if older.checkpoint.origin != newer.checkpoint.origin:
            return Comparison(Report(subject, facts, (Fault(Finding.OTHER_LOG, place=older.source.name),)), {})
        lacking = [fault for copy in copies for fault in check_policy(copy.note, keys.policy)]
        if lacking or continues(older.checkpoint, newer):
            return Comparison(Report(subject, facts, tuple(lacking)), {})
        fault, evidence = _part(older, newer)
        return Comparison(Report(subject, facts, (fault,)), evidence)
    except Unusable as error:
        return Comparison(Report(subject, {}, (error.fault,)), {})


def continues(old: Checkpoint, newer: LogCopy) -> bool:
    """Tell whether a copy continues what was signed earlier, by a proof out of its own tiles; `Unusable`."""
    new = newer.checkpoint
    if old.size in {0, new.size}:
        return old.size == 0 or old.root == new.root
    try:
        proof = consistency_proof(old.size, new.size, newer.read_tile)
        verify_consistency(old.size, new.size, proof, old.root, new.root)
    except FormatError:
        return False
    return True


def _part(older: LogCopy, newer: LogCopy) -> tuple[Fault, dict[str, str]]:
    """Find the first index at which two signed trees differ, and prove it in both."""
    notes = {f"{name}.checkpoint": copy.note for name, copy in (("older", older), ("newer", newer))}
    index = first_difference(older, newer)
    if index is None:
        # The tiles agree where the roots do not, so one copy's tiles are not those that were signed.
        return Fault(Finding.TILE_CHANGED, detail="verify each copy by itself"), notes
    for name, copy in (("older", older), ("newer", newer)):
        try:
            proof = _prove(copy, index)
        except FormatError:
            return Fault(Finding.TILE_CHANGED, index, place=copy.source.name), notes
        notes[f"{name}.proof"] = proof
    return Fault(Finding.LOG_FORKED, index), notes


def _prove(copy: LogCopy, index: int) -> str:
    hashes = inclusion_proof(index, copy.size, copy.read_tile)
    verify_inclusion(index, copy.size, leaf_hash(copy, index), hashes, copy.checkpoint.root)
    return encode_proof(TlogProof(index, hashes, copy.note))


def leaf_hash(copy: LogCopy, index: int) -> bytes:
    """Read the hash of one leaf out of its tile; `Unusable`."""
    return _row(copy, 0, index, index + 1)


def first_difference(one: LogCopy, other: LogCopy) -> int | None:
    """Descend from the highest tiles to the first leaf hash that differs; None if all that both have is equal."""
    common = min(one.size, other.size)
    level = max(0, (common.bit_length() - 1) // TILE_HEIGHT)
    start, end, inside = 0, common >> TILE_HEIGHT * level, False
    while True:
        found = _differing(one, other, level, start, end)
        if level == 0 or (found is None and inside):  # a node that differs above others that do not: no tree has it
            return found
        level -= 1
        if found is None:
            # Go on beyond all that these nodes cover.
            start, end = end * TILE_WIDTH, common >> TILE_HEIGHT * level
        else:
            start, end, inside = found * TILE_WIDTH, (found + 1) * TILE_WIDTH, True


def _differing(one: LogCopy, other: LogCopy, level: int, start: int, end: int) -> int | None:
    """Find the first of the nodes [start, end) of a level that differs; they lie in one tile."""
    rows = (_row(copy, level, start, end) for copy in (one, other))
    pairs = zip(*rows, strict=True)
    at = next((at for at, (mine, theirs) in enumerate(pairs) if mine != theirs), None)
    return None if at is None else start + at // HASH_BYTES


def _row(copy: LogCopy, level: int, start: int, end: int) -> bytes:
    if start == end:
        return b""
    tile, at = divmod(start, TILE_WIDTH)
    return copy.tile(level, tile)[at * HASH_BYTES : (at + end - start) * HASH_BYTES]
