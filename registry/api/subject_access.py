"""Who of the subjects may call what: sessions by an opaque bearer, opened by proofs of control or by a link."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from registry.api.deps import EdgeDep, act_of, record_denial
from registry.api.edge import Edge
from registry.clock import real_time
from registry.domain.events import Act, AuditEvent
from registry.domain.subjects import Subject
from registry.errors import Denied, Unauthenticated
from registry.services import subjects
from registry.services.subjects import Opened
from registry.store.database import WriteSession
from registry_formats.leaf import LeafType

SUBJECT_SIGN_IN = HTTPBearer(
    scheme_name="subject",
    description="The opaque bearer of a subject's session; see the operation `openSubjectSession`.",
    auto_error=False,
)
# What a route says that whoever has a session may call; how much it shows depends on what was proved.
ANY = "subject"


async def recognise(edge: Edge, bearer: str) -> Subject:
    """Return whom a bearer stands for, however it was sent; Unauthenticated `subject_session_missing` for none."""
    if not bearer:
        raise Unauthenticated("subject_session_missing")
    # A session lives in real time: a moved clock must not revive it.
    async with edge.database.write() as session:
        return await subjects.recognise(session, bearer, now=real_time(), desk=edge.subjects)


@asynccontextmanager
async def refusals_kept(edge: Edge, subject: Subject, act: Act) -> AsyncIterator[None]:
    """Record what the rules deny to a person, in a transaction of its own: that of the request is rolled back."""
    try:
        yield
    except Denied as refusal:
        event = AuditEvent(LeafType.DENIED, "access.denied", "denied", content={"code": refusal.code})
        async with edge.database.write() as session:
            await edge.subjects.record(session, subject, event, act=act)
        raise


async def _recognised(
    request: Request,
    edge: EdgeDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(SUBJECT_SIGN_IN)],
) -> AsyncIterator[Subject]:
    subject = await recognise(edge, bearer.credentials if bearer is not None else "")
    async with refusals_kept(edge, subject, act_of(request, edge, None)):
        yield subject


SubjectDep = Annotated[Subject, Security(_recognised, scopes=[ANY])]


class Entrant(NamedTuple):
    """Whoever stands at the door."""

    edge: Edge
    act: Act

    async def enter(self, knock: Callable[[WriteSession], Awaitable[Opened]]) -> Opened:
        """Open a session; a refusal leaves a trace and slows its address down.

        Errors: QuotaExceeded `sign_in_limited`, and what the use case refuses.
        """
        edge, act = self
        edge.failures.check(act.address)
        try:
            async with edge.database.write() as session:
                return await knock(session)
        except Unauthenticated as refusal:
            edge.failures.count(act.address)
            await record_denial(edge, {"code": refusal.code}, act=act)
            raise
