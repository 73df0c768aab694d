"""Who may open which page of a member's: a role that means the scope, of a member that has it; nobody else's people."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request, Security

from registry.api.deps import EdgeDep, record_denial
from registry.api.edge import Edge
from registry.api.staff_access import admit, staff_act_of
from registry.console.access import RecognisedDep
from registry.domain.access import Caller, Scope
from registry.domain.events import Act
from registry.domain.member_people import caller_of, roles_for
from registry.domain.staff import Role, Staff
from registry.errors import Denied
from registry.store import members
from registry.store.members import SUSPENDED, Member


@dataclass(frozen=True, slots=True)
class Ours:
    """Somebody at work for their member: as whom the use cases know them, and under which request."""

    person: Staff
    member: Member
    caller: Caller
    act: Act


def requires_scope(scope: Scope) -> Any:  # noqa: ANN401 - what FastAPI's own Security() returns
    """Demand a member's person whose role means this scope, as the first parameter of a page; refusals are recorded.

    Errors: Denied `role_missing`, `member_suspended`, `scope_missing`.
    """
    return Security(_guard(scope), scopes=sorted(roles_for(scope)))


def _guard(scope: Scope) -> Callable[..., Coroutine[Any, Any, Ours]]:
    async def guarded(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Ours:
        person = await admit(request, edge, recognised, roles_for(scope))
        ours = await _ours(edge, person, staff_act_of(request, edge, person))
        if scope not in ours.caller.scopes:
            await record_denial(edge, {"scope": scope.value}, act=ours.act)
            raise Denied("scope_missing", facts={"scope": scope.value})
        return ours

    return guarded


async def _ours(edge: Edge, person: Staff, act: Act) -> Ours:
    if person.member_id is None:
        raise Denied("role_missing")
    async with edge.database.read() as session:
        member = await members.get(session, member_id=person.member_id)
    caller = caller_of(person, group_id=member.group_id, policy=member.policy, granted=member.scopes)
    whose = act._replace(caller=caller)
    if member.status == SUSPENDED:
        await record_denial(edge, {"code": "member_suspended"}, act=whose)
        raise Denied("member_suspended")
    return Ours(person, member, caller, whose)


async def _admin(request: Request, edge: EdgeDep, recognised: RecognisedDep) -> Ours:
    person = await admit(request, edge, recognised, frozenset({Role.MEMBER_ADMIN}))
    return await _ours(edge, person, staff_act_of(request, edge, person))


Insider = Annotated[Ours, requires_scope(Scope.MEMBER_READ)]
ReportReader = Annotated[Ours, requires_scope(Scope.REPORTS_READ)]
ReportWriter = Annotated[Ours, requires_scope(Scope.REPORTS_WRITE)]
AppealReader = Annotated[Ours, requires_scope(Scope.APPEALS_READ)]
AppealWriter = Annotated[Ours, requires_scope(Scope.APPEALS_WRITE)]
OutcomeWriter = Annotated[Ours, requires_scope(Scope.OUTCOMES_WRITE)]
RecallReader = Annotated[Ours, requires_scope(Scope.RECALLS_ACKNOWLEDGE)]
WebhookReader = Annotated[Ours, requires_scope(Scope.WEBHOOKS_READ)]
WebhookWriter = Annotated[Ours, requires_scope(Scope.WEBHOOKS_WRITE)]
# No scope of a machine: a key that could add a key would outlive its own end.
KeyKeeper = Annotated[Ours, Security(_admin, scopes=[Role.MEMBER_ADMIN.value])]
