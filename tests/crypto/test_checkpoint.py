"""Signing notes and checkpoints: the vectors' bytes, and texts that must not be signed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto.checkpoint import SigningKey, sign_checkpoint, sign_note
from registry_formats.errors import FormatError
from registry_formats.merkle import EMPTY_ROOT
from registry_formats.notes import Checkpoint, parse_vkey, verify_checkpoint, verify_note

_V: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "notes.json").read_text(encoding="utf-8")
)
_KEY = SigningKey(parse_vkey(_V["vkey"]).name, bytes.fromhex(_V["seed"]))
_OTHER = SigningKey("witness.example", b"\x22" * 32)


def test_the_vectors_note_comes_out_byte_for_byte() -> None:
    assert _KEY.vkey.encode() == _V["vkey"]
    assert sign_note(_V["accepted"][2]["text"], [_KEY]) == _V["accepted"][2]["note"]


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**63 - 1))
def test_every_signed_checkpoint_verifies_under_its_own_key_only(root: bytes, size: int) -> None:
    checkpoint = Checkpoint(_KEY.name, size, root)
    note = sign_checkpoint(checkpoint, [_KEY, _OTHER])
    assert verify_checkpoint(note, _KEY.name, [_KEY.vkey]) == checkpoint
    assert verify_note(note, [_KEY.vkey, _OTHER.vkey]).signers == (_KEY.vkey, _OTHER.vkey)
    stranger = SigningKey(_KEY.name, b"\x44" * 32)
    with pytest.raises(FormatError, match="note_unsigned"):
        verify_checkpoint(note, _KEY.name, [stranger.vkey])


def test_a_checkpoint_needs_the_logs_own_key() -> None:
    with pytest.raises(FormatError, match="checkpoint_origin"):
        sign_checkpoint(Checkpoint(_KEY.name, 0, EMPTY_ROOT), [_OTHER])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "return\r\n", "one\n\n— a b"])
def test_a_text_that_would_read_otherwise_is_not_signed(text: str) -> None:
    with pytest.raises(FormatError, match="note_malformed"):
        sign_note(text, [_KEY])


def test_a_text_that_ends_in_a_forged_signature_line_is_not_signed() -> None:
    """Without this check the line would be read as a signature, and the text above it as all that was signed."""
    with pytest.raises(FormatError, match="note_malformed"):
        sign_note("text\n\n— a.example AAAAAAA=", [_KEY])


def test_a_note_without_a_key_is_not_written() -> None:
    with pytest.raises(FormatError, match="note_malformed"):
        sign_note("text\n", [])


def test_a_seed_stays_out_of_every_representation() -> None:
    assert "17" not in repr(_KEY).replace(repr(_KEY.vkey), "")
    assert "seed" not in repr(_KEY)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match="seed_malformed"):
        SigningKey("name", bytes(length))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x00b"])
def test_a_name_that_no_signature_line_can_carry_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="vkey_malformed"):
        SigningKey(name, bytes(32))
