"""A member's receipt book: no answer without its receipt, no receipt forgotten before its proof."""

import base64
import copy
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from registry.crypto.checkpoint import SigningKey
from registry.crypto.leaves import Details, build
from registry.crypto.receipts import ReceiptSigner
from registry_client.receipts import MAX_SKEW_MS, Filed, ReceiptBook
from registry_formats.errors import FormatError
from registry_formats.leaf import LeafType
from registry_formats.notes import parse_vkey

_V: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "clients" / "vectors" / "receipts.json").read_text(encoding="utf-8")
)
_NOW = int(_V["t_ms"]) + 40


def _book(member: str = _V["member"]) -> ReceiptBook:
    return ReceiptBook(member, [parse_vkey(_V["vkey"])])


def _accept(book: ReceiptBook, answer: dict[str, Any], **change: Any) -> Filed:  # noqa: ANN401 - one argument replaced
    asked = {"body": _V["body"].encode(), "purpose": _V["purpose"], "claim": _V["claim"], "now_ms": _NOW}
    return book.accept(answer, **{**asked, **change})


def _answer(**change: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {**copy.deepcopy(_V["answer"]), **change}


def test_a_good_answer_is_accepted_and_its_receipt_kept() -> None:
    filed = _accept(_book(), _answer())
    assert filed.leaf_hash.hex() == _V["leaf_hash"]
    assert filed.note == _V["answer"]["receipt"]


@pytest.mark.parametrize("field", ["receipt", "leaf", "salts", "counter"])
def test_an_answer_without_its_proof_is_refused(field: str) -> None:
    answer = _answer()
    del answer[field]
    with pytest.raises(FormatError, match="receipt_missing"):
        _accept(_book(), answer)


@pytest.mark.parametrize(
    "change",
    [
        {"receipt": 1},
        {"receipt": None},
        {"leaf": None},
        {"leaf": "AA=="},
        {"leaf": _V["answer"]["leaf"] + "\n"},
        {"salts": {}},
        {"salts": {"org": "", "content": ""}},
        {"counter": "7"},
        {"counter": True},
    ],
    ids=str,
)
def test_a_proof_field_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="answer_malformed"):
        _accept(_book(), _answer(**change))


@pytest.mark.parametrize(
    "change",
    [{"band": "none"}, {"score": 0}, {"counter": 8}, {"under_dispute": True}, {"added": "later"}],
    ids=str,
)
def test_an_answer_other_than_the_logged_one_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="commitment_mismatch"):
        _accept(_book(), _answer(**change))


@pytest.mark.parametrize("change", [{"body": b"{}"}, {"purpose": "Q2"}, {"claim": "clm_other"}], ids=str)
def test_an_answer_to_another_question_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match="commitment_mismatch"):
        _accept(_book(), _answer(), **change)


def test_an_answer_to_another_member_is_refused() -> None:
    with pytest.raises(FormatError, match="commitment_mismatch"):
        _accept(_book("019aa7d2-7c80-7000-8000-000000000002"), _answer())


@pytest.mark.parametrize("case", _V["refused"], ids=lambda case: case["name"])
def test_an_answer_with_a_bad_receipt_is_refused_by_code(case: dict[str, str]) -> None:
    with pytest.raises(FormatError) as refused:
        _accept(_book(), _answer(receipt=case["receipt"]))
    assert refused.value.code == case["code"]


def test_a_receipt_for_a_refusal_does_not_pass_for_an_answer() -> None:
    denied = bytearray(base64.b64decode(_V["answer"]["leaf"]))
    denied[1] = 9
    with pytest.raises(FormatError, match="receipt_leaf"):
        _accept(_book(), _answer(leaf=base64.b64encode(denied).decode()))


def test_a_receipt_for_an_entry_that_is_no_query_is_refused() -> None:
    salts = {group: base64.b64decode(salt) for group, salt in _V["answer"]["salts"].items()}
    entry = uuid.UUID(_V["entry_id"]).bytes
    details = Details(_V["org"], {}, {}, _V["content"])
    leaf = build(
        LeafType.BATCH, entry, int(_V["t_ms"]), 3, 41, details, salts["org"] + bytes(64) + salts["content"]
    ).leaf
    signer = ReceiptSigner(SigningKey(parse_vkey(_V["vkey"]).name, bytes.fromhex(_V["seed"])))
    with pytest.raises(FormatError, match="receipt_leaf"):
        _accept(_book(), _answer(leaf=base64.b64encode(leaf).decode(), receipt=signer.issue(leaf)))


@pytest.mark.parametrize("skew", [-MAX_SKEW_MS - 1, MAX_SKEW_MS + 1])
def test_an_old_answer_played_again_is_refused(skew: int) -> None:
    with pytest.raises(FormatError, match="receipt_time"):
        _accept(_book(), _answer(), now_ms=int(_V["t_ms"]) + skew)


def test_a_refused_answer_leaves_nothing_to_prove() -> None:
    book = _book()
    with pytest.raises(FormatError):
        _accept(book, _answer(score=0))
    assert book.due(_NOW + 10**9) == ()


def test_a_receipt_falls_due_after_the_delay_and_is_let_go_when_proved() -> None:
    book = _book()
    filed = _accept(book, _answer())
    # By the clock that kept it, whatever the registry's says.
    due_ms = _NOW + int(_V["due_ms"]) - int(_V["t_ms"])
    assert book.due(due_ms - 1) == ()
    assert book.due(due_ms) == (filed,)
    book.settle(filed)
    book.settle(filed)
    assert book.due(due_ms) == ()
