"""A ClamAV daemon on a real socket, that speaks INSTREAM as clamd does, and knows one piece of malware."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# The EICAR test file, in two pieces, so that no scanner takes this source for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(slots=True)
class Daemon:
    """Answers once it has all of a stream; `mute` says nothing, `most` bounds a stream."""

    address: str = ""
    mute: bool = False
    most: int = 1 << 20
    streams: list[bytes] = field(default_factory=list)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            writer.write(await self._answer(reader))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: StreamReader) -> bytes:
        if await reader.readuntil(b"\0") != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
            if len(content) > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.streams.append(content)
        if self.mute:
            await reader.read()
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@asynccontextmanager
async def daemon(socket: Path | None = None) -> AsyncIterator[Daemon]:
    """Listen on a unix socket, or on a port of loopback."""
    found = Daemon()
    if socket is not None:
        server = await asyncio.start_unix_server(found.serve, socket)
        found.address = f"unix:{socket}"
    else:
        server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
        found.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield found
