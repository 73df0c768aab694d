"""Check receipts that a member collected: signed by the registry, due or not yet, and whether the log kept its word.

A file is one JSON object, or one a line: `leaf` and `receipt` as in the answer, and `proof`, a `tlog-proof@v1` file,
where the member fetched one. A directory is what `registry_client.receipt_files.FileReceipts` keeps.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry_client.verifier.copies import LogCopy, open_log
from registry_client.verifier.entries import read_bundle
from registry_client.verifier.findings import Fault, Faults, Finding, Report
from registry_client.verifier.keys import Keys
from registry_client.verifier.logs import verify_log
from registry_client.verifier.rows import Blank, split
from registry_client.verifier.sources import Source
from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.leaf import LAYOUT, LEAF_BYTES
from registry_formats.merkle import HASH_BYTES, hash_leaf
from registry_formats.notes import Checkpoint, parse_note, verify_checkpoint
from registry_formats.proofs import parse_proof, verify_proof
from registry_formats.receipts import Receipt, verify_receipt
from registry_formats.tile_proofs import frontier_at
from registry_formats.tiles import TILE_WIDTH, TileRef

_MALFORMED = "receipt_file_malformed"
_T_MS = 4  # in the leaf's layout


@dataclass(frozen=True, slots=True)
class Promise:
    """A receipt that verified, where it was read, and the proof that came with it."""

    place: str
    receipt: Receipt
    proof: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A log that was searched: which of the leaves it holds, and up to which time it goes."""

    found: frozenset[bytes]
    until_ms: int


def check_receipts(path: Path, keys: Keys, logs: Sequence[Source], *, now_ms: int) -> list[Report]:
    """Check receipts.

    Args:
        path: a file, or a directory of them.
        keys: of receipts and of the log, got apart from both.
        logs: where entries are looked for whose proof is not in the file.
        now_ms: Unix milliseconds.
    """
    faults, promises = Faults(), []
    shown: list[tuple[str, Checkpoint]] = []
    for place, read in _read(path):
        if isinstance(read, str):
            faults.add(Fault(Finding.RECEIPT_REFUSED, place=place, detail=read))
        elif "notes" in read and "receipt" not in read:
            shown += [(place, one) for one in _check_notes(place, read["notes"], keys, faults)]
        else:
            promises += _check_signature(place, read, keys, faults)
    wanted = frozenset(one.receipt.leaf_hash for one in promises if one.proof is None)
    reports, known = _search(logs, keys, wanted, shown, faults) if wanted or shown else ([], [])
    counted = {"receipts": len(promises), "proved": 0, "waiting": 0}
    for promise in promises:
        _weigh(promise, keys, known, counted, faults, now_ms=now_ms)
    return [*reports, Report(str(path), dict(counted), faults.all())]


def _read(path: Path) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """Give each object of each file with its place, or the code of what is wrong there."""
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    for file in files:
        data = file.read_bytes()
        try:
            yield str(file), _object(data)
            continue
        except FormatError:
            lines = data.splitlines()
        for number, line in enumerate(lines, 1):
            place = f"{file} line {number}"
            try:
                yield place, _object(line)
            except FormatError as error:
                yield place, error.code


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise FormatError(_MALFORMED) from None
    if not isinstance(value, dict):
        raise FormatError(_MALFORMED)
    return value


def _check_signature(place: str, read: Mapping[str, Any], keys: Keys, faults: Faults) -> list[Promise]:
    leaf, note, proof = (read.get(name) for name in ("leaf", "receipt", "proof"))
    try:
        encoded = base64std.decode(leaf if isinstance(leaf, str) else "", code=_MALFORMED, size=LEAF_BYTES)
        receipt = verify_receipt(note if isinstance(note, str) else "", encoded, keys.of_receipts)
    except FormatError as error:
        faults.add(Fault(Finding.RECEIPT_REFUSED, place=place, detail=error.code))
        return []
    return [Promise(place, receipt, proof if isinstance(proof, str) else None)]


