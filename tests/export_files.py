"""Write an export of a made-up log as the registry does, without registry or database: for verifiers to check."""

import tarfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from registry.crypto.leaves import Details, build
from registry.crypto.needed_tiles import NeededTiles
from registry_client.verifier.copies import LogCopy
from registry_client.verifier.sources import Directory
from registry_formats.details import org_detail
from registry_formats.export_filter import ExportFilter
from registry_formats.export_manifest import Manifest, Tally, encode_manifest
from registry_formats.export_rows import Cell, Row
from registry_formats.export_seal import CLOSED_ACTION, MANIFEST_SHA256, Seal, encode_seal
from registry_formats.exports import (
    ERASURES,
    MANIFEST,
    SEAL,
    ExportFile,
    ExportFormat,
    describe,
    encode_erasure,
    encode_rows,
    log_path,
    rows_path,
)
from registry_formats.leaf import Detail, Group, LeafType, decode_opening
from registry_formats.notes import Checkpoint
from registry_formats.openings import GroupState, tombstone_detail
from registry_formats.proofs import TlogProof, encode_proof
from registry_formats.tile_proofs import inclusion_proof
from registry_formats.tiles import tile_path
from tests.log_files import BEGAN_MS, KEY, STEP_MS, write, write_log

REALM = "registry.example"
MEMBER = "0193502e-4a00-7c10-8000-0000000000aa"
GROUPS = (Group.ORG, Group.SUBJECT, Group.CONTENT)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export is to be: how many rows a file, in which format, filtered how, which entries erased."""

    rows_per_file: int = 100
    file_format: ExportFormat = ExportFormat.JSONL
    filter: ExportFilter = field(default_factory=ExportFilter)
    erased: frozenset[int] = frozenset()


def tag(number: int) -> str:
    """Name one of seven people."""
    return sha256(b"tag %d" % (number % 7)).hexdigest()


def row(
    number: int,
    kind: LeafType = LeafType.QUERY,
    content: Detail | None = None,
    *,
    counter: int = 0,
    action: str = "score.query",
    writer: int = 1,
    seq: int = 0,
) -> Row:
    """Make one entry with all that opens it."""
    t_ms = BEGAN_MS + number * STEP_MS
    entry_id = (t_ms << 80 | 7 << 76 | 2 << 62 | number).to_bytes(16)
    org = org_detail(
        member=MEMBER,
        action=action,
        purpose="Q1",
        legal_basis="open_claim",
        outcome="answered",
        claim=None,
        counter=counter or number + 1,
    )
    details = Details(org, {}, {"tags": [tag(number)]}, content or {"n": number})
    salts = b"".join(sha256(b"%d %d" % (number, group)).digest() for group in range(4))
    built = build(kind, entry_id, t_ms, writer, seq or number + 1, details, salts)
    opened = dict(zip(Group, built.openings, strict=True))
    cells = {group: Cell(GroupState.OK, opened[group][:32], opened[group][32:]) for group in GROUPS}
    return Row(KEY.name, number, built.leaf, sha256(b"staff").digest(), cells)


def rows(count: int, erased: Iterable[int] = ()) -> list[Row]:
    """Make a log whose last entry erases some of the others, if any are erased."""
    gone = frozenset(erased)
    made = [row(number) for number in range(count - bool(gone))]
    if gone:
        ids = [made[number].entry_id for number in sorted(gone)]
        content = tombstone_detail(
            erasure="e", legal_basis="consent_withdrawn", proposer="p", approver="a", entries=ids, items=()
        )
        made.append(row(count - 1, LeafType.ERASURE, content))
        for number in gone:
            cells = {**made[number].groups}
            for group in (Group.SUBJECT, Group.CONTENT):
                cells[group] = Cell(GroupState.SHREDDED, erasure=made[-1].entry_id)
            made[number] = replace(made[number], groups=cells)
    return made


def write_export(directory: Path, log: Sequence[Row], plan: Plan | None = None) -> Manifest:
    """Write the files of an export of this log."""
    asked = plan or Plan()
    shard = directory / log_path(KEY.name, "checkpoint")
    leaves = [one.leaf for one in log]
    checkpoint = write_log(shard.parent, leaves)
    given = [one for one in log if asked.filter.admits(one)]
    _keep_needed(shard.parent, checkpoint, given)
    files = [_write_rows(directory, number, part, asked) for number, part in enumerate(_parts(given, asked))]
    if asked.erased:
        files.append(_write_erasures(directory, log, LogCopy(Directory(shard.parent), shard.read_text(), checkpoint)))
    tally, states, erasures = (
        Tally(KEY.name, len(log)),
        {group: Counter[GroupState]() for group in GROUPS},
        Counter[UUID](),
    )
    for one in given:
        tally.add(one.index)
        for group, cell in one.groups.items():
            states[group][cell.state] += 1
            if cell.erasure:
                erasures[cell.erasure] += 1
    manifest = Manifest(
        export_id=UUID(MEMBER),
        realm=REALM,
        file_format=asked.file_format,
        created_ms=BEGAN_MS,
        requester="auditor-1",
        purpose="Q5",
        reason="yearly audit",
        filter=asked.filter,
        groups=GROUPS,
        shards=(tally.total(),),
        files=tuple(files),
        states=states,
        erasures=erasures,
    )
    write_sealed(directory, manifest, leaves)
    return manifest


def write_sealed(directory: Path, manifest: Manifest, leaves: Sequence[bytes]) -> None:
    """Write the manifest, and the entry that vouches for it, which comes after all that was exported."""
    data = encode_manifest(manifest)
    write(directory / MANIFEST, data)
    closing = row(len(leaves), LeafType.EXPORT, {MANIFEST_SHA256: sha256(data).hexdigest()}, action=CLOSED_ACTION)
    later = directory.with_name(f"{directory.name}-later")
    checkpoint = write_log(later, [*leaves, closing.leaf])
    copy = LogCopy(Directory(later), (later / "checkpoint").read_text(), checkpoint)
    hashes = inclusion_proof(len(leaves), copy.size, copy.read_tile)
    org, content = (closing.groups[group] for group in (Group.ORG, Group.CONTENT))
    seal = Seal(
        closing.leaf,
        decode_opening(org.salt + org.detail),
        decode_opening(content.salt + content.detail),
        KEY.name,
        encode_proof(TlogProof(len(leaves), hashes, copy.note)),
    )
    write(directory / SEAL, encode_seal(seal))


def pack(directory: Path, tar: Path) -> Path:
    """Put the files into a tar."""
    with tarfile.open(tar, "w", format=tarfile.PAX_FORMAT) as made:
        for path in sorted(directory.rglob("*"), key=lambda one: (one.name in {MANIFEST, SEAL}, str(one))):
            if path.is_file():
                made.add(path, str(path.relative_to(directory)))
    return tar


def _keep_needed(shard: Path, checkpoint: Checkpoint, given: Sequence[Row]) -> None:
    """Take away what an export has no need of: bundles, and tiles that no row's proof reads."""
    needed = NeededTiles(checkpoint.size)
    kept = {tile_path(ref) for ref in needed.edge}
    for one in given:
        kept |= {tile_path(ref) for ref in needed.add(one.index)}
    for path in shard.rglob("*"):
        if path.is_file() and path.name != "checkpoint" and str(path.relative_to(shard)) not in kept:
            path.unlink()


def _parts(given: Sequence[Row], asked: Plan) -> list[Sequence[Row]]:
    return [given[at : at + asked.rows_per_file] for at in range(0, len(given), asked.rows_per_file)]


def _write_rows(directory: Path, number: int, part: Sequence[Row], asked: Plan) -> ExportFile:
    path, data = rows_path(number, asked.file_format), encode_rows(part, asked.file_format)
    write(directory / path, data)
    return describe(path, data, len(part))


def _write_erasures(directory: Path, log: Sequence[Row], copy: LogCopy) -> ExportFile:
    hashes = inclusion_proof(len(log) - 1, copy.size, copy.read_tile)
    data = encode_erasure(log[-1], encode_proof(TlogProof(len(log) - 1, hashes, copy.note)))
    write(directory / ERASURES, data)
    return describe(ERASURES, data, 1)
