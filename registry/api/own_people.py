"""A member's own people: registered of its own will, so that auditors can tell a look at a colleague."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from registry.api.deps import ActDep, EdgeDep, ScoreQuerier, Writes
from registry.api.score_models import QueriedIdentifier
from registry.api.stored_tokens import stored_tokens
from registry.api.strings import RequestModel
from registry.domain.quotas import Quota
from registry.services import auditing, quotas

router = APIRouter(prefix="/v1", tags=["members"])

_TOKEN = "cfr1_wQEAAdHOBs5jMSKhXDw_QYD6VzqUr-gnG-mb4X8OwArmHH6W"  # noqa: S105 - an example


class OwnPeople(RequestModel):
    """Identifiers of the member's own people, each with a token in every live epoch; none takes all back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"identifiers": [{"kind": "phone", "tokens": [_TOKEN]}]}]}
    )

    identifiers: Annotated[tuple[QueriedIdentifier, ...], Field(max_length=1_000)]


class PeopleRegistered(BaseModel):
    """How many tokens are registered now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"livemode": False, "tokens": 1, "registered_at": "2026-11-21T09:30:00Z"}]}
    )

    livemode: bool
    tokens: int
    registered_at: datetime


@router.put("/own-people", operation_id="registerOwnPeople", summary="Register one's own people")
async def register(
    caller: ScoreQuerier, session: Writes, edge: EdgeDep, act: ActDep, told: OwnPeople
) -> PeopleRegistered:
    """Keep these in the place of those before. Only blind tags are kept, and only auditors use them."""
    await quotas.charge(session, Quota.CHANGES, 1, member_id=caller.member_id, act=act)
    read = [
        stored_tokens(one.tokens, one.kind, peppers=edge.peppers, at=f"/identifiers/{place}/tokens")
        for place, one in enumerate(told.identifiers)
    ]
    stored = [token.stored for tokens in read for token in tokens]
    kept = await auditing.register_people(session, stored, caller=caller, act=act, desk=edge.auditing)
    return PeopleRegistered(livemode=edge.facts.livemode, tokens=kept, registered_at=act.now)
