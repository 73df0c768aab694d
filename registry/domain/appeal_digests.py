"""Digests by which people say what they saw: all evidence of a case, or a draft (SHA-256 in hex over RFC 8785)."""

import hashlib
from collections.abc import Iterable

from registry.domain.appeal_case import Draft
from registry.domain.appeal_corrections import Correction
from registry_formats import canonical


def evidence_digest(sha256s: Iterable[str]) -> str:
    """Return the digest of the sorted list of the artefacts' own hashes."""
    return hashlib.sha256(canonical.dumps(sorted(set(sha256s)))).hexdigest()


def draft_digest(draft: Draft) -> str:
    """Return the digest of all that a draft says."""
    says = draft.correction or Correction()
    told = {
        "act_denied": draft.act_denied,
        "aggravations": None if says.aggravations is None else sorted(says.aggravations),
        "amount_minor": says.amount_minor,
        "automation": list(draft.automation),
        "confidence": says.confidence,
        "evidence": draft.evidence,
        "findings": sorted(draft.findings),
        "reasons": draft.reasons,
        "result": draft.result,
    }
    return hashlib.sha256(canonical.dumps(told)).hexdigest()
