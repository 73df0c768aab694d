"""The audit log for those who do not trust us: checkpoint, inclusion, consistency (C2SP tlog formats)."""

from base64 import b64encode
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from registry.api.deps import ActDep, EdgeDep, LogReader, Reads, TrailDep, Writes, requires
from registry.domain.access import Scope
from registry.services import log_reads

router = APIRouter(prefix="/v1/log", tags=["log"])

_CHECKPOINT = "registry.example/audit/2026h2.1\n7\nqL1c…=\n\n— registry.example/audit/2026h2.1 Az3g…\n"
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"example": _CHECKPOINT}}}}
_FILE = f"c2sp.org/tlog-proof@v1\nindex 3\n…\n\n{_CHECKPOINT}"
_PROOF: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"example": _FILE}}}}


class Consistency(BaseModel):
    """The hashes that lead from an earlier tree to a signed one, base64, and the signed checkpoint."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hashes": ["qL1c…="], "checkpoint": _CHECKPOINT}]})

    hashes: list[str]
    checkpoint: str


@router.get(
    "/checkpoint",
    operation_id="showCheckpoint",
    summary="Show the newest signed checkpoint",
    response_class=PlainTextResponse,
    responses=_TEXT,
)
async def checkpoint(edge: EdgeDep, session: Reads) -> str:
    """Return how far the log has grown, signed. Public: everybody must be shown the same one."""
    return await log_reads.checkpoint(session, witnessed=edge.facts.witnessed)


@router.get(
    "/proofs/inclusion",
    operation_id="proveInclusion",
    summary="Prove that an entry is in the log",
    response_class=PlainTextResponse,
    responses=_PROOF,
)
async def inclusion(
    caller: LogReader,
    session: Writes,
    act: ActDep,
    trail: TrailDep,
    entry_id: Annotated[UUID, Query(examples=["0193502e-4a00-7c10-8000-0000000000aa"])],
) -> str:
    """Return a proof file that convinces a stranger; `entry_not_sealed` until a checkpoint covers the entry."""
    return await log_reads.prove_to_member(session, entry_id=entry_id, member_id=caller.member_id, act=act, trail=trail)


@router.get(
    "/proofs/consistency",
    operation_id="proveConsistency",
    summary="Prove that an earlier tree is the beginning of a later one",
    dependencies=[requires(Scope.LOG_READ)],
)
async def consistency(
    edge: EdgeDep,
    session: Reads,
    old: Annotated[int, Query(ge=1, lt=2**63, examples=[3])],
    new: Annotated[int | None, Query(ge=1, lt=2**63, examples=[7])] = None,
    shard: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[0-9]{4}h[12]\.[1-9][0-9]{0,3}$")] | None,
        Query(examples=["2026h2.1"]),
    ] = None,
) -> Consistency:
    """Return the proof from a size seen earlier to a signed one; size and tree are the newest if not named."""
    witnessed = edge.facts.witnessed
    hashes, note = await log_reads.prove_consistency(session, old=old, new=new, shard=shard, witnessed=witnessed)
    return Consistency(hashes=[b64encode(one).decode() for one in hashes], checkpoint=note)
