"""Who of the staff may call what: sessions by an opaque bearer, roles as a typed parameter, refusals recorded."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from registry.api.deps import SIGN_IN, EdgeDep, act_of, authenticated, guard, record_denial
from registry.api.edge import Edge
from registry.clock import real_time
from registry.domain.access import Caller, Scope
from registry.domain.events import Act
from registry.domain.staff import OF_MEMBERS, Role, Staff
from registry.errors import Denied, Unauthenticated
from registry.services import staff as use_cases
from registry.services.staff.sessions import Recognised

STAFF_SIGN_IN = HTTPBearer(
    scheme_name="staff",
    description="The opaque bearer of a staff session; see the operation `openStaffSession`.",
    auto_error=False,
)
# What a route says that any member of staff may call, whatever their roles.
ANY = "staff"


async def _recognised(
    edge: EdgeDep, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(STAFF_SIGN_IN)]
) -> Recognised:
    return await recognise(edge, bearer.credentials if bearer else "")


async def recognise(edge: Edge, bearer: str) -> Recognised:
    """Return whose session this is. Unauthenticated `staff_session_missing`, `…_invalid`, `…_expired`."""
    if not bearer:
        raise Unauthenticated("staff_session_missing")
    # A session lives in real time: a moved clock must not revive it.
    async with edge.database.write() as session:
        return await use_cases.recognise(session, bearer, now=real_time())


RecognisedDep = Annotated[Recognised, Depends(_recognised)]


def _signed_in(recognised: RecognisedDep) -> Staff:
    return recognised.staff


def requires_role(*roles: Role) -> Any:  # noqa: ANN401 - what FastAPI's own Security() returns
    """Demand one of these roles, as the first parameter of an endpoint.

    Write `staff: Annotated[Staff, requires_role(Role.OFFICER)]`, or use one of the aliases below. A refusal is
    recorded. Errors: Denied `role_missing`.
    """
    return Security(_guard(frozenset(roles)), scopes=sorted(roles))


def _guard(roles: frozenset[Role]) -> Callable[..., Coroutine[Any, Any, Staff]]:
    async def guarded(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Staff:
        return await admit(request, edge, recognised, roles)

    return guarded


async def admit(request: Request, edge: Edge, recognised: Recognised, roles: frozenset[Role]) -> Staff:
    """Let in who has one of these roles; a refusal is recorded. Denied `role_missing`."""
    staff = recognised.staff
    if roles & staff.roles:
        return staff
    names = " ".join(sorted(roles))
    await record_denial(edge, {"role": names}, act=staff_act_of(request, edge, staff))
    raise Denied("role_missing", facts={"roles": names})


def requires_either(scope: Scope, role: Role) -> Any:  # noqa: ANN401 - likewise
    """Demand a member with this scope, or one of the staff with this role; refusals as those of either."""
    as_member, as_staff = guard(scope), _guard(frozenset({role}))

    async def guarded(
        request: Request, edge: EdgeDep, authorization: Annotated[str | None, Depends(SIGN_IN)]
    ) -> Caller | Staff:
        kind, _, token = (authorization or "").partition(" ")
        # Access tokens are JWTs, and only they have dots.
        if kind.lower() != "bearer" or not token or "." in token:
            return await as_member(request, edge, await authenticated(request, edge, authorization))
        bearer = HTTPAuthorizationCredentials(scheme=kind, credentials=token)
        return await as_staff(request, edge, await _recognised(edge, bearer))

    return Security(guarded, scopes=[scope.value])


@asynccontextmanager
async def denials_recorded(edge: Edge, act: Act) -> AsyncIterator[None]:
    """Record what a rule denies to somebody whose role lets them in; the request's own transaction is rolled back."""
    try:
        yield
    except Denied as refusal:
        await record_denial(edge, {"code": refusal.code}, act=act)
        raise


def staff_act_of(request: Request, edge: Edge, staff: Staff) -> Act:
    """Describe this request to the use cases."""
    act = act_of(request, edge, None)
    return Act(act.now, act.request_id, operator=str(staff.staff_id), address=act.address)


def _staff_act(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Act:
    return staff_act_of(request, edge, recognised.staff)


StaffAct = Annotated[Act, Depends(_staff_act)]

LogReaderOrAuditor = Annotated[Caller | Staff, requires_either(Scope.LOG_READ, Role.AUDITOR)]
Auditor = Annotated[Staff, requires_role(Role.AUDITOR)]
Officer = Annotated[Staff, requires_role(Role.OFFICER)]
Operator = Annotated[Staff, requires_role(Role.OPERATOR)]
# Their `member_id` is set, and says whose affairs alone they may see.
MemberPerson = Annotated[Staff, requires_role(*OF_MEMBERS)]
MemberAdmin = Annotated[Staff, requires_role(Role.MEMBER_ADMIN)]
Panelist = Annotated[Staff, requires_role(Role.PANEL)]
Reviewer = Annotated[Staff, requires_role(Role.REVIEWER)]
Supervisor = Annotated[Staff, requires_role(Role.SUPERVISOR)]
# Anybody with a session.
SignedIn = Annotated[Staff, Security(_signed_in, scopes=[ANY])]
