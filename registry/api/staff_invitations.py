"""Invitations: made by who is in charge, shown to and taken up by whoever has the link."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr

from registry.api import staff_door
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.staff_access import StaffAct, denials_recorded
from registry.api.staff_models import (
    ACCOUNT,
    AT,
    LINK,
    Code,
    Countersign,
    InCharge,
    LoginName,
    Password,
    SessionOpened,
    StaffAccount,
    account_of,
    example,
    opened_as,
)
from registry.api.strings import RequestModel
from registry.clock import real_time
from registry.domain.staff import Role
from registry.services import staff as use_cases
from registry.services.staff import Invitation, Newcomer, Presented

router = APIRouter(prefix="/v1/staff", tags=["staff"])

Secret = Annotated[SecretStr, Field(min_length=1, max_length=64)]
_SECRET = LINK.rpartition("/")[2]


class Invite(RequestModel):
    """Who is invited to what; a member's administrator invites to the member, whatever is said here."""

    model_config = example(name="lin.wei", roles=["officer"], member_id=None)

    name: LoginName
    roles: Annotated[list[Role], Field(min_length=1, max_length=4)]
    member_id: UUID | None = None


class InvitationMade(BaseModel):
    """An invitation; its link is told once."""

    model_config = example(account=ACCOUNT, link=LINK, expires_at=AT)

    account: StaffAccount
    link: str
    expires_at: datetime


class InvitationAsked(RequestModel):
    """The last part of a link."""

    model_config = example(secret=_SECRET)

    secret: Secret


class InvitationShown(BaseModel):
    """What a link is for, and the secret of codes that its owner may take into an authenticator app."""

    model_config = example(
        name="lin.wei",
        roles=["officer"],
        otpauth="otpauth:secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        expires_at=AT,
        countersign_needed=False,
    )

    name: str
    roles: list[Role]
    otpauth: str
    expires_at: datetime
    countersign_needed: bool


class Acceptance(RequestModel):
    """A password of one's own choice, and a code that shows that the app has the secret."""

    model_config = example(secret=_SECRET, password="a long sentence", code="482915", countersign="")  # noqa: S106 - an example

    secret: Secret
    password: Password
    code: Code
    countersign: Countersign = ""


@router.post("/invitations", operation_id="inviteStaff", summary="Invite somebody", status_code=201)
async def invite(by: InCharge, wish: Invite, edge: EdgeDep, session: Writes, act: StaffAct) -> InvitationMade:
    """Add an account with roles that are yours to give, and get the link for its owner."""
    newcomer = Newcomer(wish.name, frozenset(wish.roles), by.member_id or wish.member_id)
    async with denials_recorded(edge, act):
        made = await use_cases.invite(session, newcomer, act=act, now=real_time(), desk=edge.staff, by=by)
    return made_as(made)


@router.post("/{staff_id}:invite", operation_id="inviteStaffAgain", summary="Make another link")
async def invite_again(by: InCharge, staff_id: UUID, edge: EdgeDep, session: Writes, act: StaffAct) -> InvitationMade:
    """Make another link for somebody who has taken up none; the one before ends."""
    async with denials_recorded(edge, act):
        made = await use_cases.invite_again(session, staff_id, act=act, now=real_time(), desk=edge.staff, by=by)
    return made_as(made)


@router.post("/invitations:show", operation_id="showInvitation", summary="Show what a link is for")
async def show(asked: InvitationAsked, edge: EdgeDep, session: Writes, act: StrangerAct) -> InvitationShown:
    """Show whose account a link opens, and the secret of codes; that it was opened is recorded."""
    secret = asked.secret.get_secret_value()
    found = await use_cases.show(session, secret, act=act, now=real_time(), desk=edge.staff)
    return InvitationShown(
        name=found.account.name,
        roles=sorted(found.account.roles),
        otpauth=found.otpauth,
        expires_at=found.expires_at,
        countersign_needed=found.countersigned,
    )


@router.post("/invitations:accept", operation_id="acceptInvitation", summary="Take up an invitation", status_code=201)
async def accept(chosen: Acceptance, edge: EdgeDep, act: StrangerAct) -> SessionOpened:
    """Choose a password, prove that the app works, and be signed in; the link ends."""
    presented = Presented(chosen.secret.get_secret_value(), chosen.countersign)
    return opened_as(await staff_door.accept(edge, presented, chosen.password, chosen.code, act=act))


def made_as(made: Invitation) -> InvitationMade:
    """Shape an invitation."""
    return InvitationMade(account=account_of(made.account), link=made.link, expires_at=made.expires_at)
