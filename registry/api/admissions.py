"""Admission of members: one operator proposes, another one approves or refuses."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from registry.api.deps import EdgeDep, Reads, Writes
from registry.api.staff_access import Operator, StaffAct, denials_recorded
from registry.api.strings import NoRawIdentifier, PackName, RequestModel, Sentence
from registry.clock import real_time
from registry.domain.access import MemberKind
from registry.domain.admissions import AdmissionState
from registry.errors import NotFound
from registry.services import members
from registry.services.members import Application
from registry.store.admissions import Admission

router = APIRouter(prefix="/v1/members/admissions", tags=["members"])

MOST_CLAIMS = 10_000_000
Title = Annotated[Sentence, StringConstraints(max_length=120, strip_whitespace=True)]
"""The name of a member or of a group."""
_KeyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), NoRawIdentifier]
_Coordinate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]

_ID = "01937d5e-8c00-7a10-8000-0000000000a1"
_KEY: dict[str, JsonValue] = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
_PROPOSED: dict[str, JsonValue] = {
    "name": "Example Mall",
    "group": "Example Holding",
    "kind": "platform",
    "policy": "cn",
    "claims_per_day": 3000,
}
_SHOWN: dict[str, JsonValue] = {
    "admission_id": _ID,
    "state": "proposed",
    **_PROPOSED,
    "key_id": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "proposed_by": "01937d5e-8c00-7a10-8000-0000000000d1",
    "proposed_at": "2026-11-22T09:00:00Z",
    "expires_at": "2026-12-06T09:00:00Z",
    "decided_by": None,
    "member_id": None,
}


class PublicKey(RequestModel):
    """A public key (RFC 7517), Ed25519 or P-256; a private part is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY]})

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: _Coordinate
    y: _Coordinate | None = None
    alg: Literal["EdDSA", "ES256"] | None = None
    kid: _KeyName | None = None
    use: Literal["sig"] | None = None


class ProposedMember(RequestModel):
    """What a member applies with; a group that is new is made when the member is admitted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_PROPOSED, "jwk": _KEY}]})

    name: Title
    group: Title
    kind: MemberKind = MemberKind.PLATFORM
    policy: PackName = "cn"
    claims_per_day: Annotated[int, Field(ge=1, le=MOST_CLAIMS)]
    jwk: PublicKey

    def application(self, packs: Collection[str]) -> Application:
        """Return it as the use cases know it. NotFound `policy_unknown`."""
        check_pack(self.policy, packs)
        jwk = self.jwk.model_dump(exclude_none=True)
        return Application(
            self.name, self.group, jwk, kind=self.kind, policy=self.policy, claims_per_day=self.claims_per_day
        )


class ShownAdmission(BaseModel):
    """An admission as it stands; `key_id` is the thumbprint of the key (RFC 7638), to be compared with the member's."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    admission_id: UUID
    state: AdmissionState
    name: str
    group: str
    kind: MemberKind
    policy: str
    claims_per_day: int
    key_id: str
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    member_id: UUID | None


class Admissions(BaseModel):
    """What waits, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"admissions": [_SHOWN]}]})

    admissions: list[ShownAdmission]


@router.post("", operation_id="proposeMember", summary="Propose a member", status_code=201)
async def propose(by: Operator, wish: ProposedMember, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownAdmission:
    """Propose a member with its first key; another operator has fourteen days to admit it."""
    now, application = act._replace(now=real_time()), wish.application(edge.policies)
    return _shown(await members.propose(session, application, by=by.staff_id, act=now, trail=edge.trail))


@router.get("", operation_id="listAdmissions", summary="List members that were proposed")
async def list_(_: Operator, session: Reads, act: StaffAct) -> Admissions:
    """List what waits for a second operator."""
    found = await members.waiting(session, act=act._replace(now=real_time()))
    return Admissions(admissions=[_shown(one) for one in found])


@router.post("/{admission_id}:approve", operation_id="admitMember", summary="Admit a member that was proposed")
async def approve(by: Operator, admission_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownAdmission:
    """Admit what another operator proposed; from now on the member may sign in."""
    async with denials_recorded(edge, act):
        now = act._replace(now=real_time())
        return _shown(await members.approve(session, admission_id, by=by.staff_id, act=now, trail=edge.trail))


@router.post("/{admission_id}:refuse", operation_id="refuseMember", summary="Refuse a member that was proposed")
async def refuse(by: Operator, admission_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> ShownAdmission:
    """Put an end to a proposal; whoever proposed it may take it back."""
    now = act._replace(now=real_time())
    return _shown(await members.refuse(session, admission_id, by=by.staff_id, act=now, trail=edge.trail))


def check_pack(policy: str, packs: Collection[str]) -> None:
    """Refuse a policy pack that this registry does not have. NotFound `policy_unknown`."""
    if policy not in packs:
        raise NotFound("policy_unknown")


def _shown(one: Admission) -> ShownAdmission:
    return ShownAdmission(
        admission_id=one.id,
        state=one.state,
        name=one.name,
        group=one.group_name,
        kind=one.kind,
        policy=one.policy,
        claims_per_day=one.claims_per_day,
        key_id=one.kid,
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at,
        expires_at=one.standing.expires_at,
        decided_by=one.decided_by,
        member_id=one.member_id,
    )
