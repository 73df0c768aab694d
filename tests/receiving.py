"""A member's receiver of webhooks on a real socket, with the answers a test asks for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

HANG, DROP = 0, -1


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = orjson.loads(self.body)
        return message


@dataclass(slots=True)
class Receiver:
    """Answers with the statuses in `answers`, one after the other, the last one for ever."""

    port: int = 0
    answers: list[int] = field(default_factory=lambda: [200])
    heard: list[Heard] = field(default_factory=list)
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        """Return the ids of what was heard, in order."""
        return [one.id for one in self.heard]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
            fields = [line.split(": ", 1) for line in head[1:] if line]
            headers = {name.lower(): value for name, value in fields}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.heard.append(Heard(head[0].split(" ")[1], headers, body))
            self.rung.set()
            await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == HANG:
            await asyncio.sleep(3600)
        if status != DROP:
            location = f"location: http://127.0.0.1:{self.port}/elsewhere\r\n" if status in range(300, 400) else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{location}content-length: 0\r\n\r\n".encode())
            await writer.drain()


@asynccontextmanager
async def receiver(*answers: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Listen on a port of this machine."""
    listening = Receiver(answers=list(answers) or [200])
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        await listening.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    listening.port = server.sockets[0].getsockname()[1]
    try:
        yield listening
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
