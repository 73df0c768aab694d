"""Check a letter: whoever was given one learns whether it is genuine and unchanged, and nothing else.

A page is known by its digest. A PDF names in its identifier the text that it was drawn from; the same text is drawn
again, and the bytes are compared. Nobody can guess a digest, so nothing can be listed here.
"""

import hashlib
import re
from asyncio import to_thread

from fastapi import APIRouter, Request
from starlette.responses import Response

from registry.api.deps import EdgeDep, StrangerAct
from registry.api.edge import Edge
from registry.api.strings import RequestModel, Sha256Hex
from registry.domain.events import Act
from registry.letters import pdf
from registry.pages import Filled, fill
from registry.pages.receiving import read
from registry.portal.drawing import DRAWING
from registry.services import appeals

router = APIRouter(prefix="/verify")

_SIGNATURE = b"%PDF-"
# ISO 32000-2, section 14.4: what a PDF calls itself.
_IDENTIFIER = re.compile(rb"/ID \[\(([0-9a-f]{64})\)")


class Code(RequestModel):
    """The code that stands beside a letter."""

    code: Sha256Hex | None = None


@router.get("")
async def ask(request: Request) -> Response:
    """Ask for a letter, or for its code."""
    return DRAWING.page(request, "verify.html", form=None, genuine=None)


@router.post("")
async def check(request: Request, edge: EdgeDep, act: StrangerAct) -> Response:
    """Say whether it is one of ours as it was written."""
    edge.failures.check(act.address)
    filled = await fill(request, Code)
    async with request.form() as form:
        content = await read(form)
    if filled.model is None or not (content or filled.model.code):
        wrong: Filled[Code] = Filled(None, filled.typed, filled.faults or {"code": "missing"})
        return DRAWING.page(request, "verify.html", status=422, form=wrong, genuine=None)
    sha256 = bytes.fromhex(filled.model.code) if filled.model.code else b""
    genuine = await _genuine(content, sha256, act=act, edge=edge)
    if not genuine or content.startswith(_SIGNATURE):
        # A genuine letter that is sent again and again has us draw it each time, which is work for nobody.
        edge.failures.count(act.address)
    return DRAWING.page(request, "verify.html", form=None, genuine=genuine)


async def _genuine(content: bytes, sha256: bytes, *, act: Act, edge: Edge) -> bool:
    if content.startswith(_SIGNATURE):
        named = _IDENTIFIER.search(content)
        return named is not None and await _is_drawn(content, bytes.fromhex(named[1].decode()), act=act, edge=edge)
    async with edge.database.write() as session:
        asked = hashlib.sha256(content).digest() if content else sha256
        return await appeals.is_ours(session, asked, act=act, desk=edge.appeals)


async def _is_drawn(content: bytes, sha256: bytes, *, act: Act, edge: Edge) -> bool:
    """Draw the letter that a PDF names, away from the event loop, and compare."""
    async with edge.database.write() as session:
        letter = await appeals.original(session, sha256, act=act, desk=edge.appeals)
    return letter is not None and await to_thread(pdf.render, letter) == content
