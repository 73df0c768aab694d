"""Every pillar and every refusal, one at a time, each with its own code and place."""

from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.domain.evidence import Detector
from registry.domain.filings import (
    AgeBand,
    Event,
    Identifier,
    IdentityLink,
    ImageMatch,
    Investigation,
    JudgmentSource,
    LegalBasis,
    Money,
    Nature,
    Reviewer,
)
from registry.domain.ids import IdentifierKind
from registry.domain.refusals import REFUSALS
from tests.filings import (
    ACT,
    CN,
    JUDGMENT,
    NOTICE,
    NOW,
    artefact,
    filing,
    labelled,
    refusal,
    reviewer,
    stands,
    token,
    two_reviewers,
)


def notice(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"notice": replace(NOTICE, **changes)}


def reviewed(*people: Reviewer) -> dict[str, Any]:
    return {"investigation": Investigation("agent-x", people)}


def phone(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    number = Identifier(IdentifierKind.PHONE, (token("phone"),), date(2026, 1, 5), date(2026, 10, 20))
    card = Identifier(IdentifierKind.PAYMENT, (token("payment"),))
    return {"identifiers": (replace(number, **changes), card)}


BASIS = LegalBasis("separate_consent", "privacy-7.2", datetime(2026, 10, 1, tzinfo=UTC))
LATE_ACT = {
    "act_ended_on": date(2026, 5, 1),
    "identifiers": (Identifier(IdentifierKind.EMAIL, (token("email"),)),),
}
# what is changed in a filing that stands, and the one fault that follows
ONE_FAULT: list[tuple[dict[str, Any], str, str]] = [
    # P1 to P5
    ({"facts": ()}, "/facts", "grounds_missing"),
    ({"facts": ("Fake.",)}, "/facts", "grounds_missing"),
    ({"evidence": (artefact("E4"),)}, "/evidence", "evidence_classes_too_few"),
    ({"evidence": (artefact("E4"), artefact("E8"))}, "/evidence", "evidence_classes_too_few"),
    ({"evidence": (artefact("E4"), artefact("E11"))}, "/evidence", "evidence_classes_too_few"),
    ({"evidence": (labelled(), artefact("E3"))}, "/evidence", "evidence_only_from_claimant"),
    (
        {"image_matches": (ImageMatch("upload", same_group=False),)},
        "/image_matches/0/artefact_id",
        "image_match_unknown",
    ),
    ({"definition_tests": ()}, "/definition_tests", "definition_test_missing"),
    ({"definition_tests": ("FR-01.T1", "FR-05.T1")}, "/definition_tests/1", "definition_test_foreign"),
    ({"aggravations": ("FR-15",)}, "/definition_tests", "definition_test_missing"),
    ({"outcome": None}, "/outcome", "harm_missing"),
    ({"amount": Money(0, "CNY")}, "/amount/minor", "amount_invalid"),
    ({"amount": Money(128_000, "XTS")}, "/amount/currency", "currency_unknown"),
    ({"identity": IdentityLink(real_name_account=True, payment_bound=False)}, "/identity", "identity_link_weak"),
    ({"identity": IdentityLink(real_name_account=False, payment_bound=True)}, "/identity", "identity_link_weak"),
    ({"identifiers": phone()["identifiers"][:1]}, "/identifiers", "phone_alone"),
    # P6
    ({"notice": None}, "/notice", "notice_missing"),
    (notice(sent_on=date(2026, 10, 26)), "/notice/answer_due_on", "notice_too_short"),
    (notice(sent_on=date(2026, 10, 19)), "/notice/sent_on", "dates_out_of_order"),
    (notice(answer=" ", answered_on=date(2026, 10, 30)), "/notice/answer", "notice_answer_missing"),
    (notice(answer="It was not me."), "/notice/answered_on", "notice_answer_undated"),
    (notice(answered_on=date(2026, 10, 30)), "/notice/answered_on", "notice_answer_contradicted"),
    (notice(answer="No.", answered_on=date(2026, 10, 24)), "/notice/answered_on", "dates_out_of_order"),
    # P7
    ({"merchant_heard_on": None}, "/merchant_heard_on", "merchant_not_heard"),
    ({"merchant_heard_on": date(2026, 11, 6)}, "/merchant_heard_on", "dates_out_of_order"),
    ({"investigation": Investigation(" ", (reviewer(),))}, "/investigation/opened_by", "opened_by_missing"),
    (reviewed(), "/investigation/reviewers", "reviewers_too_few"),
    (reviewed(reviewer(), reviewer("agent-x")), "/investigation/reviewers/1/id", "reviewer_opened_case"),
    (reviewed(reviewer(), reviewer(" ")), "/investigation/reviewers/1/id", "reviewer_unnamed"),
    (reviewed(reviewer(), reviewer()), "/investigation/reviewers/1/id", "reviewer_repeated"),
    (reviewed(reviewer(), reviewer("b", role="intern")), "/investigation/reviewers/1/role", "reviewer_role_unknown"),
    (reviewed(reviewer(), reviewer("b", human=False)), "/investigation/reviewers/1/human", "reviewer_not_human"),
    (
        reviewed(reviewer(), reviewer("b", confirmed_on=date(2026, 11, 1))),
        "/investigation/reviewers/1/confirmed_on",
        "confirmed_before_hearing",
    ),
    ({"confirmed_on": date(2026, 11, 6)}, "/confirmed_on", "confirmed_on_differs"),
    # A1, A2
    ({"legal_basis": None}, "/legal_basis", "legal_basis_missing"),
    ({"legal_basis": replace(BASIS, mode="hunch")}, "/legal_basis/mode", "legal_basis_mode_unknown"),
    ({"legal_basis": replace(BASIS, text_version="")}, "/legal_basis/text_version", "legal_basis_text_missing"),
    ({"legal_basis": replace(BASIS, at=NOW + timedelta(seconds=1))}, "/legal_basis/at", "time_in_future"),
    ({"legal_basis": replace(BASIS, at=datetime(2026, 10, 1))}, "/legal_basis/at", "time_without_zone"),  # noqa: DTZ001 - the fault
    ({"impact_assessment": " "}, "/impact_assessment", "impact_assessment_missing"),
    # what it is about
    ({"category": "FR-99", "definition_tests": ()}, "/category", "category_unknown"),
    ({"category": "PV-01", "definition_tests": ()}, "/category", "category_not_reportable"),
    ({"category": "MI-01", "definition_tests": ()}, "/category", "category_not_reportable"),
    ({"category": "FR-15", "definition_tests": ("FR-15.T1",)}, "/category", "aggravation_alone"),
    ({"aggravations": ("FR-99",)}, "/aggravations/0", "aggravation_unknown"),
    (
        {"aggravations": ("FR-15", "FR-15"), "definition_tests": ("FR-01.T1", "FR-15.T1")},
        "/aggravations/1",
        "aggravation_repeated",
    ),
    ({"age_band": None}, "/age_band", "age_missing"),
    ({"age_band": AgeBand.UNDER_18}, "/age_band", "under_age"),
    # references, words
    ({"reference": ""}, "/reference", "reference_invalid"),
    ({"reference": "a b"}, "/reference", "reference_invalid"),
    ({"reference": "13800138000"}, "/reference", "raw_identifier_refused"),
    ({"claim_ref": "5C" * 32}, "/claim_ref", "claim_ref_invalid"),
    ({"event": Event()}, "/event", "event_missing"),
    ({"event": Event(order_reference="-")}, "/event/order_reference", "reference_invalid"),
    ({"event": Event(tokens=(token("phone"),))}, "/event/tokens/0", "token_kind_differs"),
    ({"facts": ("He wrote from a.b@example.com that it was broken.",)}, "/facts/0", "raw_identifier_refused"),
    ({"facts": ("A long story. " * 200,)}, "/facts/0", "text_too_long"),
    ({"facts": ("The photo was made by a model.",) * 11}, "/facts", "facts_too_many"),
    # identifiers
    (phone(tokens=()), "/identifiers/0/tokens", "tokens_missing"),
    (phone(tokens=("cfr1_nonsense",)), "/identifiers/0/tokens/0", "token_malformed"),
    (phone(tokens=(token("email"),)), "/identifiers/0/tokens/0", "token_kind_differs"),
    (phone(tokens=(token("phone"), token("phone", 2))), "/identifiers/0/tokens/1", "token_epoch_repeated"),
    (phone(valid_from=None), "/identifiers/0/valid_from", "phone_dates_missing"),
    (phone(valid_to=date(2026, 11, 22)), "/identifiers/0/valid_to", "time_in_future"),
    (phone(valid_from=date(2026, 11, 22), valid_to=None), "/identifiers/0/valid_from", "time_in_future"),
    (phone(valid_to=date(2026, 1, 4)), "/identifiers/0/valid_to", "dates_out_of_order"),
    (phone(valid_from=date(2025, 1, 1), valid_to=date(2025, 11, 21)), "/identifiers/0", "identifier_expired"),
    (
        {"identifiers": (Identifier(IdentifierKind.NATIONAL_ID, (token("national_id"),)),)},
        "/identifiers",
        "contact_token_missing",
    ),
    (
        {"identifiers": tuple(Identifier(IdentifierKind.EMAIL, (token("email", n),)) for n in range(9))},
        "/identifiers",
        "identifiers_too_many",
    ),
    # time
    ({"repaid_on": date(2026, 10, 19)}, "/repaid_on", "dates_out_of_order"),
    (LATE_ACT, "/act_ended_on", "filed_late_after_act"),
    # proof of grade A
    ({"admission": "artefact-E4"}, "/admission", "admission_unknown"),
    (
        {"investigation": two_reviewers(), "judgment": replace(JUDGMENT, final=False)},
        "/judgment/final",
        "judgment_not_final",
    ),
    (
        {"investigation": two_reviewers(), "judgment": replace(JUDGMENT, source=JudgmentSource.OTHER)},
        "/judgment/source",
        "judgment_source_refused",
    ),
    (
        {"investigation": two_reviewers(), "judgment": replace(JUDGMENT, court="")},
        "/judgment/reference",
        "judgment_reference_missing",
    ),
]


@pytest.mark.parametrize(("changes", "pointer", "code"), ONE_FAULT, ids=map(str, range(len(ONE_FAULT))))
def test_each_missing_piece_is_refused_with_its_own_code_and_place(
    changes: dict[str, Any], pointer: str, code: str
) -> None:
    assert refusal(filing(**changes)) == {(pointer, code)}


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": ("The photo was made by a model.",) * 10},
        {"facts": ("x" * 2_000,)},
        {"amount": Money(1, "CNY")},
        {"merchant_heard_on": ACT},
        {"merchant_heard_on": date(2026, 11, 5)},
        {"repaid_on": ACT},
        {"repaid_on": date(2026, 11, 21)},
        {"legal_basis": replace(BASIS, at=NOW)},
        {"notice": replace(NOTICE, sent_on=ACT)},
        {"notice": replace(NOTICE, answer="No.", answered_on=NOTICE.sent_on)},
        {"event": Event(order_reference="O-1")},
        phone(valid_to=date(2026, 11, 21)),
        phone(valid_from=date(2026, 10, 20)),
        phone(valid_from=date(2025, 1, 1), valid_to=date(2025, 11, 22)),
        {"identifiers": tuple(Identifier(IdentifierKind.EMAIL, (token("email", n),)) for n in range(8))},
        {"act_ended_on": date(2026, 5, 25)},
    ],
)
def test_what_just_reaches_a_limit_stands(changes: dict[str, Any]) -> None:
    assert stands(filing(**changes)).policy_digest == CN.digest


