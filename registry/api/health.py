"""Whether the process lives (`/healthz`) and whether it can do its work (`/readyz`)."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from registry.api.deps import EdgeDep, Reads
from registry.errors import Unavailable
from registry.services import log
from registry.store import readiness

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


class Ready(BaseModel):
    """Every part is there. `worker_lag_s`: age of the oldest entry that no signed checkpoint covers, in seconds.

    `status` is `late` from a minute on: the operator must act before nothing is disclosed any more.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "revision": "202611212320", "worker_lag_s": 0}]}
    )

    status: Literal["ready", "late"]
    revision: str
    worker_lag_s: int


@router.get("/healthz", operation_id="isAlive", summary="Tell whether the process answers")
async def alive() -> Alive:
    """Answer without looking at anything else."""
    return Alive(status="ok")


@router.get("/readyz", operation_id="isReady", summary="Tell whether every part is there")
async def ready(edge: EdgeDep, session: Reads) -> Ready:
    """Look at the database, its schema, the keys and the worker; `not_ready` names what is missing."""
    found, behind = await readiness.revision(session), await log.lag(session, now=edge.clock())
    if found != edge.facts.revision:
        raise Unavailable("not_ready", facts={"schema": found or "none", "expected": edge.facts.revision})
    if not edge.facts.epochs:
        raise Unavailable("not_ready", facts={"keys": "no pepper"})
    seconds = int(behind.total_seconds())
    if behind > log.CLOSED:
        raise Unavailable("not_ready", facts={"worker_lag_s": seconds})
    return Ready(status="late" if behind > log.ALARM else "ready", revision=found, worker_lag_s=seconds)
