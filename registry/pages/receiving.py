"""Take in a form that brings a file: read once it is known who sends it, and held in memory, never on a disk."""

from collections.abc import AsyncGenerator
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from registry.api.edge import Edge
from registry.errors import Malformed
from registry.pages import sitting

NAME = "file"
# Borders, headers and the other fields of the form.
_AROUND = 1 << 14
_FIELDS = 4


class _Held(MultiPartParser):
    # What the registry keeps of a file is sealed; nothing of it may lie open in a temporary one.
    spool_max_size = 1 << 30


async def received(request: Request, edge: Edge, sender: UUID) -> bytes:
    """Read the file of a form, after its proof; empty if none was chosen.

    The endpoint is marked with `sitting.later`. Errors: Denied `form_not_ours`; Malformed `file_too_large`,
    `body_unreadable`; Unavailable `files_arriving`.
    """
    async with edge.arrivals.place(sender):
        bounded = _bounded(request.stream(), edge.uploads.most)
        try:
            form = await _Held(request.headers, bounded, max_files=1, max_fields=_FIELDS).parse()
        except (MultiPartException, KeyError):
            raise Malformed("body_unreadable") from None
        try:
            sitting.demand(request, form.get(sitting.FIELD))
            return await read(form)
        finally:
            await form.close()


async def read(form: FormData) -> bytes:
    """Read the file of a form; empty if none was chosen."""
    file = form.get(NAME)
    return await file.read() if isinstance(file, UploadFile) else b""


async def _bounded(stream: AsyncGenerator[bytes, None], most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for data in stream:
        size += len(data)
        if size > most + _AROUND:
            raise Malformed("file_too_large", facts={"most": most})
        yield data
