"""Signed notes, vkeys and checkpoints: the published examples, every refusal, and what no bit may change."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from registry_formats import notes
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint, Note, Signature, VerifierKey, parse_vkey

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "notes.json").read_text(encoding="utf-8")
)
_KEY = parse_vkey(VECTORS["vkey"])
_OURS = VECTORS["accepted"][2]["note"]
_NAME = st.text(st.characters(exclude_characters="+", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


def _named(case: dict[str, str]) -> str:
    return case["name"]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=_named)
def test_good_notes_verify_and_unknown_signatures_are_ignored(case: dict[str, str]) -> None:
    key = parse_vkey(case["vkey"])
    verified = notes.verify_note(case["note"], [key])
    assert (verified.text, verified.signers) == (case["text"], (key,))
    assert key.encode() == case["vkey"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=_named)
def test_bad_notes_are_refused_by_code(case: dict[str, str]) -> None:
    with pytest.raises(FormatError) as refused:
        notes.verify_note(case["note"], [_KEY])
    assert refused.value.code == case["code"]


@pytest.mark.parametrize("case", VECTORS["vkeys_refused"], ids=_named)
def test_bad_vkeys_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(FormatError, match="vkey_malformed"):
        parse_vkey(case["vkey"])


@pytest.mark.parametrize("case", VECTORS["checkpoints"]["accepted"], ids=lambda case: case["origin"])
def test_checkpoints_read_and_write_the_same_text(case: dict[str, str]) -> None:
    checkpoint = notes.parse_checkpoint_text(case["text"])
    assert checkpoint == Checkpoint(case["origin"], int(case["size"]), base64.b64decode(case["root"]))
    assert checkpoint.text() == case["text"]


@pytest.mark.parametrize("case", VECTORS["checkpoints"]["refused"], ids=_named)
def test_every_departure_from_the_three_lines_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(FormatError, match="checkpoint_malformed"):
        notes.parse_checkpoint_text(case["text"])


def test_a_checkpoint_counts_only_for_its_own_log() -> None:
    assert notes.verify_checkpoint(_OURS, _KEY.name, [_KEY]).size == 2
    with pytest.raises(FormatError, match="checkpoint_origin"):
        notes.verify_checkpoint(_OURS, "elsewhere", [_KEY])


def test_a_witness_alone_does_not_make_a_checkpoint() -> None:
    witness_line = VECTORS["accepted"][3]["note"].partition("\n\n")[2].split("\n")[0]
    public = Ed25519PrivateKey.from_private_bytes(b"\x22" * 32).public_key().public_bytes_raw()
    witness = VerifierKey("witness.example", public)
    note = f"{VECTORS['accepted'][2]['text']}\n{witness_line}\n"
    assert notes.verify_note(note, [witness]).signers == (witness,)
    with pytest.raises(FormatError, match="checkpoint_origin"):
        notes.verify_checkpoint(note, _KEY.name, [_KEY, witness])


def test_sixteen_signatures_are_accepted_and_65_are_not() -> None:
    unknown = "— witness-{} " + base64.b64encode(bytes(80)).decode() + "\n"
    assert notes.verify_note(_OURS + "".join(unknown.format(i) for i in range(63)), [_KEY]).signers == (_KEY,)
    with pytest.raises(FormatError, match="note_malformed"):
        notes.verify_note(_OURS + "".join(unknown.format(i) for i in range(64)), [_KEY])


def test_a_note_beyond_the_size_limit_is_refused() -> None:
    with pytest.raises(FormatError, match="note_malformed"):
        notes.parse_note("x" * notes.MAX_NOTE_CHARACTERS + _OURS)


@given(st.binary(min_size=32, max_size=32), _NAME)
def test_every_vkey_reads_back(public_key: bytes, name: str) -> None:
    key = VerifierKey(name, public_key)
    assert parse_vkey(key.encode()) == key


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40),
    st.lists(st.tuples(_NAME, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)), min_size=1),
)
def test_every_note_reads_back(text: str, signatures: list[tuple[str, bytes, bytes]]) -> None:
    note = Note(text + "\n", tuple(Signature(*fields) for fields in signatures[:64]))
    assert notes.parse_note(notes.encode_note(note)) == note


@given(st.data())
def test_a_changed_character_never_yields_another_text(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(_OURS) - 1))
    changed = _OURS[:place] + data.draw(st.characters().filter(lambda c: c != _OURS[place])) + _OURS[place + 1 :]
    with pytest.raises(FormatError):
        notes.verify_note(changed, [_KEY])


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    key = VerifierKey("bad.example", b"\xff" * 32)
    line = "— bad.example " + base64.b64encode(key.key_id + bytes(64)).decode()
    with pytest.raises(FormatError, match="note_signature_invalid"):
        notes.verify_note(f"text\n\n{line}\n", [key])
