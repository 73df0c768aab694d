"""A report as a platform writes it: facts, proof checklist, evidence manifest of hashes, tokens (docs/reports.md)."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from registry.demo.cast import Case
from registry_client import ClaimReference, Tokens

Report = dict[str, Any]
_CLAIMANTS = frozenset({"E2", "E3"})
_EXCLUSIONS = (
    "carrier_damage",
    "batch_defect",
    "account_takeover",
    "minor_or_family_use",
    "ai_for_translation_crop_or_denoise",
    "platform_filter",
)


def write(case: Case, tokens: Tokens, claim: ClaimReference, today: date) -> Report:
    """Write a report that stands: the act two weeks ago, the buyer heard, a human confirmed, two or three proofs."""
    act, confirmed = today - timedelta(days=14), today - timedelta(days=2)
    return {
        "reference": f"RMA-{case.order.partition(':')[2]}",
        "claim_ref": str(claim),
        "event": {"tokens": tokens.event},
        "nature": "confirmed_fraud",
        "category": case.category,
        "act_ended_on": act.isoformat(),
        "confirmed_on": confirmed.isoformat(),
        "outcome": "refund_paid",
        "amount": {"minor": case.amount, "currency": "CNY"},
        "facts": [case.fact],
        "definition_tests": [f"{case.category}.T1"],
        "identity": {"real_name_account": True, "payment_bound": True},
        "age_band": "21_or_over",
        **_procedure(act, confirmed),
        "evidence": [_artefact(one, case, act, today) for one in case.evidence],
        "identifiers": [_dated(one, act) for one in tokens.identifiers],
    }


def _procedure(act: date, confirmed: date) -> Report:
    """Say how the platform came to its finding: who was heard, who confirmed, what was ruled out, on what basis."""
    reviewer = {"id": "reviewer-3", "role": "dispute_reviewer", "human": True, "confirmed_on": confirmed.isoformat()}
    notice = {
        "sent_on": (act + timedelta(days=3)).isoformat(),
        "answer_due_on": (act + timedelta(days=11)).isoformat(),
        "answer": "none",
    }
    basis = {"mode": "separate_consent", "text_version": "privacy-7.2", "at": _instant(act - timedelta(days=200))}
    return {
        "notice": notice,
        "merchant_heard_on": (act + timedelta(days=5)).isoformat(),
        "investigation": {"opened_by": "agent-7", "reviewers": [reviewer]},
        "exclusions": dict.fromkeys(_EXCLUSIONS, True),
        "legal_basis": basis,
        "impact_assessment": "PIA-2026-04",
    }


def _dated(identifier: Mapping[str, Any], act: date) -> dict[str, Any]:
    """Say since when the number is known to be the buyer's, because numbers are recycled."""
    dates = {"valid_from": (act - timedelta(days=300)).isoformat(), "valid_to": act.isoformat()}
    return dict(identifier) | (dates if identifier["kind"] == "phone" else {})


def _artefact(evidence_class: str, case: Case, act: date, today: date) -> dict[str, Any]:
    """Describe a picture or paper; only its hash leaves the shop."""
    uploaded = evidence_class in _CLAIMANTS
    roles = ("claimant", "captured") if uploaded else ("merchant", "received")
    label = {"state": "generated", "label": "1", "producer": "an image model"} if evidence_class == "E2" else None
    return {
        "artefact_id": f"artefact-{evidence_class}",
        "class": evidence_class,
        "media_type": "image/jpeg",
        "sha256": sha256(f"{case.order}/{evidence_class}".encode()).hexdigest(),
        "bytes": 482_113,
        "capture_channel": "album" if uploaded else "cctv",
        "c2pa": {"present": False},
        "aigc_label": label or {"state": "absent"},
        "custody": [
            {"at": _instant(act), "role": roles[0], "action": roles[1]},
            {"at": _instant(act + timedelta(days=1)), "role": "platform", "action": "hashed"},
        ],
        "disclose": {"mode": "full"},
        "retain_until": (today + timedelta(days=6 * 365)).isoformat(),
    }


def _instant(day: date) -> str:
    return datetime.combine(day, time(9, 30), UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a platform might try, and the code it is refused with."""

    tried: str
    code: str
    spoil: Callable[[Report], None]


def _only_a_detector(report: Report) -> None:
    detector = deepcopy(report["evidence"][0]) | {"class": "E10", "aigc_label": {"state": "absent"}}
    detector["detector"] = [{"name": "example-detector", "version": "3.1", "score": 991_000, "published_fpr": 20_000}]
    report["evidence"] = [detector]


def _a_number_in_words(report: Report) -> None:
    report["facts"] = ["The buyer wrote from 170 0000 0101 that the vase was broken."]


FLAWS = (
    Flaw("a detector's score is the only proof", "not_recordable_detector_score", _only_a_detector),
    Flaw("a statutory 7-day return", "not_recordable_statutory_return", lambda r: r.update(nature="statutory_return")),
    Flaw("the buyer was never heard", "notice_missing", lambda r: r.pop("notice")),
    Flaw("one phone number is all that names the buyer", "phone_alone", lambda r: _keep(r, "phone")),
    Flaw("the buyer was 17", "under_age", lambda r: r.update(age_band="under_18")),
    Flaw("a phone number in the text", "raw_identifier_refused", _a_number_in_words),
)


def _keep(report: Report, kind: str) -> None:
    report["identifiers"] = [one for one in report["identifiers"] if one["kind"] == kind]


def flawed(report: Report) -> Iterator[tuple[Flaw, Report]]:
    """Yield each flaw with a report that has exactly this one."""
    for flaw in FLAWS:
        spoiled = deepcopy(report)
        flaw.spoil(spoiled)
        yield flaw, spoiled
