"""The dependencies of endpoints, as `Annotated` aliases. Transactions are opened here and nowhere else at this edge.

`Reads` and `Writes` have function scope: the transaction commits before the first byte of the answer is sent, so that
a client never reads 2xx for what a crash then takes back.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2

from registry.api.edge import Edge
from registry.api.visits import visit_of
from registry.clock import real_time
from registry.domain.access import Caller, Scope
from registry.domain.events import Act, AuditEvent
from registry.errors import Denied, Unauthenticated
from registry.services import audit
from registry.services.trail import Trail
from registry.store.database import ReadSession, WriteSession
from registry_formats.leaf import LeafType

SIGN_IN = OAuth2(
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl="/oauth/token", scopes={})),
    scheme_name="member",
    description="Client credentials with `private_key_jwt` (RFC 7523); see the operation `issueAccessToken`.",
    auto_error=False,
)


def _edge(request: Request) -> Edge:
    edge: Edge = request.state.edge
    return edge


EdgeDep = Annotated[Edge, Depends(_edge)]


async def _reads(edge: EdgeDep) -> AsyncIterator[ReadSession]:
    async with edge.database.read() as session:
        yield session


async def _writes(edge: EdgeDep) -> AsyncIterator[WriteSession]:
    async with edge.database.write() as session:
        yield session


def _now(edge: EdgeDep) -> datetime:
    return edge.clock()


def _trail(edge: EdgeDep) -> Trail:
    return edge.trail


Reads = Annotated[ReadSession, Depends(_reads, scope="function")]
Writes = Annotated[WriteSession, Depends(_writes, scope="function")]
Now = Annotated[datetime, Depends(_now)]
TrailDep = Annotated[Trail, Depends(_trail)]


async def authenticated(
    request: Request, edge: EdgeDep, authorization: Annotated[str | None, Depends(SIGN_IN)]
) -> Caller:
    """Return the member that calls.

    Errors: Unauthenticated `access_token_missing`, `access_token_invalid`, `access_token_expired`,
    `access_token_revoked`.
    """
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated("access_token_missing")
    caller = edge.access_tokens.verify(token, now=real_time())
    await edge.standing.check(caller)
    visit_of(request.scope).caller = caller
    return caller


def requires(scope: Scope) -> Any:  # noqa: ANN401 - what FastAPI's own Security() returns
    """Demand a scope, as the first parameter of an endpoint.

    Write `caller: Annotated[Caller, requires(Scope.REPORTS_READ)]`, or use one of the aliases below. A refusal is
    recorded.
    """
    return Security(guard(scope), scopes=[scope.value])


def guard(scope: Scope) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """Make the check that `requires` puts before an endpoint; the hot path calls it itself."""

    async def guarded(request: Request, edge: EdgeDep, caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
        if scope in caller.scopes:
            return caller
        await record_denial(edge, {"scope": scope.value}, act=act_of(request, edge, caller))
        raise Denied("scope_missing", facts={"scope": scope.value})

    return guarded


async def record_denial(edge: Edge, content: Mapping[str, str], *, act: Act) -> None:
    """Record what a member tried and may not, in a transaction of its own: that of the request is rolled back."""
    event = AuditEvent(LeafType.DENIED, "access.denied", "denied", content=content)
    async with edge.database.write() as session:
        await audit.record(session, event, act=act, trail=edge.trail)


def act_of(request: Request, edge: Edge, caller: Caller | None) -> Act:
    """Describe this request to the use cases."""
    client = request.scope.get("client")
    address = client[0] if client else ""
    return Act(edge.clock(), visit_of(request.scope).request_id, caller, address=address)


def _act(request: Request, edge: EdgeDep, caller: Annotated[Caller, Depends(authenticated)]) -> Act:
    return act_of(request, edge, caller)


def _stranger(request: Request, edge: EdgeDep) -> Act:
    return act_of(request, edge, None)


ActDep = Annotated[Act, Depends(_act)]
StrangerAct = Annotated[Act, Depends(_stranger)]

ClosureAsker = Annotated[Caller, requires(Scope.CLOSURES_ASK)]
AppealReader = Annotated[Caller, requires(Scope.APPEALS_READ)]
AppealWriter = Annotated[Caller, requires(Scope.APPEALS_WRITE)]
LogReader = Annotated[Caller, requires(Scope.LOG_READ)]
MemberReader = Annotated[Caller, requires(Scope.MEMBER_READ)]
NoticeRecorder = Annotated[Caller, requires(Scope.NOTICES_RECORD)]
NoticeServer = Annotated[Caller, requires(Scope.NOTICES_SERVE)]
OutcomeReader = Annotated[Caller, requires(Scope.OUTCOMES_READ)]
OutcomeWriter = Annotated[Caller, requires(Scope.OUTCOMES_WRITE)]
RecallAcknowledger = Annotated[Caller, requires(Scope.RECALLS_ACKNOWLEDGE)]
ReportReader = Annotated[Caller, requires(Scope.REPORTS_READ)]
ReportWriter = Annotated[Caller, requires(Scope.REPORTS_WRITE)]
ScoreQuerier = Annotated[Caller, requires(Scope.SCORES_QUERY)]
SubjectLinker = Annotated[Caller, requires(Scope.SUBJECT_LINKS_WRITE)]
TokenEvaluator = Annotated[Caller, requires(Scope.TOKENS_EVALUATE)]
WebhookReader = Annotated[Caller, requires(Scope.WEBHOOKS_READ)]
WebhookWriter = Annotated[Caller, requires(Scope.WEBHOOKS_WRITE)]
