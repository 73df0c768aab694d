"""A copy of everything that is shown here, for machines: what the API tells, in one file."""

import json
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.appeal_models import AppealPage, page
from registry.api.audit.deps import MOST, AuditReads
from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me import explaining, file, looks, recalls
from registry.api.me.appeal_door import Door
from registry.api.me.sessions import SubjectSession
from registry.api.me.wishes import ShownStatement, ShownWarning
from registry.domain.ids import IdentifierKind
from registry.portal.access import ScreenDep, SubjectDep
from registry.portal.looks import attachment
from registry.services import subjects
from registry.services.auditing.looks import Wanted
from registry.services.subjects import statements, warnings
from registry.store.database import ReadSession

router = APIRouter(prefix="/copy")


@router.get("")
async def explain(_: SubjectDep, screen: ScreenDep) -> Response:
    """Say what the copy holds."""
    return screen.page("copy.html")


@router.get("/file")
async def download(
    subject: SubjectDep,
    screen: ScreenDep,
    edge: EdgeDep,
    reads: AuditReads,
    session: Writes,
    act: StrangerAct,
) -> Response:
    """Hand out everything that the contacts proved now may be shown."""
    door = Door(subject, edge, session, act)
    found = await subjects.read(session, subject, act=act, desk=edge.subjects)
    copy: dict[str, Any] = {
        "session": SubjectSession.of(subject, livemode=edge.facts.livemode).model_dump(mode="json"),
        "file": file.shown(found, subject, act.now, edge, screen.language).model_dump(mode="json"),
        "appeals": await _appeals(door),
    }
    if subject.tokens:
        copy |= await _wishes(door)
    if subject.kinds - {IdentifierKind.PHONE}:
        copy |= await _log(door, reads)
    return attachment(json.dumps(copy, ensure_ascii=False, indent=1), f"records-{_day(act.now)}.json")


async def _appeals(door: Door) -> list[dict[str, Any]]:
    livemode = door.edge.facts.livemode
    shown = [await door.page(one.appeal.id) for one in await door.listed()]
    return [AppealPage(**page(one, livemode=livemode)).model_dump(mode="json") for one in shown]


async def _wishes(door: Door) -> dict[str, Any]:
    subject, edge, session, act = door
    said = await statements.read(session, subject, act=act, desk=edge.subjects)
    placed = await warnings.listed(session, subject, act=act, desk=edge.subjects)
    return {
        "statements": [ShownStatement.of(one).model_dump(mode="json") for one in said],
        "warnings": [ShownWarning.of(one).model_dump(mode="json") for one in placed],
    }


async def _log(door: Door, reads: ReadSession) -> dict[str, Any]:
    """Return the score, and the latest looks and recalls; the API leads on from the cursors."""
    subject, edge, session, act = door
    weighed = await subjects.explain(session, subject, act=act, desk=edge.subjects)
    looked = await looks.look_up(subject, reads, session, Wanted(MOST), act=act, edge=edge)
    told = await recalls.follow(subject, reads, session, MOST, None, act=act, edge=edge)
    return {
        "explanation": explaining.shown(weighed, act.now, edge).model_dump(mode="json"),
        "looks": looked.model_dump(mode="json"),
        "recalls": told.model_dump(mode="json"),
    }


def _day(now: datetime) -> str:
    return f"{now:%Y-%m-%d}"
