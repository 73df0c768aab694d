"""Whether the registry runs: its parts, how far the log is behind, who writes, what waits for members; its epochs."""

import json
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from registry.api.deps import EdgeDep, Now, Reads
from registry.api.edge import Edge
from registry.console.access import Operator, ScreenDep
from registry.console.operators.rooms import draw
from registry.errors import RegistryError
from registry.services import log, log_reads
from registry.services.heartbeats import EVERY, LEASE
from registry.store import operations, readiness

router = APIRouter(prefix="/operator")
_LATELY = timedelta(days=1)
_WRITERS = 25
_CHECKPOINTS = 25


@router.get("")
async def health(_: Operator, edge: EdgeDep, session: Reads, now: Now, screen: ScreenDep) -> Response:
    """Show every part, and what waits."""
    found, behind = await readiness.revision(session), await log.lag(session, now=now)
    writers = await operations.writers(session, now=now, most=_WRITERS, lately=LEASE * 3)
    return draw(
        screen,
        "",
        "operator_health.html",
        revision=(found, edge.facts.revision),
        epochs=edge.facts.epochs,
        operator=await _asked(edge, "status"),
        lag=int(behind.total_seconds()),
        alarm=behind > log.ALARM,
        closed=behind > log.CLOSED,
        unsealed=await operations.unsealed(session),
        backlog=await operations.backlog(session, now=now, lately=_LATELY),
        writers=[one for one in writers if not one.ended],
        silent_after=now - EVERY * 3,
    )


@router.get("/log")
async def logged(_: Operator, edge: EdgeDep, session: Reads, screen: ScreenDep) -> Response:
    """Show the shards of the log, and the newest checkpoints with their witnesses."""
    shards = await log_reads.shards(session, witnessed=edge.facts.witnessed)
    newest = shards[-1].shard.id if shards else 0
    return draw(
        screen,
        "log",
        "operator_log.html",
        shards=list(reversed(shards)),
        checkpoints=await operations.checkpoints(session, shard_id=newest, most=_CHECKPOINTS),
        witnessed=edge.facts.witnessed,
    )


@router.get("/epochs")
async def epochs(_: Operator, edge: EdgeDep, screen: ScreenDep) -> Response:
    """Show the epochs that are live here, and what the key operator has signed for each."""
    manifest = await _asked(edge, "manifest")
    return draw(
        screen,
        "epochs",
        "operator_epochs.html",
        epochs=edge.facts.epochs,
        manifest=manifest,
        written=json.dumps(manifest, indent=2, ensure_ascii=False) if manifest else "",
    )


async def _asked(edge: Edge, what: str) -> dict[str, Any] | None:
    """Ask the key operator; None if it does not answer."""
    try:
        answered = await (edge.operator.manifest() if what == "manifest" else edge.operator.status())
        found: Any = json.loads(answered.content)
    except (RegistryError, ValueError):
        return None
    return found if isinstance(found, dict) else None
