"""The bundle of a referral: a ZIP whose manifest names every other file, so that a stranger can check it offline.

    manifest.json            canonical JSON (RFC 8785): what it is, and size and SHA-256 of each file
    record.json              what is recorded, and what the member filed
    evidence.json, law.json  the evidence manifest; what the law of the day of the act says
    statement.jws            the report as its member signed it, where the recipient may have it
    letter-*.pdf             the same for people
    log/ID.json              an entry of the audit log: its leaf, and what opens it
    log/ID.tlog-proof        that it is in the log (c2sp.org/tlog-proof@v1)

The same files give the same bytes: nothing is compressed, no clock of any machine stands in it.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

from registry_formats import base64std, canonical
from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, JsonValue, Opening, check_opening, decode_leaf
from registry_formats.merkle import hash_leaf
from registry_formats.notes import VerifierKey, parse_note
from registry_formats.proofs import parse_proof, verify_proof

FORMAT = "registry/referral/v1"
# The bundle of a case, `GET /v1/officers/appeals/{appeal_id}/bundle`: likewise, with `case.json` and every letter.
CASE_FORMAT = "registry/case/v1"
MANIFEST = "manifest.json"
LARGEST = 64 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LOG, _OPENED, _PROOF = "log/", ".json", ".tlog-proof"


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole bundle: its manifest, its files, which entries of the log it proves, and which had no proof yet."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    proved: tuple[str, ...]
    unproved: tuple[str, ...]


def entry_file(leaf: bytes, openings: Mapping[Group, Opening]) -> bytes:
    """Write an entry of the log with what opens it."""
    opened: Detail = {
        group.value: {"detail": dict(one.detail), "salt": one.salt.hex()} for group, one in openings.items()
    }
    return canonical.dumps({"leaf": base64std.encode(leaf), "openings": opened})


def pack(files: Mapping[str, bytes], facts: Mapping[str, JsonValue], *, form: str = FORMAT) -> bytes:
    """Put files and their manifest together; `facts` say what the bundle is, `form` of which format."""
    named = [
        {"name": name, "sha256": sha256(files[name]).hexdigest(), "size": len(files[name])} for name in sorted(files)
    ]
    manifest = canonical.dumps({**facts, "files": named, "format": form})
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in ((MANIFEST, manifest), *sorted(files.items())):
            member = zipfile.ZipInfo(name, _EPOCH)
            # What Python would write here differs from system to system.
            member.create_system, member.external_attr = 3, 0o644 << 16
            bundle.writestr(member, content)
    return out.getvalue()


def check(bundle: bytes, keys_of: Callable[[str], Iterable[VerifierKey]]) -> Checked:
    """Check that a bundle is whole, and every proof in it.

    Args:
        bundle: the ZIP.
        keys_of: returns the keys that sign checkpoints of a log, by its origin.

    Raises:
        FormatError: `referral_malformed`, `referral_mismatch` (a file is missing, beside the manifest or changed), or
            what `decode_leaf`, `check_opening` and `verify_proof` raise.
    """
    files = _read(bundle)
    manifest = _manifest(files)
    named = {str(one["name"]): (one["size"], one["sha256"]) for one in manifest["files"]}
    found = {name: (len(one), sha256(one).hexdigest()) for name, one in files.items() if name != MANIFEST}
    if named != found:
        raise FormatError("referral_mismatch")
    entries = [name.removesuffix(_OPENED) for name in sorted(files) if name.startswith(_LOG) and name.endswith(_OPENED)]
    proved = [name for name in entries if _check_entry(files[name + _OPENED], files.get(name + _PROOF), keys_of)]
    unproved = [name for name in entries if name not in proved]
    return Checked(manifest, files, tuple(map(_id, proved)), tuple(map(_id, unproved)))


def _id(name: str) -> str:
    return name.removeprefix(_LOG)


def _read(bundle: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(bundle)) as opened:
            members = opened.infolist()
            # Nothing here is compressed, so nothing can unfold to more than its own size.
            if any(one.compress_type != zipfile.ZIP_STORED for one in members) or len(bundle) > LARGEST:
                raise FormatError("referral_malformed")
            files = {one.filename: opened.read(one) for one in members}
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError):
        raise FormatError("referral_malformed") from None
    if len(files) != len(members):
        raise FormatError("referral_malformed")
    return files


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    manifest = canonical.loads(files.get(MANIFEST, b""))
    try:
        whole = manifest["format"] in {CASE_FORMAT, FORMAT} and all(
            one.keys() == {"name", "sha256", "size"} for one in manifest["files"]
        )
    except (AttributeError, KeyError, TypeError):
        whole = False
    if not whole:
        raise FormatError("referral_malformed")
    return dict(manifest)


def _check_entry(entry: bytes, proof: bytes | None, keys_of: Callable[[str], Iterable[VerifierKey]]) -> bool:
    """Check an entry against what opens it, and its proof; False where it has none."""
    try:
        told = json.loads(entry)
        leaf = base64std.decode(told["leaf"], code="referral_malformed")
        openings = {Group(name): (bytes.fromhex(one["salt"]), one["detail"]) for name, one in told["openings"].items()}
        text = proof.decode() if proof is not None else None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise FormatError("referral_malformed") from None
    for group, (salt, detail) in openings.items():
        check_opening(decode_leaf(leaf), group, Opening(salt, detail))
    if text is None:
        return False
    origin = parse_note(parse_proof(text).checkpoint).text.partition("\n")[0]
    verify_proof(text, hash_leaf(leaf), origin, keys_of(origin))
    return True
