"""How many files may arrive at once: each is held, sealed, in memory until it is whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from starlette.requests import ClientDisconnect

from registry.api.scanning import Scanner
from registry.errors import Malformed, Unavailable

AT_ONCE = 4
# Of one sender, or one who sends slowly would keep everybody else's out.
EACH = 2
_SECONDS = 60.0


class Arrivals:
    """Lets in few at a time, and nobody for ever.

    Args:
        scanner: looks at each for malware while it arrives.
        most: files at once.
        seconds: in which one must have arrived.
    """

    def __init__(self, scanner: Scanner, most: int = AT_ONCE, seconds: float = _SECONDS) -> None:
        self.scanner = scanner
        self._places = asyncio.Semaphore(most)
        self._senders = Counter[UUID]()
        self._seconds = seconds

    @asynccontextmanager
    async def place(self, sender: UUID) -> AsyncIterator[None]:
        """Hold a place while a file is read: of a member, of one of the staff, or of whoever it is in an appeal.

        Errors: Unavailable `files_arriving`; Malformed `body_unreadable`: too slow.
        """
        if self._places.locked() or self._senders[sender] >= EACH:
            raise Unavailable("files_arriving")
        self._senders[sender] += 1
        try:
            async with self._places, asyncio.timeout(self._seconds):
                yield
        except (TimeoutError, ClientDisconnect):
            raise Malformed("body_unreadable") from None
        finally:
            self._senders[sender] -= 1
            self._senders += Counter[UUID]()  # forget who sends nothing
