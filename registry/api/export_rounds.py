"""The exports that one worker writes: ordered by auditors, written one after another, piece by piece, sealed."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registry.api.audit.models import AuditFilter
from registry.api.export_stream import Exporter, Office
from registry.clock import real_time
from registry.domain.audit_filters import Because
from registry.domain.events import Act
from registry.domain.export_jobs import MOST_BYTES
from registry.domain.ids import Purpose
from registry.errors import Conflict, RegistryError, Unavailable
from registry.services.auditing import export_jobs
from registry.services.auditing.export_jobs import Taken, Told
from registry.services.auditing.exports import Asked
from registry.store.export_jobs import Job
from registry_formats.exports import ExportFormat

REST = timedelta(seconds=1)
# Of 256 KiB each: what waits in memory for its transaction.
_CHUNKS_AT_ONCE = 16
_TELL_SECONDS = 1.0

_log = structlog.get_logger("registry.exports")


@dataclass(frozen=True, slots=True)
class ExportRounds:
    """What one worker writes.

    Args:
        office: what exports are made with; its `writes` keep the file, too.
        most: bytes of one file.
    """

    office: Office
    most: int = MOST_BYTES

    async def work(self, stop: asyncio.Event) -> None:
        """Write until told to stop; what is under way then is written anew by whoever comes next."""
        stopped = asyncio.create_task(stop.wait())
        while not stop.is_set():
            writing = asyncio.create_task(self._try())
            await asyncio.wait({writing, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                writing.cancel()
            if not (await asyncio.gather(writing, return_exceptions=True))[0]:
                await asyncio.wait({stopped}, timeout=REST.total_seconds())
        stopped.cancel()

    async def round(self) -> bool:
        """Write the next export that is due; False where there is none."""
        async with self.office.writes.write() as session:
            taken = await export_jobs.take(session, now=real_time(), desk=self.office.desk)
        if taken is None:
            return False
        try:
            await self._write(taken)
        except Unavailable:
            # Whoever takes it next, when it has been silent for long enough, may have more luck.
            raise
        except RegistryError as refusal:
            await self._fail(taken, refusal.code)
        return True

    async def _try(self) -> bool:
        try:
            return await self.round()
        except Exception:  # noqa: BLE001 - a round that fails once is tried again
            _log.exception("export failed")
            return False

    async def _write(self, taken: Taken) -> None:
        job = taken.job
        act = Act(self.office.clock(), job.request_id, operator=str(job.asked_by))
        exporter = await self.office.begin(_asked(job), act=act)
        waiting: list[bytes] = []
        told_at = time.monotonic()
        async for piece in exporter.stream():
            waiting += await asyncio.to_thread(taken.sealer.feed, piece)
            if taken.sealer.size > self.most:
                raise Conflict("export_too_large", facts={"most": self.most})
            if len(waiting) >= _CHUNKS_AT_ONCE or time.monotonic() - told_at >= _TELL_SECONDS:
                async with self.office.writes.write() as session:
                    await export_jobs.keep(session, taken, _told(exporter, taken), waiting, now=real_time())
                waiting, told_at = [], time.monotonic()
        waiting.append(taken.sealer.finish())
        async with self.office.writes.write() as session:
            await export_jobs.finish(session, taken, _told(exporter, taken), waiting, now=real_time())

    async def _fail(self, taken: Taken, code: str) -> None:
        _log.warning("export refused", job=str(taken.job.id), code=code)
        try:
            async with self.office.writes.write() as session:
                await export_jobs.fail(session, taken, code, now=real_time())
        except Conflict:
            # Dropped meanwhile, or another worker's.
            return


def _asked(job: Job) -> Asked:
    wanted = AuditFilter.model_validate_json(json.dumps(job.filter)).filter()
    return Asked(wanted, ExportFormat(job.format), Because(Purpose(job.purpose), job.reason))


def _told(exporter: Exporter, taken: Taken) -> Told:
    return Told(exporter.id, exporter.total, exporter.looked, exporter.rows, taken.sealer.size)
