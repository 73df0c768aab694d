"""A teller in the test's own process: the same program on the same socket, without the second that a start costs."""

import asyncio
import socket
import subprocess
import threading

from registry.teller.program import serve


class Beside:
    """A teller that works as a task of this event loop."""

    def __init__(self, end: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        self._task = asyncio.create_task(serve(end.dup(), lambda _: None))
        self._task.add_done_callback(self._end)

    def kill(self) -> None:
        """End it at its next step."""
        self._loop.call_soon_threadsafe(self._task.cancel)

    def wait(self, timeout: float | None = None) -> object:
        """Wait as for a process, in another thread than the event loop's."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("teller", timeout or 0)
        return None

    def _end(self, task: asyncio.Task[None]) -> None:
        self._ended.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": "the teller failed", "exception": error})
