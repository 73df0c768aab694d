"""What a member may know about itself."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from registry.api.deps import ActDep, EdgeDep, MemberReader, Reads
from registry.domain.access import Scope
from registry.domain.quotas import Quota
from registry.services import quotas
from registry.store import members

router = APIRouter(prefix="/v1", tags=["members"])


class Profile(BaseModel):
    """A member, as it sees itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "livemode": False,
                    "member_id": "01937d5e-8c00-7a10-8000-000000000001",
                    "group_id": "01937d5e-8c00-7a10-8000-000000000002",
                    "name": "Example Mall",
                    "pseudonym": "m-7k3q9x2d",
                    "policy": "cn",
                    "scopes": ["member:read", "scores:query"],
                    "key_id": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
                }
            ]
        }
    )

    livemode: bool
    member_id: UUID
    group_id: UUID
    name: str
    pseudonym: str
    policy: str
    scopes: list[Scope]
    key_id: str


class QuotaUse(BaseModel):
    """One quota of today: what is allowed, what was used, and the seconds until it is renewed."""

    quota: Quota
    limit: int
    used: int
    remaining: int
    resets_in: int


class Quotas(BaseModel):
    """All quotas of a member."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "livemode": False,
                    "quotas": [{"quota": "queries", "limit": 3300, "used": 12, "remaining": 3288, "resets_in": 41822}],
                }
            ]
        }
    )

    livemode: bool
    quotas: list[QuotaUse]


@router.get("/whoami", operation_id="whoAmI", summary="Show the member and what its token allows")
async def whoami(caller: MemberReader, edge: EdgeDep, session: Reads) -> Profile:
    """Show the calling member."""
    member = await members.get(session, member_id=caller.member_id)
    return Profile(
        livemode=edge.facts.livemode,
        member_id=member.id,
        group_id=member.group_id,
        name=member.name,
        pseudonym=member.pseudonym,
        policy=member.policy,
        scopes=sorted(caller.scopes),
        key_id=caller.key_id,
    )


@router.get("/quota", operation_id="showQuota", summary="Show today's quotas")
async def quota(caller: MemberReader, edge: EdgeDep, session: Reads, act: ActDep) -> Quotas:
    """Show what the calling member may still ask for today."""
    usages = await quotas.usage(session, member_id=caller.member_id, act=act)
    uses = [
        QuotaUse(quota=use.quota, limit=use.limit, used=use.used, remaining=use.remaining, resets_in=use.resets_in)
        for use in usages
    ]
    return Quotas(livemode=edge.facts.livemode, quotas=uses)
