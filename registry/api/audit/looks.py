"""Who looked at a person."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from registry.api.audit.deps import Before, Limit, Reasoned, SightDep, auditors_router, next_cursor
from registry.api.audit.models import (
    AT,
    CURSOR,
    ENTRY_ID,
    MEMBER,
    SUBJECT_TAG,
    OpenedGroup,
    ShownMember,
    TypeName,
    asked,
    base64,
    example,
    instant,
    opened,
    shown_member,
    type_name,
)
from registry.api.deps import EdgeDep
from registry.api.strings import Sha256Hex
from registry.domain.audit_filters import SUBJECTS_MOST, Filter
from registry.services import auditing
from registry.services.auditing.looks import Wanted
from registry.services.auditing.opening import OpenedItem
from registry_formats.leaf import Group, LeafType

router = auditors_router()

_ORG: dict[str, JsonValue] = {
    "state": "ok",
    "salt": "c2FsdA==",
    "detail": {"action": "score.query", "legal_basis": "open_claim", "purpose": "Q1"},
}
_CONTENT: dict[str, JsonValue] = {"state": "ok", "salt": "c2FsdA==", "detail": {"answer": {"band": "none"}}}


class LooksWanted(Reasoned):
    """Whom it is about: tags of one person, taken from an entry, or a case; and why it is asked."""

    model_config = asked(subjects=[SUBJECT_TAG])

    subjects: Annotated[tuple[Sha256Hex, ...], Field(max_length=SUBJECTS_MOST)] = ()
    case: UUID | None = None

    def filter(self) -> Filter:
        """Return it as the use cases know it."""
        return Filter(subjects=tuple(bytes.fromhex(tag) for tag in self.subjects), case=self.case)


class ShownItem(BaseModel):
    """The claim of a batch that was about the person; `path` leads to the root in the batch's own content."""

    item_id: UUID
    position: int
    purpose: str
    content: OpenedGroup
    path: list[str] | None


class ShownLook(BaseModel):
    """One look: when, by whom, why, on what basis, and what was told.

    `org` and `content` open the leaf's commitments, `proof` shows that the leaf is in the log. Nothing here says which
    clerk it was.
    """

    look_id: UUID
    entry_id: UUID
    type: TypeName
    at: datetime
    member: ShownMember | None
    purpose: str
    legal_basis: str
    leaf: str
    org: OpenedGroup
    content: OpenedGroup
    item: ShownItem | None
    proof: str | None


class LooksPage(BaseModel):
    """Looks, newest first."""

    model_config = example(
        livemode=False,
        looks=[
            {
                "look_id": ENTRY_ID,
                "entry_id": ENTRY_ID,
                "type": "query",
                "at": AT,
                "member": MEMBER,
                "purpose": "Q1",
                "legal_basis": "open_claim",
                "leaf": "AQEAAAGTUC5KAHwQgAAAAAAAAKo=",
                "org": _ORG,
                "content": _CONTENT,
                "item": None,
                "proof": "c2sp.org/tlog-proof@v1\nindex 41\n…",
            }
        ],
        next_cursor=CURSOR,
    )

    livemode: bool
    looks: list[ShownLook]
    next_cursor: str | None


def shown_look(look: auditing.Look) -> ShownLook:
    """Shape a look, for the subject as for the auditor."""
    entry, sealed = look.entry, look.entry.sealed
    org = entry.openings.get(Group.ORG)
    said = org.detail if org else {}
    item = entry.item
    return ShownLook(
        look_id=look.id,
        entry_id=sealed.id,
        type=type_name(LeafType(entry.leaf.kind)),
        at=instant(entry.leaf.t_ms),
        member=shown_member(sealed.member_id, sealed.member_name),
        purpose=item.purpose if item else str(said.get("purpose", "")),
        legal_basis=str(said.get("legal_basis", "")),
        leaf=base64(sealed.leaf),
        org=opened(entry.states[Group.ORG], org),
        content=opened(entry.states[Group.CONTENT], entry.openings.get(Group.CONTENT)),
        item=_item(item) if item else None,
        proof=look.proof,
    )


def _item(item: OpenedItem) -> ShownItem:
    path = None if item.path is None else [base64(one) for one in item.path]
    return ShownItem(
        item_id=item.id,
        position=item.position,
        purpose=item.purpose,
        content=opened(item.state, item.opening),
        path=path,
    )


@router.post("/looks", operation_id="listLooks", summary="List who looked at a person")
async def looks(
    sight: SightDep,
    edge: EdgeDep,
    wanted: LooksWanted,
    before: Before,
    limit: Limit = 25,
) -> LooksPage:
    """List every look at a person, each with what proves it."""
    asking = Wanted(limit, before)
    found = await auditing.look_up(sight, wanted.filter(), asking, because=wanted.because())
    return LooksPage(
        livemode=edge.facts.livemode,
        looks=[shown_look(one) for one in found.looks],
        next_cursor=next_cursor(found.looks[-1].id) if found.more else None,
    )