def test_the_hearing_may_close_today() -> None:
    answered = replace(NOTICE, answer="No.", answered_on=date(2026, 11, 21), answer_due_on=date(2026, 11, 22))
    last = reviewer(confirmed_on=date(2026, 11, 21))
    report = filing(notice=answered, confirmed_on=date(2026, 11, 21), investigation=Investigation("agent-x", (last,)))
    assert stands(report).policy_digest == CN.digest


@pytest.mark.parametrize("name", [field.name for field in fields(filing().exclusions)])
def test_each_innocent_explanation_must_be_excluded(name: str) -> None:
    exclusions = replace(filing().exclusions, **{name: False})
    assert refusal(filing(exclusions=exclusions)) == {(f"/exclusions/{name}", "alternative_not_excluded")}


@pytest.mark.parametrize("nature", [nature for nature in Nature if nature is not Nature.CONFIRMED_FRAUD])
def test_what_is_not_fraud_is_refused_with_its_own_code(nature: Nature) -> None:
    assert refusal(filing(nature=nature)) == {("/nature", f"not_recordable_{nature}")}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"facts": ("The subject received 行政 拘留 for this in March.",)}, "/facts/0"),
        ({"facts": ("A Police  Penalty was imposed on the subject.",)}, "/facts/0"),
        (notice(answer="I had a 治安处罚 already.", answered_on=date(2026, 10, 30)), "/notice/answer"),
        ({"investigation": two_reviewers(), "judgment": replace(JUDGMENT, court="公安机关处罚")}, "/judgment/court"),
    ],
)
def test_a_police_penalty_is_refused_wherever_it_is_written(changes: dict[str, Any], pointer: str) -> None:
    assert refusal(filing(**changes)) == {(pointer, "not_recordable_police_penalty")}


