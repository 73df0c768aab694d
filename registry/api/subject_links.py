"""Members and the people they report: links to a record, statements beside an answer, identities verified afresh."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from registry.api.deps import ActDep, EdgeDep, OutcomeWriter, ScoreQuerier, SubjectLinker, Writes
from registry.api.me.wishes import ShownStatement, Statements
from registry.api.score_models import ClaimRef, QueriedIdentifier
from registry.api.stored_tokens import stored_tokens
from registry.api.strings import RequestModel
from registry.clock import real_time
from registry.domain.ids import Protective
from registry.services.subjects import issue, statements, warnings
from registry_formats import base64url

router = APIRouter(prefix="/v1", tags=["subjects"])

_REPORT = "01937d5e-8c00-7a10-8000-0000000000a1"


def _example(**values: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    return ConfigDict(json_schema_extra={"examples": [values]})


class LinkWanted(RequestModel):
    """The report that the link is to open; one's own."""

    model_config = _example(report_id=_REPORT)

    report_id: UUID


class LinkIssued(BaseModel):
    """A link; its secret is told once, and opens the record once."""

    model_config = _example(
        livemode=False,
        link_id="01937d5e-8c00-7a10-8000-0000000000e2",
        secret="t0fNc2vmVJ1cYHfLr0Yb8mZk0pY4bWq3o5s6u7x8y9A",  # noqa: S106 - an example
        expires_at="2026-11-28T12:00:00Z",
    )

    livemode: bool
    link_id: UUID
    secret: str
    expires_at: datetime


class IdentityVerified(RequestModel):
    """The claim and the identifiers that were asked about, of a person whose identity was verified afresh since."""

    model_config = _example(
        claim_ref="3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs",
        identifiers=[{"kind": "phone", "tokens": ["cfr1_AQGKc1x9pZ0mY7uW3vT5rS8qL2nJ4hG6fD0bA9eC1iK3oM5xZ"]}],
    )

    claim_ref: ClaimRef
    identifiers: Annotated[tuple[QueriedIdentifier, ...], Field(min_length=1, max_length=8)]


class WarningsMet(BaseModel):
    """The warnings that this meets for the member; it is bound by others placed later."""

    model_config = _example(livemode=False, met=["PV-03"])

    livemode: bool
    met: list[Protective]


@router.post(
    "/subject-links", operation_id="issueSubjectLink", summary="Let a person read one's own record", status_code=201
)
async def issue_link(
    caller: SubjectLinker, wanted: LinkWanted, edge: EdgeDep, session: Writes, act: ActDep
) -> LinkIssued:
    """Issue a link that opens this report once, within seven days. It is never proof that anybody was told."""
    issued = await issue(session, wanted.report_id, caller=caller, act=act, now=real_time(), desk=edge.subjects)
    return LinkIssued(
        livemode=edge.facts.livemode, link_id=issued.link_id, secret=issued.secret, expires_at=issued.expires_at
    )


@router.get(
    "/scores/{query_id}/statements", operation_id="listStatements", summary="Read what the person says to an answer"
)
async def list_statements(
    caller: ScoreQuerier, query_id: UUID, edge: EdgeDep, session: Writes, act: ActDep
) -> Statements:
    """Read the person's statements beside the records that an answer to the member rested on."""
    found = await statements.beside(session, query_id, caller=caller, act=act, desk=edge.subjects)
    return Statements(livemode=edge.facts.livemode, statements=[ShownStatement.of(one) for one in found])


@router.post("/identity-checks", operation_id="recordIdentityCheck", summary="Say that an identity was verified afresh")
async def check_identity(
    caller: OutcomeWriter, verified: IdentityVerified, edge: EdgeDep, session: Writes, act: ActDep
) -> WarningsMet:
    """Meet the warnings in favour of a person: they bind the member no more, once it has verified the identity."""
    tokens = [
        token
        for place, one in enumerate(verified.identifiers)
        for token in stored_tokens(one.tokens, one.kind, peppers=edge.peppers, at=f"/identifiers/{place}/tokens")
    ]
    claim_ref = base64url.decode(verified.claim_ref)
    met = await warnings.verify(session, claim_ref, tokens, caller=caller, act=act, desk=edge.subjects)
    return WarningsMet(livemode=edge.facts.livemode, met=list(met))