def _check_notes(place: str, notes: object, keys: Keys, faults: Faults) -> list[Checkpoint]:
    """Check evidence of a second history: two checkpoints of one size that are both signed. Return all that are."""
    seen: dict[tuple[str, int], Checkpoint] = {}
    for note in notes if isinstance(notes, list) else []:
        try:
            origin = parse_note(str(note)).text.partition("\n")[0]
            checkpoint = verify_checkpoint(str(note), origin, keys.of_log(origin))
        except FormatError as error:
            faults.add(Fault(Finding.CHECKPOINT_REFUSED, place=place, detail=error.code))
            continue
        other = seen.setdefault((origin, checkpoint.size), checkpoint)
        if other.root != checkpoint.root:
            faults.add(Fault(Finding.LOG_FORKED, 0, checkpoint.size - 1, place=place))
    return list(seen.values())


def _search(
    logs: Sequence[Source],
    keys: Keys,
    wanted: frozenset[bytes],
    shown: Sequence[tuple[str, Checkpoint]],
    faults: Faults,
) -> tuple[list[Report], list[_Known]]:
    """Verify the hashes of each log, look for leaves among them, and for what was signed of another tree."""
    reports, known = [], []
    for source in logs:
        report = verify_log(source, keys, entries=False, kept={}, tell=_nobody)
        reports.append(report)
        if not report.faults:
            log = open_log(source, keys)
            known.append(_Known(_found(log, wanted), _latest_ms(log)))
            for place, one in shown:
                if _is_of_another_tree(one, log):
                    faults.add(Fault(Finding.LOG_FORKED, 0, one.size - 1, place=place))
    return reports, known


def _is_of_another_tree(shown: Checkpoint, log: LogCopy) -> bool:
    if shown.origin != log.checkpoint.origin or not 0 < shown.size <= log.size:
        return False

    def read(ref: TileRef) -> bytes:
        # The copy has grown since: what was a part of a tile then is the beginning of more of it.
        return log.tile(ref.level, ref.index)[: ref.width * HASH_BYTES]

    return frontier_at(shown.size, read).root != shown.root


def _found(log: LogCopy, wanted: frozenset[bytes]) -> frozenset[bytes]:
    found: set[bytes] = set()
    for index in range(-(-log.size // TILE_WIDTH)):
        found |= wanted.intersection(one for one in split(log.tile(0, index), 0) if one is not Blank.UNREAD)
    return frozenset(found)


def _latest_ms(log: LogCopy) -> int:
    """Return the latest time in the last bundle that the tree vouches for; 0 where bundles are not given out."""
    if log.size == 0:
        return 0
    index = (log.size - 1) // TILE_WIDTH
    hashes = set(split(log.tile(0, index), 0))
    proved = (leaf for leaf in read_bundle(log, index, Faults()).leaves() if hash_leaf(leaf) in hashes)
    return max((LAYOUT.unpack(leaf)[_T_MS] for leaf in proved), default=0)


def _weigh(
    promise: Promise, keys: Keys, known: Sequence[_Known], counted: dict[str, int], faults: Faults, *, now_ms: int
) -> None:
    """Say whether one promise was kept."""
    receipt, place = promise.receipt, f"{promise.place} entry {promise.receipt.entry_id}"
    if promise.proof is not None:
        try:
            _verify_proof(promise.proof, receipt.leaf_hash, keys)
            counted["proved"] += 1
        except FormatError as error:
            faults.add(Fault(Finding.PROOF_REFUSED, place=place, detail=error.code))
    elif any(receipt.leaf_hash in log.found for log in known):
        counted["proved"] += 1
    elif now_ms < receipt.due_ms:
        counted["waiting"] += 1
    elif known and max(log.until_ms for log in known) > receipt.due_ms:
        # The log goes on beyond the time by which the entry was promised, without it: evidence, signed by the operator.
        faults.add(Fault(Finding.PROMISE_BROKEN, place=place, detail=f"due at {receipt.due_ms}"))
    else:
        faults.add(Fault(Finding.PROOF_MISSING, place=place, detail=f"due at {receipt.due_ms}"))


def _verify_proof(proof: str, leaf_hash: bytes, keys: Keys) -> None:
    origin = parse_note(parse_proof(proof).checkpoint).text.partition("\n")[0]
    verify_proof(proof, leaf_hash, origin, keys.of_log(origin))


def _nobody(_: int, __: int) -> None:
    return
