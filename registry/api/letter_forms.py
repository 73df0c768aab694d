"""A letter as a document, for whoever may read it: HTML that needs nothing else, and PDF."""

import re
from asyncio import to_thread
from base64 import b64encode
from hashlib import sha256
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send

from registry.letters import pdf
from registry.letters.compose import Letter

# The letter brings its own style, of which the browser is told the digest, and nothing else.
_HTML_POLICY = "default-src 'none'; style-src {styles}; sandbox; frame-ancestors 'none'; base-uri 'none'"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_NO_STORE = {"cache-control": "no-store"}
HTML: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html><html lang=en>…</html>"}}}
}
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 …"}}}
}


def as_html(letter: Letter) -> Response:
    """Show a letter as it was laid out."""
    digests = [sha256(style.encode()).digest() for style in _STYLE.findall(letter.html)]
    styles = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    headers = _NO_STORE | {"content-security-policy": _HTML_POLICY.format(styles=styles)}
    return Response(letter.html, headers=headers, media_type="text/html; charset=utf-8")


def as_pdf(letter: Letter) -> Response:
    """Draw a letter; the same letter gives the same bytes."""
    return _Drawn(letter)


class _Drawn(Response):
    """A letter that is drawn, away from the event loop, once the transaction that shows it has committed.

    The first drawing of a process finds its fonts, which takes longer than a transaction may.
    """

    def __init__(self, letter: Letter) -> None:
        super().__init__(headers=_NO_STORE, media_type="application/pdf")
        self._letter = letter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.body = await to_thread(pdf.render, self._letter)
        self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)
