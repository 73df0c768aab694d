"""Work through the lines of an import as they arrive: one at a time in memory, one transaction each."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from fastapi.exceptions import RequestValidationError

from registry.api.edge import Edge
from registry.api.hot import parse
from registry.api.pointers import fault_of
from registry.api.problems import invalid
from registry.api.report_models import SignedReport
from registry.domain.access import Caller
from registry.domain.events import Act
from registry.domain.quotas import Quota
from registry.errors import Malformed
from registry.services import imports, quotas, reports
from registry.services.imports import Place
from registry.services.reports import Filed
from registry.store.database import WriteSession
from registry.store.imports import Job
from registry_formats.errors import FormatError

# A statement of the greatest length, and what is around it.
LINE_MOST = 262_144 + 1_024


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it came, None if it was too long to be kept; and its SHA-256."""

    text: bytes | None
    digest: bytes


class Splitter:
    """Cuts a stream into lines and keeps no more than one of them."""

    def __init__(self) -> None:
        self._begin()

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Return the lines that end in this chunk."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._add(end)
            yield self._line()
            self._begin()
        self._add(rest)

    def rest(self) -> Iterator[Line]:
        """Return what follows the last line break, if anything does."""
        if self._size:
            yield self._line()

    def _begin(self) -> None:
        self._text = bytearray()
        self._size = 0
        self._digest = sha256()

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        self._digest.update(part)
        if self._size <= LINE_MOST:
            self._text += part
        else:
            self._text.clear()

    def _line(self) -> Line:
        return Line(bytes(self._text) if self._size <= LINE_MOST else None, self._digest.digest())


@dataclass(frozen=True, slots=True)
class Importer:
    """Files the lines of one request, for one member."""

    edge: Edge
    caller: Caller
    act: Act

    async def work(self, job: Job, chunks: AsyncIterator[bytes]) -> Job:
        """File every line that is not done yet, and close the job.

        Errors: Malformed `idempotency_key_reused`, `import_too_long`; QuotaExceeded and Unavailable leave the job open
        for the same request to go on with.
        """
        place = Place()
        async for line in _lines(chunks):
            after = place.after(line.digest)
            if place.lines >= job.lines:
                await self._do(job.id, place, after, line)
            place = after
        async with self.edge.database.write() as session:
            return await imports.finish(session, job.id, place, act=self._now(), trail=self.edge.trail)

    async def _do(self, job_id: UUID, place: Place, after: Place, line: Line) -> None:
        async with self.edge.database.write() as session:
            job = await imports.turn(session, job_id, place)
            if job is not None:
                await imports.settle(session, job, after, await self._file(session, line))

    async def _file(self, session: WriteSession, line: Line) -> dict[str, Any]:
        act = self._now()
        try:
            told = _read(line)
            await quotas.charge(session, Quota.REPORTS, 1, member_id=self.caller.member_id, act=act)
            done = await reports.submit(session, told.statement, caller=self.caller, act=act, desk=self.edge.reports)
        except FormatError as error:
            return imports.refused(Malformed(error.code))
        except Malformed as error:
            return imports.refused(error)
        return imports.filed(done.report.id) if isinstance(done, Filed) else imports.refused(done.error)

    def _now(self) -> Act:
        """Act at the present: a long import lasts."""
        return self.act._replace(now=self.edge.clock())


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    splitter = Splitter()
    async for chunk in chunks:
        for line in splitter.feed(chunk):
            yield line
    for line in splitter.rest():
        yield line


def _read(line: Line) -> SignedReport:
    if line.text is None:
        raise Malformed("line_too_long")
    try:
        return parse(SignedReport, line.text)
    except RequestValidationError as error:
        raise invalid(fault_of(detail) for detail in error.errors()) from None
