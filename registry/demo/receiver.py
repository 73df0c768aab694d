"""A platform's own system that webhooks go to: it believes what the registry has signed, and nothing else."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Self

from registry_client.errors import WebhookUnverified
from registry_client.webhooks import WebhookMessage, verify

_PATIENCE = 20.0  # seconds for the worker to deliver
_UNAUTHORISED, _TAKEN = 401, 204


class Receiver:
    """Listens on loopback while it is open, with the endpoint's secret once that is known."""

    def __init__(self) -> None:
        self.secret = ""
        self._heard: Queue[WebhookMessage] = Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    def __enter__(self) -> Self:
        """Begin to listen."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def hears(self, type_: str) -> bool:
        """Wait for a message of this type, and tell whether it came."""
        deadline = monotonic() + _PATIENCE
        while (left := deadline - monotonic()) > 0:
            try:
                if self._heard.get(timeout=left).type == type_:
                    return True
            except Empty:
                break
        return False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    receiver._heard.put(verify(body, dict(self.headers), receiver.secret))
                    self.send_response(_TAKEN)
                except WebhookUnverified:
                    self.send_response(_UNAUTHORISED)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
                """Stay quiet: the story is on the screen."""

        return Handler
