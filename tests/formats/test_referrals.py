"""Bundles of referrals: the same files give the same bytes, and whatever was touched is noticed."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO

import pytest

from registry_formats.errors import FormatError
from registry_formats.notes import VerifierKey
from registry_formats.referrals import MANIFEST, check, pack

FILES = {"record.json": b"{}", "letter-en.pdf": b"%PDF-1.7"}
FACTS = {"referral_id": "1", "recipient": "court"}


def nobody(_: str) -> list[VerifierKey]:
    return []


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return out.getvalue()


def repacked(change: Callable[[dict[str, bytes]], object]) -> bytes:
    with zipfile.ZipFile(BytesIO(pack(FILES, FACTS))) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    change(files)
    return zipped(files)


def test_the_same_files_give_the_same_bytes_in_whatever_order() -> None:
    assert pack(FILES, FACTS) == pack(dict(reversed(FILES.items())), FACTS)


def test_a_whole_bundle_names_each_file_by_size_and_digest() -> None:
    checked = check(pack(FILES, FACTS), nobody)
    assert (checked.manifest["recipient"], checked.proved, checked.unproved) == ("court", (), ())
    assert {one["name"]: one["size"] for one in checked.manifest["files"]} == {"record.json": 2, "letter-en.pdf": 8}
    assert {name: checked.files[name] for name in FILES} == FILES


TOUCHED: Mapping[str, Callable[[dict[str, bytes]], object]] = {
    "changed": lambda files: files.update({"record.json": b"[]"}),
    "added": lambda files: files.update({"more.txt": b"added"}),
    "taken away": lambda files: files.pop("letter-en.pdf"),
}


@pytest.mark.parametrize("how", TOUCHED)
def test_what_was_changed_added_or_taken_away_is_noticed(how: str) -> None:
    with pytest.raises(FormatError, match="referral_mismatch"):
        check(repacked(TOUCHED[how]), nobody)


NO_BUNDLES = {
    "nothing": b"",
    "no zip": b"PK\x03\x04 not a zip",
    "another format": zipped({MANIFEST: b"{}"}),
    "a file without a name": zipped({MANIFEST: b'{"files":[{}],"format":"registry/referral/v1"}'}),
    "files that are none": zipped({MANIFEST: b'{"files":7,"format":"registry/referral/v1"}'}),
    "no manifest": zipped({"record.json": b"{}"}),
    "compressed": zipped({MANIFEST: b"{}"}, method=zipfile.ZIP_DEFLATED),
    "beside the manifest": zipped({MANIFEST: b'{"files":[],"format":"registry/referral/v1"}', "log/1.json": b"{}"}),
}


@pytest.mark.parametrize("why", NO_BUNDLES)
def test_what_is_no_bundle_is_refused_with_a_code(why: str) -> None:
    with pytest.raises(FormatError):
        check(NO_BUNDLES[why], nobody)


def test_an_entry_that_cannot_be_read_is_refused() -> None:
    for broken in (b"{}", b"[]", b'{"leaf":"AA==","openings":{"other":{}}}', b"\xff"):
        with pytest.raises(FormatError):
            check(pack({"log/1.json": broken}, {}), nobody)
