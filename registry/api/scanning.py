r"""Malware scanning of files while they arrive, by a ClamAV daemon (clamd's INSTREAM) over a unix or TCP socket.

    zINSTREAM\0, then each chunk as its length (4 bytes, big-endian) and its bytes, then a length of 0
    the daemon answers `stream: OK\0` or `stream: NAME FOUND\0`; anything else is no verdict

A file without a verdict is not taken: what nobody could look at is not let in by accident.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress

import structlog

from registry.errors import Malformed, Unavailable

_HELLO, _END = b"zINSTREAM\0", bytes(4)
_CLEAN, _FOUND = b"stream: OK\0", b" FOUND\0"
_UNIX = "unix:"
INFECTED = "file_infected"
# The daemon looks at the whole file when it has all of it.
SECONDS = 30.0

_log = structlog.get_logger("registry.scanning")


class Scanner:
    """Lets files pass that the daemon finds clean; without an address, all of them.

    Args:
        address: `unix:PATH`, `HOST:PORT`, or None.
        seconds: in which the daemon must take a chunk, and give its verdict.
    """

    def __init__(self, address: str | None, seconds: float = SECONDS) -> None:
        self._address = address
        self._seconds = seconds

    @asynccontextmanager
    async def watching(self, arriving: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yield a file as it arrives; it ends without an error only once the daemon has found it clean.

        Errors: Malformed `file_infected`; Unavailable `scanner_unavailable`.
        """
        if self._address is None:
            yield arriving
            return
        with _no_verdict():
            async with asyncio.timeout(self._seconds):
                reader, writer = await self._open(self._address)
        try:
            async with aclosing(self._passing(arriving, reader, writer)) as passing:
                yield passing
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _passing(
        self, arriving: AsyncIterator[bytes], reader: StreamReader, writer: StreamWriter
    ) -> AsyncGenerator[bytes, None]:
        await self._send(writer, _HELLO)
        async for data in arriving:
            if data:  # an empty chunk would end the stream
                await self._send(writer, len(data).to_bytes(4, "big") + data)
            yield data
        await self._send(writer, _END)
        with _no_verdict():
            async with asyncio.timeout(self._seconds):
                verdict = await reader.readuntil(b"\0")
        if verdict.endswith(_FOUND):
            raise Malformed("file_infected")
        if verdict != _CLEAN:
            raise _unavailable(verdict)

    async def _open(self, address: str) -> tuple[StreamReader, StreamWriter]:
        if address.startswith(_UNIX):
            return await asyncio.open_unix_connection(address.removeprefix(_UNIX))
        host, _, port = address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))

    async def _send(self, writer: StreamWriter, data: bytes) -> None:
        with _no_verdict():
            writer.write(data)
            async with asyncio.timeout(self._seconds):
                await writer.drain()


@contextmanager
def _no_verdict() -> Iterator[None]:
    """Turn what goes wrong between here and the daemon into one refusal."""
    try:
        yield
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:  # a timeout is an OSError
        raise _unavailable(type(error).__name__) from None


def _unavailable(why: object) -> Unavailable:
    _log.error("scanner.unavailable", why=str(why))
    return Unavailable("scanner_unavailable")