@pytest.mark.parametrize(("lead", "nature"), [("E10", "detector_score"), ("E8", "association")])
def test_a_lead_alone_is_named_as_not_recordable(lead: str, nature: str) -> None:
    evidence = (artefact(lead, detector=(Detector("d", "1", 990_000, 10_000),)),)
    assert ("/evidence", f"not_recordable_{nature}") in refusal(filing(evidence=evidence))


def test_all_faults_come_in_one_answer() -> None:
    found = refusal(filing(facts=(), outcome=None, notice=None, impact_assessment="", evidence=(), identifiers=()))
    assert {code for _, code in found} == {
        "grounds_missing",
        "harm_missing",
        "notice_missing",
        "impact_assessment_missing",
        "evidence_classes_too_few",
        "evidence_only_from_claimant",
        "identifiers_missing",
        "contact_token_missing",
    }


def test_every_refusal_code_that_a_test_shows_has_its_sentence() -> None:
    shown = {code for _, _, code in ONE_FAULT} | {f"not_recordable_{nature}" for nature in list(Nature)[1:]}
    assert shown <= REFUSALS.keys()
    assert all(sentence.endswith(".") for sentence in REFUSALS.values())
    assert max(Counter(REFUSALS.values()).values()) == 1


def test_the_docs_explain_every_refusal_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    assert [code for code, sentence in REFUSALS.items() if f"| `{code}` | {sentence} |" not in page] == []
