"""HTTP/1.1 (RFC 9112) as uvicorn speaks it, with a bound on a head that comes, and one write for an answer that goes.

uvicorn's fast parser would gather headers for ever; and a write costs more than building what is written.
"""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any, cast
from weakref import ref

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD = 64 << 10
_CYCLE = "registry.cycle"
_FINAL = (b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4", b"HTTP/1.1 5")
_REFUSAL = "Request head too large."


class BoundedHead(HttpToolsProtocol):
    """Refuses a head of more than 64 KiB, and whatever else grows longer than that without coming to anything."""

    _pending = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own signature
        """Begin a connection."""
        super().connection_made(cast("asyncio.Transport", _Joining(transport)))

    def on_response_complete(self) -> None:
        """End an answer, which may have had a head only."""
        cast("_Joining", self.transport).release()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, unless too much of it is waiting for its end."""
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(_REFUSAL)

    def on_headers_complete(self) -> None:
        """Begin a request, whose answer may be written whole."""
        if len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > MAX_HEAD:
            raise ValueError(_REFUSAL)  # the parser stops, and uvicorn answers 400
        self._pending = 0
        scope = self.scope
        super().on_headers_complete()
        # A cycle holds its scope: held by it in turn, every request would wait for the garbage collector.
        cast("dict[str, Any]", scope)[_CYCLE] = ref(self.cycle)

    def on_body(self, body: bytes) -> None:
        """Pass a part of a body on; the application bounds the whole of it."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, which may have no body."""
        self._pending = 0
        super().on_message_complete()


def whole(scope: MutableMapping[str, Any]) -> Callable[[bytes, bytes], None] | None:
    """Return what writes a whole 200, given its header lines and its body; None to go the usual way.

    The server walks over each header of an answer, with two searches and four copies for each.
    """
    known: ref[RequestResponseCycle] | None = scope.get(_CYCLE)
    cycle = known() if known else None
    if cycle is None or not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
        return None

    def write(lines: bytes, body: bytes) -> None:
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        own = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
        cast("_Joining", cycle.transport).write_whole(b"HTTP/1.1 200 OK\r\n%b%b\r\n%b" % (own, lines, body))
        cycle.on_response()

    return write


class _Joining:
    """A transport that holds an answer's head back until its body or its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        # A final answer's head; one that tells the client to go on must not wait for anything.
        if data.startswith(_FINAL) and not self._head:
            self._head = data
        else:
            head, self._head = self._head, b""
            self._transport.write(head + data)

    def write_whole(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self.release()
        self._transport.close()

    def release(self) -> None:
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        return getattr(self._transport, name)
