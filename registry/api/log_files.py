"""The log as files at fixed paths, so that any tool of others can read and check it (C2SP tlog-tiles).

A directory that was copied from here has the same layout. Checkpoints and tiles are for everybody, because everybody
must be shown the same; entry bundles show who does how much of what, so they are for members and auditors.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, StringConstraints

from registry.api.deps import EdgeDep, Reads
from registry.api.edge import Facts
from registry.api.staff_access import LogReaderOrAuditor
from registry.errors import NotFound
from registry.services import log_reads
from registry_formats.cosignatures import CosignatureType, CosignerKey
from registry_formats.notes import VerifierKey


class File(APIRoute):
    """A route whose path names a file: a name that no file can have is a file that is missing."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's own handler."""
        handle = super().get_route_handler()

        async def found(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                raise NotFound("tile_missing") from None

        return found


router = APIRouter(prefix="/log", tags=["log"], route_class=File)

_ORIGIN = "registry.example/audit/2026h2.1"
_CHECKPOINT = f"{_ORIGIN}\n7\nqL1c…=\n\n— {_ORIGIN} Az3g…\n— witness.example/w1 jWbP…\n"
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"example": _CHECKPOINT}}}}
_BINARY: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "…"}}}
}
_OCTETS = "application/octet-stream"
_OPEN = {"cross-origin-resource-policy": "cross-origin"}
_SOON = _OPEN | {"cache-control": "public, max-age=1"}
_FOR_EVER = "max-age=31536000, immutable"
_INDEX = r"(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/[0-9]{1,3})?"

ShardName = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}h[12]\.[1-9][0-9]{0,3}$"), Path(examples=["2026h2.1"])]
Level = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}$"), Path(examples=["0"])]
Index = Annotated[str, StringConstraints(pattern=rf"^{_INDEX}$"), Path(examples=["x001/x234/067", "000.p/7"])]


class Shard(BaseModel):
    """One tree of the log; `path` stands before the paths of its files, `vkey` verifies its checkpoints.

    `ml_dsa_vkey` verifies the log's own post-quantum cosignature, which stands beside those of its witnesses.
    """

    origin: str
    path: str
    vkey: str
    ml_dsa_vkey: str | None
    size: int


class Shards(BaseModel):
    """All trees, oldest first; a new one begins each half-year, and after a backup was restored.

    `vkey` is one key for all of them: what a witness is told.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "vkey": "registry.example/audit+91d5b1c8+AVPl3Fcu8qB5qgW7Z9mYhW1w3vT0qkq2p4n6s8x0B2D4",
                    "shards": [
                        {
                            "origin": _ORIGIN,
                            "path": "/log/2026h2.1",
                            "vkey": f"{_ORIGIN}+5b16a4e2+AVPl3Fcu8qB5qgW7Z9mYhW1w3vT0qkq2p4n6s8x0B2D4",
                            "ml_dsa_vkey": None,
                            "size": 7,
                        }
                    ],
                }
            ]
        }
    )

    vkey: str
    shards: list[Shard]


@router.get("/shards", operation_id="listShards", summary="List the trees of the log")
async def shards(edge: EdgeDep, session: Reads, response: Response) -> Shards:
    """List where each tree is, and how far it is shown."""
    response.headers.update(_SOON)
    family = VerifierKey(f"{edge.facts.realm}/audit", edge.facts.log_public_key).encode()
    shown = await log_reads.shards(session, witnessed=edge.facts.witnessed)
    return Shards(vkey=family, shards=[_shard(edge.facts, one) for one in shown])


def _shard(facts: Facts, one: log_reads.Shown) -> Shard:
    origin, ml_dsa = one.shard.origin, facts.log_ml_dsa_public_key
    return Shard(
        origin=origin,
        path=f"/log/{one.shard.name}",
        vkey=VerifierKey(origin, facts.log_public_key).encode(),
        ml_dsa_vkey=CosignerKey(origin, CosignatureType.ML_DSA_44, ml_dsa).encode() if ml_dsa else None,
        size=one.size,
    )


@router.get(
    "/checkpoint",
    operation_id="fetchNewestCheckpoint",
    summary="Fetch the checkpoint of the newest tree",
    response_class=PlainTextResponse,
    responses=_TEXT,
)
async def newest(edge: EdgeDep, session: Reads) -> Response:
    """Return how far the log has grown, signed by the registry and cosigned by its witnesses."""
    note = await log_reads.checkpoint(session, witnessed=edge.facts.witnessed)
    return PlainTextResponse(note, headers=_SOON)


@router.get(
    "/{shard}/checkpoint",
    operation_id="fetchCheckpoint",
    summary="Fetch the checkpoint of a tree",
    response_class=PlainTextResponse,
    responses=_TEXT,
)
async def checkpoint(edge: EdgeDep, session: Reads, shard: ShardName) -> Response:
    """Return how far this tree has grown, signed by the registry and cosigned by its witnesses."""
    note = await log_reads.checkpoint(session, shard=shard, witnessed=edge.facts.witnessed)
    return PlainTextResponse(note, headers=_SOON)


@router.get(
    "/{shard}/tile/entries/{index:path}",
    operation_id="fetchBundle",
    summary="Fetch up to 256 leaves",
    response_class=Response,
    responses=_BINARY,
)
async def bundle(reader: LogReaderOrAuditor, session: Reads, shard: ShardName, index: Index) -> Response:
    """Return leaves one after another, each after its length in two bytes; `tile_missing` beyond the checkpoint."""
    del reader
    data = await log_reads.bundle(session, shard=shard, path=f"tile/entries/{index}")
    return Response(data, headers={"cache-control": f"private, {_FOR_EVER}"}, media_type=_OCTETS)


@router.get(
    "/{shard}/tile/{level}/{index:path}",
    operation_id="fetchTile",
    summary="Fetch up to 256 hashes of a tree",
    response_class=Response,
    responses=_BINARY,
)
async def tile(session: Reads, shard: ShardName, level: Level, index: Index) -> Response:
    """Return hashes of 32 bytes, one after another; `tile_missing` beyond the checkpoint."""
    data = await log_reads.tile(session, shard=shard, path=f"tile/{level}/{index}")
    return Response(data, headers=_OPEN | {"cache-control": f"public, {_FOR_EVER}"}, media_type=_OCTETS)
