"""Whether the process lives (`/healthz`) and whether it can do its work (`/readyz`)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, Reads
from registry.clock import real_time
from registry.errors import Unavailable
from registry.store import readiness

# The log fails closed at 15 minutes (audit-log.md 4): from then on nothing is answered that it could not prove.
LONGEST_LAG_SECONDS = 900

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


class Ready(BaseModel):
    """Every part is there. `worker_lag_s`: age of the oldest entry that is not in the log's tree, in seconds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "revision": "202611211810", "worker_lag_s": 0}]}
    )

    status: str
    revision: str
    worker_lag_s: int


@router.get("/healthz", operation_id="isAlive", summary="Tell whether the process answers")
async def alive() -> Alive:
    """Answer without looking at anything else."""
    return Alive(status="ok")


@router.get("/readyz", operation_id="isReady", summary="Tell whether every part is there")
async def ready(edge: EdgeDep, session: Reads) -> Ready:
    """Look at the database, its schema, the keys and the worker; `not_ready` names what is missing."""
    found = await readiness.revision(session)
    lag = _lag(await readiness.oldest_unsealed(session), real_time())
    if found != edge.facts.revision:
        raise Unavailable("not_ready", facts={"schema": found or "none", "expected": edge.facts.revision})
    if not edge.facts.epochs:
        raise Unavailable("not_ready", facts={"keys": "no pepper"})
    if lag > LONGEST_LAG_SECONDS:
        raise Unavailable("not_ready", facts={"worker_lag_s": lag})
    return Ready(status="ready", revision=found, worker_lag_s=lag)


def _lag(oldest: datetime | None, now: datetime) -> int:
    return max(0, int((now - oldest).total_seconds())) if oldest is not None else 0
