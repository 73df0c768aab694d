"""What the endpoints of staff share: who is in charge, the shapes of what is typed, and of accounts and sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, StringConstraints

from registry.api.staff_access import requires_role
from registry.api.strings import NoRawIdentifier
from registry.domain.staff import LOGIN_NAME, Role, Staff
from registry.services.staff import Opened
from registry.store.staff import Account

LoginName = Annotated[str, StringConstraints(pattern=LOGIN_NAME), NoRawIdentifier]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
# 16 letters and digits of base 32, in groups or not; empty where none is needed.
Countersign = Annotated[str, StringConstraints(pattern=r"^(?: *(?:[A-Za-z2-7]{4}[- ]*){4})?$")]
Password = Annotated[SecretStr, Field(min_length=1, max_length=256)]
InCharge = Annotated[Staff, requires_role(Role.MEMBER_ADMIN, Role.OPERATOR, Role.SUPERVISOR)]

ID = "01937d5e-8c00-7a10-8000-0000000000d1"
RECOVERY = "01937d5e-8c00-7a10-8000-0000000000d3"
SESSION = "01937d5e-8c00-7a10-8000-0000000000d2"
AT = "2026-11-21T00:00:00Z"
LINK = "https://registry.example/console/invitation/t0fNc2vmVJ1cYHfLr0Yb8mZk0pY4bWq3o5s6u7x8y9A"
SIGNED: dict[str, JsonValue] = {"staff_id": ID, "name": "lin.wei", "roles": ["officer", "reviewer"], "member_id": None}
ACCOUNT: dict[str, JsonValue] = {**SIGNED, "status": "active", "created_at": AT, "suspended_at": None}


def example(**values: JsonValue) -> ConfigDict:
    """Show an instance in the API's description."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class SessionOpened(BaseModel):
    """A session; its bearer is told once."""

    model_config = example(
        session_id=SESSION,
        bearer="t0fNc2vmVJ1cYHfLr0Yb8mZk0pY4bWq3o5s6u7x8y9A",
        name="lin.wei",
        roles=["officer", "reviewer"],
        expires_at=AT,
    )

    session_id: UUID
    bearer: str
    name: str
    roles: list[Role]
    expires_at: datetime


class StaffAccount(BaseModel):
    """An account."""

    model_config = example(**ACCOUNT)

    staff_id: UUID
    name: str
    roles: list[Role]
    member_id: UUID | None
    status: str
    created_at: datetime
    suspended_at: datetime | None


def account_of(one: Account) -> StaffAccount:
    """Shape an account."""
    return StaffAccount(
        staff_id=one.id,
        name=one.name,
        roles=sorted(one.roles),
        member_id=one.member_id,
        status=one.status,
        created_at=one.created_at,
        suspended_at=one.suspended_at,
    )


def opened_as(opened: Opened) -> SessionOpened:
    """Shape a session that was opened."""
    return SessionOpened(
        session_id=opened.session_id,
        bearer=opened.bearer,
        name=opened.name,
        roles=sorted(opened.roles),
        expires_at=opened.expires_at,
    )
