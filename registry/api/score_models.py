"""What is asked about people, and what is told."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from registry.api.strings import RequestModel
from registry.domain.ids import Band, IdentifierKind, Protective, Purpose

TOKENS_MOST = 48
CLAIMS_MOST = 500

_EXAMPLE = "cfr1_wQEAAdHOBs5jMSKhXDw_QYD6VzqUr-gnG-mb4X8OwArmHH6W"
_CLAIM = "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs"
_QUESTION: dict[str, Any] = {
    "purpose": "Q1",
    "claim_ref": _CLAIM,
    "identifiers": [{"kind": "phone", "tokens": [_EXAMPLE]}],
}
_TOLD: dict[str, Any] = {
    "as_of": "2026-11-21T09:30:00.000Z",
    "band": "none",
    "claim_ref": _CLAIM,
    "groups": 0,
    "livemode": True,
    "match_strength": "none",
    "matched": [],
    "mitigating": [],
    "permitted_actions": [],
    "policy": {"digest": "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c", "pack": "cn"},
    "protective": [],
    "purpose": "Q1",
    "query_id": "0193502e-4a00-7c10-8000-0000000000aa",
    "reason_codes": [],
    "score": 0,
    "score_version": "FRS-1.0",
    "score_without_own": 0,
    "under_dispute": False,
}
_PROOF: dict[str, Any] = {
    "counter": 17,
    "leaf": "AQEAAAGTUC5KAHwQgAAAAAAAAKo=",
    "salts": {"content": "c2FsdA==", "org": "c2FsdA=="},
    "receipt": "registry/receipt/v1\n…",
}

# 36 bytes as base64url, and nothing else: what is in them is checked by their reader, and only their HMAC is kept.
QueriedToken = Annotated[str, StringConstraints(pattern=r"^cfr1_[A-Za-z0-9_-]{48}$")]
# 32 bytes in their one spelling: the last character has two bits that must be zero.
ClaimRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]


class QueriedIdentifier(RequestModel):
    """One identifier: its kind, and its token in every live epoch."""

    kind: IdentifierKind
    tokens: Annotated[tuple[QueriedToken, ...], Field(min_length=1, max_length=6)]


class ScoreRequest(RequestModel):
    """One open claim and the identifiers of the person who made it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_QUESTION]})

    purpose: Purpose
    claim_ref: ClaimRef
    identifiers: Annotated[tuple[QueriedIdentifier, ...], Field(min_length=1, max_length=8)]


class BatchRequest(RequestModel):
    """Many claims, each with its own purpose and reference."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_QUESTION]}]})

    items: Annotated[tuple[ScoreRequest, ...], Field(min_length=1, max_length=CLAIMS_MOST)]


class PolicyRef(BaseModel):
    """The rules an answer follows."""

    digest: str
    pack: str


class Salts(BaseModel):
    """What opens the two groups of the leaf that the asker may check; base64."""

    content: str
    org: str


class Told(BaseModel):
    """What is told about the person behind one claim: the same fields whether or not anything is known."""

    as_of: str
    band: Band
    claim_ref: str
    groups: int
    livemode: bool
    match_strength: str
    matched: list[IdentifierKind]
    mitigating: list[str]
    permitted_actions: list[str]
    policy: PolicyRef
    protective: list[Protective]
    purpose: Purpose
    query_id: str
    reason_codes: list[str]
    score: Annotated[int, Field(ge=0, le=1000)]
    score_version: str
    score_without_own: Annotated[int, Field(ge=0, le=1000)]
    under_dispute: bool


class Proof(BaseModel):
    """What proves an answer: the leaf of its audit entry, what opens it, and the receipt."""

    counter: int
    leaf: str
    salts: Salts
    receipt: str


class ScoreAnswer(Told, Proof):
    """An answer and its proof."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOLD | _PROOF]})


class Refusal(BaseModel):
    """An item that is not answered, and why."""

    refusal: str


class BatchItem(BaseModel):
    """One item of a batch: what is told or refused, and the salt of its commitment; base64."""

    result: Told | Refusal
    salt: str


class BatchContent(BaseModel):
    """What the batch's leaf commits to: the number of items, the request, the root over the items' commitments."""

    n: int
    request_sha256: str
    root: str


_ITEM = {"result": _TOLD, "salt": "c2FsdA=="}


class BatchAnswer(Proof):
    """Answers in the order of the questions, under one proof."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"content": {"n": 1, "request_sha256": "ab…", "root": "cd…"}, "items": [_ITEM]} | _PROOF]
        }
    )

    content: BatchContent
    items: list[BatchItem]
