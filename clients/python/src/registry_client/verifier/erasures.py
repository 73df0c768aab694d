"""Which erasures an export proves to be in the log, and what each of them destroyed."""

from uuid import UUID

from registry_client.verifier.archives import fetch
from registry_client.verifier.copies import Unusable
from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.keys import Keys
from registry_client.verifier.row_checks import Erased
from registry_client.verifier.sources import Source
from registry_formats.errors import FormatError
from registry_formats.export_manifest import Manifest
from registry_formats.export_rows import Row
from registry_formats.exports import ERASURES, decode_erasures
from registry_formats.leaf import Group, LeafType, Opening, check_opening, decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.openings import read_tombstone
from registry_formats.proofs import verify_proof

_MOST = 1 << 28


def read_erasures(source: Source, manifest: Manifest, keys: Keys, faults: Faults) -> Erased:
    """Read which erasures the log proves, and what each of them destroyed."""
    if not manifest.erasures:
        return {}
    try:
        found = decode_erasures(fetch(source, ERASURES, _MOST))
    except Unusable as error:
        faults.add(error.fault)
        return {}
    except FormatError as error:
        faults.add(Fault(Finding.ERASURE_REFUSED, place=ERASURES, detail=error.code))
        return {}
    erased: dict[UUID, dict[UUID, frozenset[Group]]] = {}
    for row, proof in found:
        try:
            erased[row.entry_id] = _read_erasure(row, proof, keys)
        except FormatError as error:
            faults.add(Fault(Finding.ERASURE_REFUSED, row.index, place=ERASURES, detail=error.code))
    return erased


def _read_erasure(row: Row, proof: str, keys: Keys) -> dict[UUID, frozenset[Group]]:
    verify_proof(proof, hash_leaf(row.leaf), row.shard, keys.of_log(row.shard))
    leaf, content, cell = decode_leaf(row.leaf), row.detail(Group.CONTENT), row.groups.get(Group.CONTENT)
    if leaf.kind is not LeafType.ERASURE or content is None or cell is None:
        raise FormatError("tombstone_malformed")
    check_opening(leaf, Group.CONTENT, Opening(cell.salt, content))
    return read_tombstone(content)
