"""What a witness is sent: the standard's example, every departure from it, and which keys are good for which log."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats.errors import FormatError
from registry_formats.notes import VerifierKey, parse_checkpoint_text, parse_note, parse_signatures
from registry_formats.submissions import (
    KnownLogs,
    Submission,
    encode_size,
    encode_submission,
    origin_hash,
    parse_size,
    parse_submission,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "witness.json").read_text(encoding="utf-8")
)
KEY = VerifierKey("registry.example/audit", bytes(range(32)))


def test_the_standards_request_is_read_and_written_back() -> None:
    submission = parse_submission(VECTORS["request"].encode())
    assert (submission.old, len(submission.hashes)) == (VECTORS["old"], VECTORS["hashes"])
    assert parse_checkpoint_text(parse_note(submission.checkpoint).text).size == VECTORS["size"]
    assert encode_submission(submission).decode() == VECTORS["request"]


def test_the_standards_answer_is_read_line_by_line() -> None:
    assert len(parse_signatures(VECTORS["answer"])) == VECTORS["answer_lines"]
    first, *rest = VECTORS["answer"].splitlines(keepends=True)
    for wrong in ("", first.rstrip("\n"), f"{first}\n{rest[0]}", f"text\n{first}", f"\n{first}"):
        with pytest.raises(FormatError, match="note_malformed"):
            parse_signatures(wrong)


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_every_departure_from_the_format_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(FormatError, match="submission_malformed"):
        parse_submission(case["request"].encode())


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(FormatError, match="submission_malformed"):
        parse_submission(b"\xff" + VECTORS["request"].encode())


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_every_submission_reads_back(old: int, hashes: list[bytes], checkpoint: str) -> None:
    submission = Submission(old, tuple(hashes), checkpoint)
    assert parse_submission(encode_submission(submission)) == submission


@pytest.mark.parametrize("case", VECTORS["sizes"], ids=lambda case: case["body"].strip())
def test_sizes_read_and_write_the_same_text(case: dict[str, Any]) -> None:
    assert parse_size(case["body"]) == case["size"]
    assert encode_size(case["size"]) == case["body"]


@pytest.mark.parametrize("body", VECTORS["sizes_refused"])
def test_what_is_no_size_is_refused(body: str) -> None:
    with pytest.raises(FormatError, match="submission_malformed"):
        parse_size(body)


def test_paths_name_a_log_by_the_digest_of_its_origin() -> None:
    assert origin_hash(VECTORS["origin"]) == VECTORS["origin_sha256"]


@pytest.mark.parametrize("shard", ["", "/2026h2.1", "/2027h1.12"])
def test_one_key_is_good_for_a_log_and_its_half_years(shard: str) -> None:
    (key,) = KnownLogs([KEY.encode()]).keys(KEY.name + shard)
    assert key == VerifierKey(KEY.name + shard, KEY.public_key)


@pytest.mark.parametrize("rest", ["/2026h3.1", "/2026h2.0", "/2026h2.1/", "2026h2.1", "/2026h2.1/2026h2.1", "/other"])
def test_it_is_good_for_no_other(rest: str) -> None:
    assert KnownLogs([KEY.encode()]).keys(KEY.name + rest) == []
    assert KnownLogs([]).keys(KEY.name) == []
