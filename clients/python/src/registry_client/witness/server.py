"""Answer logs over HTTP: `POST /add-checkpoint` and `GET /<SHA-256 of the origin>/checkpoint` (C2SP tlog-witness).

It listens on loopback unless told otherwise: put a proxy that speaks TLS before it. There is nothing to sign in to; a
checkpoint's own signature is the only credential.
"""

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

from registry_client.witness.decisions import Answer, Witness
from registry_formats.submissions import MAX_BYTES

_SUBMIT = "/add-checkpoint"
_SHOW = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
_PATIENCE_SECONDS = 10
_MOST_AT_ONCE = 32


class WitnessServer(ThreadingHTTPServer):
    """Listens once made; `serve_forever` answers, until `shutdown` is called from another thread.

    A bounded number of connections is served at once; further ones wait in the queue of the system.

    Args:
        witness: decides.
        host: address to listen on.
        port: 0 for any free one; `server_port` says which.
        clock: seconds since 1970.
        report: is told what was decided, a line for each submission; None for nobody.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        witness: Witness,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.witness = witness
        self._clock = clock
        self._report = report
        self._places = BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__((host, port), _Handler)

    def decide(self, body: bytes) -> Answer:
        """Decide on a submission, and say so."""
        answer = self.witness.add_checkpoint(body, int(self._clock()))
        if self._report:
            self._report(f"{answer.status.value} {answer.code}")
        return answer

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver hands it on
        """Begin with a connection as soon as there is room for it."""
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - likewise
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "registry-witness"
    sys_version = ""
    timeout = _PATIENCE_SECONDS

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not _LENGTH.fullmatch(length) or int(length) > MAX_BYTES:
            self.close_connection = True
            self._answer(_TOO_LARGE)
            return
        body = self.rfile.read(int(length))
        self._answer(self.server.decide(body) if self.path == _SUBMIT else _NOTHING)

    def do_GET(self) -> None:
        match = _SHOW.fullmatch(self.path)
        self._answer(self.server.witness.show(match[1]) if match else _NOTHING)

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("content-type", answer.content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        """Write nothing: what a stranger sends belongs in no log of ours."""


_NOTHING = Answer(HTTPStatus.NOT_FOUND, "route_not_found\n", "route_not_found")
_TOO_LARGE = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large\n", "body_too_large")
