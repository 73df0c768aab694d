"""Who looked at me, what they were told, and who was told of a change: each with its proof, to be taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from registry.api import cursors
from registry.api.audit.deps import AuditReads, Before
from registry.api.audit.looks import ShownLook
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me import looks, recalls
from registry.api.strings import Cursor
from registry.domain.actions import ACTION_TEXT
from registry.domain.appeal_files import Side
from registry.domain.ids import Band
from registry.errors import NotFound
from registry.portal import words
from registry.portal.access import ScreenDep, SubjectDep
from registry.services.auditing.looks import Wanted
from registry.services.subjects.desk import LEGAL_BASIS

router = APIRouter()
EACH = 40
_OWN = ("subject.", "subject_link.")
OWN_BASES = frozenset({"subject", LEGAL_BASIS})


@dataclass(frozen=True, slots=True)
class Told:
    """A look in words.

    Args:
        id: of the look.
        at: when.
        who: the member; None for the registry, or oneself.
        own: it was oneself.
        by_link: it was somebody with a member's link, which proves nothing: the member may have opened it itself.
        what: was done, to be translated.
        why: likewise.
        band: what was answered, if it was a question about the person.
        score: likewise.
        proved: its proof is ready.
    """

    id: UUID
    at: datetime
    who: str | None
    own: bool
    by_link: bool
    what: str
    why: str
    band: str
    score: int | None
    proved: bool

    @classmethod
    def of(cls, look: ShownLook) -> "Told":
        """Read what the log says; of what was erased it says only that it was."""
        action = str((look.org.detail or {}).get("action", ""))
        content = (look.item.content if look.item else look.content).detail or {}
        answer, by_link = _answer(content), bool(content.get("link_issuer"))
        mine = action.startswith(_OWN) or look.legal_basis in OWN_BASES or content.get("by") == Side.SUBJECT
        return cls(
            id=look.look_id,
            at=look.at,
            who=look.member.name if look.member else None,
            own=mine and not by_link,
            by_link=by_link,
            what=words.LOOK_TEXT.get(action, words.OTHER_LOOK),
            why=words.PURPOSE_TEXT.get(look.purpose, ""),
            band=words.BAND_TEXT[Band(answer["band"])] if "band" in answer else "",
            score=answer.get("score"),
            proved=look.proof is not None,
        )


@router.get("/looks")
async def show(
    subject: SubjectDep,
    screen: ScreenDep,
    edge: EdgeDep,
    reads: AuditReads,
    session: Writes,
    act: StrangerAct,
    before: Before,
) -> Response:
    """List every look at the person, newest first."""
    found = await looks.look_up(subject, reads, session, Wanted(EACH, before), act=act, edge=edge)
    told = [Told.of(one) for one in found.looks]
    return screen.page(
        "looks.html",
        groups=[(own, list(some)) for own, some in groupby(told, key=attrgetter("own"))],
        unproved=not all(one.proved for one in told),
        withheld=found.withheld,
        next=found.next_cursor,
        first=before is None,
    )


@router.get("/looks/{look_id}/proof")
async def prove(
    subject: SubjectDep, look_id: UUID, edge: EdgeDep, reads: AuditReads, session: Writes, act: StrangerAct
) -> Response:
    """Hand over what proves a look, to be checked without the registry (docs/auditors.md)."""
    # Ids are in the order of time: the one look that precedes the next id.
    wanted = Wanted(1, UUID(int=min(look_id.int + 1, 2**128 - 1)))
    found = await looks.look_up(subject, reads, session, wanted, act=act, edge=edge)
    if not found.looks or found.looks[0].look_id != look_id:
        raise NotFound("record_unknown")
    return attachment(found.looks[0].model_dump_json(indent=1), f"look-{look_id}.json")


@router.get("/changes")
async def changes(
    subject: SubjectDep,
    screen: ScreenDep,
    edge: EdgeDep,
    reads: AuditReads,
    session: Writes,
    act: StrangerAct,
    cursor: Cursor | None = None,
) -> Response:
    """List which members were told of a change, and what they must do or have done since."""
    before = cursors.decode(cursor, at="cursor")
    found = await recalls.follow(subject, reads, session, EACH, before, act=act, edge=edge)
    return screen.page(
        "changes.html", chains=found.recalls, next=found.next_cursor, first=cursor is None, actions=ACTION_TEXT
    )


def attachment(content: str, name: str) -> Response:
    """Hand out JSON to be kept."""
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type="application/json")


def _answer(content: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = content.get("answer", content)
    return answer if isinstance(answer, Mapping) else {}
