"""HTTP/1.1 (RFC 9112) as uvicorn speaks it, with a bound on the head: its fast parser would gather headers for ever."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 << 10
_REFUSAL = "Request head too large."


class BoundedHead(HttpToolsProtocol):
    """Refuses a head of more than 64 KiB, and whatever else grows longer than that without coming to anything."""

    _head = 0
    _pending = 0

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, unless too much of it is waiting for its end."""
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(_REFUSAL)

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a whole header."""
        self._grow(len(name) + len(value))
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Pass a part of a body on; the application bounds the whole of it."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, which may have no body."""
        self._pending = 0
        super().on_message_complete()

    def _grow(self, size: int) -> None:
        self._pending = 0
        self._head += size
        if self._head > MAX_HEAD:
            raise ValueError(_REFUSAL)  # the parser stops, and uvicorn answers 400
