"""Cosignatures: public witnesses' own, the standard's example, every refusal, both algorithms."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats.cosignatures import (
    CosignatureType,
    CosignerKey,
    CosigningKey,
    offers_ml_dsa,
    parse_cosigner,
    verify_cosignature,
    verify_cosignatures,
)
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint, Note, encode_note, parse_checkpoint_text, parse_note

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "cosignatures.json").read_text(encoding="utf-8")
)
NEEDS_ML_DSA = pytest.mark.skipif(not offers_ml_dsa(), reason="the installed cryptography offers no ML-DSA-44")
KINDS = [CosignatureType.ED25519, pytest.param(CosignatureType.ML_DSA_44, marks=NEEDS_ML_DSA)]
CHECKPOINT = Checkpoint("registry.example/audit/2026h2.1", 7, bytes(range(32)))
SEED = bytes(range(32))
T_S = 1_795_000_000


def cosigned(checkpoint: Checkpoint, *keys: CosigningKey, t_s: int = T_S) -> str:
    return encode_note(Note(checkpoint.text(), tuple(key.cosign(checkpoint, t_s) for key in keys)))


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=named)
def test_what_public_witnesses_signed_verifies(case: dict[str, Any]) -> None:
    keys = [parse_cosigner(vkey) for vkey in case["vkeys"]]
    assert [key.encode() for key in keys] == case["vkeys"]
    computable = [key for key in keys if key.kind is CosignatureType.ED25519 or offers_ml_dsa()]
    found = {one.key: one.t_s for one in verify_cosignatures(case["note"], keys)}
    assert found == {key: t_s for key, t_s in zip(keys, case["t_s"], strict=True) if key in computable}


@NEEDS_ML_DSA
def test_a_public_witness_signed_with_ml_dsa() -> None:
    case = VECTORS["accepted"][1]
    (post_quantum,) = (key for key in map(parse_cosigner, case["vkeys"]) if key.kind is CosignatureType.ML_DSA_44)
    assert [one.key for one in verify_cosignatures(case["note"], [post_quantum])] == [post_quantum]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=named)
def test_of_another_size_it_does_not(case: dict[str, Any]) -> None:
    checkpoint = parse_checkpoint_text(parse_note(case["note"]).text)
    other = case["note"].replace(f"\n{checkpoint.size}\n", f"\n{checkpoint.size + 1}\n")
    for vkey in case["vkeys"]:
        key = parse_cosigner(vkey)
        if key.kind is CosignatureType.ED25519 or offers_ml_dsa():
            with pytest.raises(FormatError, match="cosignature_invalid"):
                verify_cosignatures(other, [key])


def test_the_standards_example_is_read_as_the_standard_says() -> None:
    example = VECTORS["example"]
    checkpoint = parse_checkpoint_text(parse_note(example["note"]).text)
    assert checkpoint.size == 20852163
    line = parse_note(example["note"]).signatures[1]
    assert (line.name, line.key_id.hex()) == (example["name"], example["key_id"])
    assert int.from_bytes(line.signature[:8]) == example["t_s"]


@pytest.mark.parametrize("case", VECTORS["vkeys_refused"], ids=named)
def test_bad_keys_of_cosigners_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(FormatError, match="vkey_malformed"):
        parse_cosigner(case["vkey"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_here_verifies_and_says_when(kind: CosignatureType) -> None:
    key = CosigningKey("witness.example/w1", kind, SEED)
    assert parse_cosigner(key.vkey.encode()) == key.vkey
    (found,) = verify_cosignatures(cosigned(CHECKPOINT, key), [key.vkey])
    assert (found.key, found.t_s) == (key.vkey, T_S)
    assert "seed" not in repr(key)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_signed(kind: CosignatureType) -> None:
    key = CosigningKey("witness.example/w1", kind, SEED)
    signature = key.cosign(CHECKPOINT, T_S).signature
    assert verify_cosignature(key.vkey, signature, CHECKPOINT) == T_S
    other_time = (T_S + 1).to_bytes(8) + signature[8:]
    changed = [
        (signature, Checkpoint("registry.example/audit/2026h2.2", 7, CHECKPOINT.root)),
        (signature, Checkpoint(CHECKPOINT.origin, 8, CHECKPOINT.root)),
        (signature, Checkpoint(CHECKPOINT.origin, 7, bytes(32))),
        (other_time, CHECKPOINT),
        (signature[:-1], CHECKPOINT),
        (signature + b"\x00", CHECKPOINT),
        (signature[:8], CHECKPOINT),
        (bytes(8) + signature[8:], CHECKPOINT),
        (b"\xff" * 8 + signature[8:], CHECKPOINT),
        (b"", CHECKPOINT),
    ]
    for wrong, checkpoint in changed:
        with pytest.raises(FormatError, match="cosignature_invalid"):
            verify_cosignature(key.vkey, wrong, checkpoint)


@NEEDS_ML_DSA
def test_ml_dsa_commits_to_the_cosigners_name() -> None:
    key = CosigningKey("witness.example/w1", CosignatureType.ML_DSA_44, SEED)
    same_key = CosignerKey("witness.example/w2", key.kind, key.vkey.public_key)
    with pytest.raises(FormatError, match="cosignature_invalid"):
        verify_cosignature(same_key, key.cosign(CHECKPOINT, T_S).signature, CHECKPOINT)


def test_strangers_are_ignored_and_a_wrong_one_of_a_known_key_spoils_the_note() -> None:
    known, stranger = (CosigningKey(name, CosignatureType.ED25519, SEED) for name in ("w1", "w2"))
    note = cosigned(CHECKPOINT, known, stranger)
    assert [one.key for one in verify_cosignatures(note, [known.vkey])] == [known.vkey]
    assert verify_cosignatures(note, []) == ()
    with pytest.raises(FormatError, match="note_duplicate_signature"):
        verify_cosignatures(cosigned(CHECKPOINT, known, known), [known.vkey])
    other = Checkpoint(CHECKPOINT.origin, 8, CHECKPOINT.root)
    spoiled = encode_note(Note(other.text(), (known.cosign(CHECKPOINT, T_S),)))
    with pytest.raises(FormatError, match="cosignature_invalid"):
        verify_cosignatures(spoiled, [known.vkey])
    assert verify_cosignatures(spoiled, [stranger.vkey]) == ()


@pytest.mark.parametrize("t_s", [0, -1, 2**63])
def test_a_time_that_cannot_be_is_not_signed(t_s: int) -> None:
    with pytest.raises(FormatError, match="cosignature_time"):
        CosigningKey("w1", CosignatureType.ED25519, SEED).cosign(CHECKPOINT, t_s)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "n" * 256])
def test_a_name_that_no_line_can_carry_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="vkey_malformed"):
        CosigningKey(name, CosignatureType.ED25519, SEED)


@NEEDS_ML_DSA
def test_an_origin_too_long_for_ml_dsa_is_refused() -> None:
    key = CosigningKey("w1", CosignatureType.ML_DSA_44, SEED)
    with pytest.raises(FormatError, match="checkpoint_origin"):
        key.cosign(Checkpoint("o" * 256, 1, bytes(32)), T_S)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_of_another_length_is_refused(seed: bytes) -> None:
    with pytest.raises(FormatError, match="seed_malformed"):
        CosigningKey("w1", CosignatureType.ED25519, seed)


@given(st.integers(0, 575), st.integers(1, 2**40))
def test_no_bit_of_an_ed25519_cosignature_may_change(bit: int, t_s: int) -> None:
    key = CosigningKey("w1", CosignatureType.ED25519, SEED)
    signature = int.from_bytes(key.cosign(CHECKPOINT, t_s).signature) ^ 1 << bit
    with pytest.raises(FormatError, match="cosignature_invalid"):
        verify_cosignature(key.vkey, signature.to_bytes(72), CHECKPOINT)


def test_one_key_of_both_types_has_two_ids() -> None:
    raw = base64.b64decode("6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ=")
    assert CosignerKey("example.com/foo", CosignatureType.ED25519, raw).key_id.hex() != "530d903a"
