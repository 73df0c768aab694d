"""The API's side of the signer: starts it when the first answer needs it, and again if it dies."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.errors import Unavailable
from registry.signer.frames import COUNT_BYTES, read_receipts, write_leaves


@dataclass(frozen=True, slots=True)
class _Running:
    program: subprocess.Popen[bytes]
    incoming: asyncio.StreamReader
    outgoing: asyncio.StreamWriter


class Signer:
    """Signs receipts for groups of leaves, one group at a time.

    Args:
        keys_dir: where the receipts' key is; only the signer's own process reads it.
        name: the name that the receipts are signed under.
    """

    def __init__(self, keys_dir: Path, name: str) -> None:
        self._command = [sys.executable, "-m", "registry.signer", str(keys_dir), name]
        self._turn = asyncio.Lock()
        self._running: _Running | None = None

    async def sign(self, leaves: Sequence[bytes]) -> list[str]:
        """Return a receipt for each leaf, whose entries must have been committed.

        Raises:
            Unavailable: `receipts_unavailable`, when the signer died; the next call starts another one.
        """
        async with self._turn:
            running = self._running = self._running or await self._start()
            try:
                running.outgoing.write(write_leaves(leaves))
                length = int.from_bytes(await running.incoming.readexactly(COUNT_BYTES))
                return read_receipts(await running.incoming.readexactly(length))
            except Exception as error:
                # Whatever it is, the entries are written: failing as anything else, they would be asked for again.
                await self._stop(running)
                raise Unavailable("receipts_unavailable") from error
            except asyncio.CancelledError:
                # Its answer is still to come and would be taken for the next group's.
                await self._stop(running)
                raise

    async def close(self) -> None:
        """End the process."""
        if self._running is not None:
            await self._stop(self._running)

    async def _start(self) -> _Running:
        ours, theirs = socket.socketpair()
        with theirs:
            program = subprocess.Popen(self._command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)  # noqa: S603, ASYNC220 - our own program; starting takes a millisecond
        incoming, outgoing = await asyncio.open_unix_connection(sock=ours)
        return _Running(program, incoming, outgoing)

    async def _stop(self, running: _Running) -> None:
        self._running = None
        running.outgoing.close()
        running.program.kill()
        await asyncio.to_thread(running.program.wait)
