"""Who of the staff may call what: sessions by an opaque bearer, roles as a typed parameter, refusals recorded."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from registry.api.deps import EdgeDep, act_of, record_denial
from registry.api.edge import Edge
from registry.clock import real_time
from registry.domain.events import Act
from registry.domain.staff import Role, Staff
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
    if bearer is None or not bearer.credentials:
        raise Unauthenticated("staff_session_missing")
    # A session lives in real time: a moved clock must not revive it.
    async with edge.database.write() as session:
        return await use_cases.recognise(session, bearer.credentials, now=real_time())


RecognisedDep = Annotated[Recognised, Depends(_recognised)]


def _signed_in(recognised: RecognisedDep) -> Staff:
    return recognised.staff


def requires_role(*roles: Role) -> Any:  # noqa: ANN401 - what FastAPI's own Security() returns
    """Demand one of these roles, as the first parameter of an endpoint.

    Write `staff: Annotated[Staff, requires_role(Role.OFFICER)]`, or use one of the aliases below. A refusal is
    recorded. Errors: Denied `role_missing`, `password_change_due`.
    """
    return Security(_guard(frozenset(roles)), scopes=sorted(roles))


def _guard(roles: frozenset[Role]) -> Callable[..., Coroutine[Any, Any, Staff]]:
    async def guarded(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Staff:
        staff = recognised.staff
        if recognised.one_time:
            raise Denied("password_change_due")
        if roles & staff.roles:
            return staff
        names = " ".join(sorted(roles))
        await record_denial(edge, {"role": names}, act=staff_act_of(request, edge, staff))
        raise Denied("role_missing", facts={"roles": names})

    return guarded


def staff_act_of(request: Request, edge: Edge, staff: Staff) -> Act:
    """Describe this request to the use cases."""
    act = act_of(request, edge, None)
    return Act(act.now, act.request_id, operator=str(staff.staff_id), address=act.address)


def _staff_act(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Act:
    return staff_act_of(request, edge, recognised.staff)


StaffAct = Annotated[Act, Depends(_staff_act)]

Auditor = Annotated[Staff, requires_role(Role.AUDITOR)]
Officer = Annotated[Staff, requires_role(Role.OFFICER)]
Operator = Annotated[Staff, requires_role(Role.OPERATOR)]
Panelist = Annotated[Staff, requires_role(Role.PANEL)]
Reviewer = Annotated[Staff, requires_role(Role.REVIEWER)]
Supervisor = Annotated[Staff, requires_role(Role.SUPERVISOR)]
# Anybody with a session, also one that may do nothing yet but choose a password.
SignedIn = Annotated[Staff, Security(_signed_in, scopes=[ANY])]
