"""Have blinded identifiers evaluated by the key operator: neither it nor the registry sees what they are."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from registry.api.deps import ActDep, EdgeDep, TokenEvaluator, record_denial
from registry.api.examples import MANIFEST, example
from registry.api.limits import usage_headers
from registry.api.operators import Answered
from registry.api.strings import NoRawIdentifier, RequestModel
from registry.errors import Denied

router = APIRouter(prefix="/v1", tags=["tokens"])

ELEMENTS_MOST = 256
_ELEMENT = "XKcLkgpPuqAV64raeeRCsPjUPzk99t4LdyKi40uq5kg"
_KEY_ID = "f-Z8HljG8rk"

# Base64url of so many bytes exactly: nothing but bytes fits, and the operator refuses any that are not an element.
Element = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
# Eleven characters could also be eleven digits.
Bytes8 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{11}$"), NoRawIdentifier]
Bytes16 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
Bytes64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{86}$")]
MemberId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

_REQUEST: dict[str, Any] = {
    "member": "0193502e-4a00-7c10-8000-0000000000aa",
    "key_id": _KEY_ID,
    "ts_ms": 1795253400000,
    "nonce": "AAECAwQFBgcICQoLDA0ODw",
    "blinded": [_ELEMENT],
    "sig": "A" * 86,
}


class EvaluationRequest(RequestModel):
    """A batch of blinded elements of one key, signed by the member for the operator."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    member: MemberId
    key_id: Bytes8
    ts_ms: Annotated[int, Field(ge=0, lt=2**53, strict=True)]
    nonce: Bytes16
    blinded: Annotated[tuple[Element, ...], Field(min_length=1, max_length=ELEMENTS_MOST)]
    sig: Bytes64


class Evaluation(BaseModel):
    """The operator's evaluations in the order asked, with one DLEQ proof for all (RFC 9497 section 2.2)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"operator": "operator-1", "key_id": _KEY_ID, "evaluated": [_ELEMENT], "proof": "A" * 86}]
        }
    )

    operator: str
    key_id: str
    evaluated: list[str]
    proof: str


@router.post(
    "/tokens:evaluate", operation_id="evaluateTokens", summary="Evaluate blinded elements", response_model=Evaluation
)
async def evaluate(
    caller: TokenEvaluator, act: ActDep, edge: EdgeDep, request: Request, asked: EvaluationRequest
) -> Response:
    """Forward a signed batch to the key operator, unchanged, and its answer back.

    Both the registry and the operator charge each element to the member's day before anything is evaluated.
    """
    if asked.member != str(caller.member_id):
        await record_denial(edge, {"code": "member_differs"}, act=act)
        raise Denied("member_differs")
    usage = await edge.evaluations.spend(caller, len(asked.blinded), act=act)
    return _passed_on(await edge.operator.evaluate(await request.body()), usage_headers(usage))


@router.get(
    "/tokens/manifest",
    operation_id="showManifest",
    summary="Show the signed commitment to all live keys",
    responses=example(MANIFEST),
)
async def manifest(edge: EdgeDep) -> Response:
    """Return the operators' manifest as they signed it. A client accepts it only by the rules of docs/tokens.md."""
    return _passed_on(await edge.operator.manifest(), {"cache-control": "public, max-age=60"})


def _passed_on(answered: Answered, headers: Mapping[str, str]) -> Response:
    return Response(answered.content, headers={**headers, **answered.headers}, media_type="application/json")
