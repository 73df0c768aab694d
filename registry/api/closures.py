"""The closure gate: ask whether the account of the person behind a claim may be closed."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from registry.api.deps import ActDep, ClosureAsker, EdgeDep
from registry.api.hot import Ready
from registry.api.limits import usage_pairs
from registry.api.score_models import PolicyRef, Proof, ScoreRequest
from registry.api.scores import read
from registry.api.strings import Instant, Reference
from registry.domain.closures import ClosureRefusal, ExitRight, Stated
from registry.domain.ids import Purpose

router = APIRouter(prefix="/v1", tags=["closures"])

_CLAIM = "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs"
_TOKEN = "cfr1_wQEAAdHOBs5jMSKhXDw_QYD6VzqUr-gnG-mb4X8OwArmHH6W"  # noqa: S105 - of nobody
_ASKED: dict[str, Any] = {
    "purpose": "Q1",
    "claim_ref": _CLAIM,
    "identifiers": [{"kind": "phone", "tokens": [_TOKEN]}],
    "own_finding_on": "2026-11-20",
    "decision_maker": "staff-17",
    "notice_sent_at": "2026-11-21T08:00:00Z",
    "exit_rights": ["balance", "open_orders", "after_sales", "data_export"],
}
_TOLD: dict[str, Any] = {
    "as_of": "2026-11-21T09:30:00.000Z",
    "case": {
        "decision_maker": "staff-17",
        "exit_rights": ["after_sales", "balance", "data_export", "open_orders"],
        "own_finding": True,
        "reasons_sent": True,
    },
    "claim_ref": _CLAIM,
    "livemode": True,
    "outcome": "closure_refused",
    "policy": {"digest": "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c", "pack": "cn"},
    "purpose": "Q1",
    "query_id": "0193502e-4a00-7c10-8000-0000000000aa",
    "refusals": ["closure_groups_too_few"],
    "score_version": "FRS-1.0",
    "valid_until": None,
    "counter": 18,
    "leaf": "AQEAAAGTUC5KAHwQgAAAAAAAAKo=",
    "salts": {"content": "c2FsdA==", "org": "c2FsdA=="},
    "receipt": "registry/receipt/v1\n…",
}


class ClosureRequest(ScoreRequest):
    """A claim with the person's identifiers, and what the member itself brings; `decision_maker` is never a name."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    own_finding_on: date | None = None
    decision_maker: Reference | None = None
    notice_sent_at: Instant | None = None
    exit_rights: Annotated[tuple[ExitRight, ...], Field(max_length=len(ExitRight))] = ()

    def stated(self) -> Stated:
        """Return what the member states."""
        return Stated(
            found_on=self.own_finding_on,
            decision_maker=self.decision_maker or "",
            notice_sent_at=self.notice_sent_at,
            exit_rights=frozenset(self.exit_rights),
        )


class WeighedCase(BaseModel):
    """What of the member's case holds."""

    decision_maker: str
    exit_rights: list[ExitRight]
    own_finding: bool
    reasons_sent: bool


class ClosureAnswer(Proof):
    """Whether the account may be closed, and until when; otherwise everything that keeps the gate shut.

    Its proof is the receipt.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_TOLD]})

    as_of: str
    case: WeighedCase
    claim_ref: str
    livemode: bool
    outcome: Literal["closure_permitted", "closure_refused"]
    policy: PolicyRef
    purpose: Purpose
    query_id: str
    refusals: list[ClosureRefusal]
    score_version: str
    valid_until: str | None


@router.post(
    "/closures", operation_id="askClosure", summary="Ask whether an account may be closed", response_model=ClosureAnswer
)
async def ask(caller: ClosureAsker, act: ActDep, edge: EdgeDep, request: Request, asked: ClosureRequest) -> Response:
    """Return the receipt that permits to close the account, or a refusal that names each condition that is not met.

    An outcome A5 names the `query_id` of this answer. A retry is a fresh answer with an entry of its own.
    """
    (question,) = await read(edge, {"": asked}, await request.body(), caller=caller, act=act)
    case = asked.stated().weigh(edge.policies[caller.policy], act.now)
    usage = await edge.counter.allowances.spend(caller, 1, act=act)
    return Ready(await edge.counter.ask_closure(question, case), usage_pairs(usage))
