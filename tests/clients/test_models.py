"""What the SDK hands to a member: open vocabularies, checked shapes, and no person in any repr."""

import json
import pickle
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from registry_client import Band, Filed, Identifiers, ReportState, Tokens, WithdrawReason, claim_reference
from registry_client.errors import Context, Fault, RegistryUnreachable
from registry_client.models import ScoreAnswer, Unknown
from registry_client.receipts import Filed as Kept
from registry_client.reports import document
from registry_client.testing import FakeRegistry
from registry_client.tokens import Named
from registry_formats.cfr1 import Kind, Token
from registry_formats.errors import FormatError
from registry_formats.receipts import Receipt

VECTORS = json.loads((Path(__file__).parents[2] / "clients/vectors/claims.json").read_text(encoding="utf-8"))["vectors"]
KEPT = Kept("note", Receipt(bytes(32), UUID(int=7), 0), bytes(168), 0)
REPORT = {"report_id": str(UUID(int=1)), "state": "submitted", "revision": 1}


def answer(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of any kind, also wrong ones
    return FakeRegistry().answers | {"query_id": str(UUID(int=5)), "claim_ref": "A" * 43, "purpose": "Q1"} | changes


def test_a_word_that_is_not_known_yet_is_kept() -> None:
    band = Band("critical")
    assert (band, band.is_known, f"{band}") == ("critical", False, "critical")
    assert Band("high") is Band.HIGH
    assert Band.HIGH.is_known


def test_a_stranger_does_not_join_the_vocabulary() -> None:
    ReportState("frozen")
    assert "frozen" not in [state.value for state in ReportState]


def test_a_word_must_be_a_word() -> None:
    with pytest.raises(ValueError, match="not a valid"):
        Band(7)  # type: ignore[arg-type]


def test_an_open_word_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(WithdrawReason("other"))) == "other"  # noqa: S301 - our own bytes


def test_an_answer_is_read_field_by_field() -> None:
    known = answer(band="severe", score=790, matched=["phone", "national_id"], permitted_actions=["A1", "A9"], groups=3)
    read = ScoreAnswer.read(known, KEPT)
    assert (read.band, read.score, read.groups, read.matched) == (Band.SEVERE, 790, 3, ("phone", "national_id"))
    assert [action.is_known for action in read.permitted_actions] == [True, False]
    assert read.as_of == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert read.known
    assert read.document["score_version"] == "FRS-1.0"


@pytest.mark.parametrize(
    "changes",
    [
        {"score": "790"},
        {"score": True},
        {"score": 7.5},
        {"under_dispute": "no"},
        {"matched": "phone"},
        {"matched": [1]},
        {"policy": {}},
        {"as_of": "yesterday"},
        {"query_id": None},
    ],
)
def test_an_answer_of_another_shape_is_not_guessed_at(changes: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        ScoreAnswer.read(answer(**changes), KEPT)


def test_unknown_is_not_none_and_permits_nothing() -> None:
    unknown = Unknown(RegistryUnreachable("unreachable"))
    assert (unknown.known, unknown.permitted_actions) == (False, ())


def test_a_report_is_read_with_its_dates() -> None:
    filed = Filed.read(REPORT | {"expires_on": "2028-10-20", "serve_by": "2026-12-21T12:00:00Z", "severity": "S2"})
    assert (filed.state, filed.expires_on) == (ReportState.SUBMITTED, date(2028, 10, 20))
    assert filed.serve_by == datetime(2026, 12, 21, 12, tzinfo=UTC)


def test_what_names_a_person_is_masked() -> None:
    token = Token(Kind.PHONE, 1, b"\xab" * 32)
    shown = repr(Tokens((Named(Kind.PHONE, (token,)),)))
    assert shown == "Tokens(phone=***)"
    assert repr(Identifiers(email="someone@example.com")) == "Identifiers(email=***)"
    read = ScoreAnswer.read(answer(), KEPT)
    assert "note" not in repr(read)


def test_an_event_names_an_order_and_no_person() -> None:
    phone, event = Token(Kind.PHONE, 1, bytes(32)), Token(Kind.EVENT, 1, bytes(32))
    tokens = Tokens((Named(Kind.PHONE, (phone,)), Named(Kind.EVENT, (event,))))
    assert tokens.identifiers == [{"kind": "phone", "tokens": [phone.text]}]
    assert tokens.event == [event.text]
    (known,) = tokens.known(date(2026, 1, 5), date(2026, 10, 20))
    assert known == tokens.identifiers[0] | {"valid_from": "2026-01-05", "valid_to": "2026-10-20"}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_claim_reference_is_what_the_rules_say(vector: dict[str, str]) -> None:
    reference = claim_reference(bytes.fromhex(vector["key"]), vector["id"])
    assert reference.opening.hex() == vector["opening"]
    assert reference.value.hex() == vector["reference"]
    assert str(reference) == vector["text"]
    assert "opening" not in repr(reference)


def test_a_claim_reference_depends_on_key_and_claim() -> None:
    references = {str(claim_reference(bytes([key]) * 32, claim)) for key in (1, 2) for claim in ("a", "b")}
    assert len(references) == 4


@pytest.mark.parametrize(
    ("key", "claim", "code"), [(b"short", "1", "claim_key_short"), (bytes(32), "", "claim_id_empty")]
)
def test_a_claim_reference_that_could_be_guessed_is_refused(key: bytes, claim: str, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        claim_reference(key, claim)
    assert refused.value.code == code


def test_a_report_is_written_as_json() -> None:
    at = datetime.fromisoformat("2026-11-21T20:00:00+08:00")
    written = document(
        {"at": at, "on": date(2026, 11, 5), "state": ReportState.ACTIVE, "id": UUID(int=1), "n": (1, None)}
    )
    assert written == {
        "at": "2026-11-21T12:00:00Z",
        "on": "2026-11-05",
        "state": "active",
        "id": "00000000-0000-0000-0000-000000000001",
        "n": [1, None],
    }


def test_a_dataclass_is_written_by_field_without_what_is_none() -> None:
    assert "retry_after" not in document(Context(faults=(Fault("/amount", "missing"),)))
    assert document(Fault("/amount", "missing")) == {"pointer": "/amount", "code": "missing"}


@pytest.mark.parametrize("value", [7.5, b"bytes", {1, 2}, datetime(2026, 11, 21)])  # noqa: DTZ001 - it is refused
def test_what_has_no_sure_form_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        document({"value": value})


def test_a_report_is_an_object() -> None:
    with pytest.raises(TypeError, match="mapping or a dataclass"):
        document(["no", "object"])
