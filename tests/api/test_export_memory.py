"""What an export holds in memory does not grow with what it writes."""

import gc
import tracemalloc
from dataclasses import replace

import pytest

from registry.api.export_stream import Office
from registry_formats.exports import ExportFormat
from tests.databases import ScratchDatabase
from tests.exporting import asked, at_work, begin, office, settle
from tests.logbook import new_trail, opened, write

pytestmark = pytest.mark.anyio
_FEW, _MANY = 512, 6_144
_LEEWAY = 512 << 10


async def peak(made: Office, file_format: ExportFormat) -> tuple[int, int]:
    """Return the most bytes in use at once, and how many rows were written."""
    # What waits to be collected would count as held.
    rarely = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    tracemalloc.start()
    try:
        exporter = await begin(made, asked(file_format))
        async for piece in exporter.stream():
            del piece
        return tracemalloc.get_traced_memory()[1], exporter.rows
    finally:
        tracemalloc.stop()
        gc.set_threshold(*rarely)


@pytest.mark.parametrize("file_format", [ExportFormat.JSONL, ExportFormat.CSV])
async def test_twelve_times_the_rows_need_no_more_memory(database: ScratchDatabase, file_format: ExportFormat) -> None:
    async with opened(database, "registry_worker") as worker, office(database) as made, at_work(database):
        trail = await new_trail(worker)
        for count in (_FEW, _MANY - _FEW):
            await write(worker, trail, count)
            await settle(worker)
            found = await peak(replace(made, rows_per_file=256, patience=100), file_format)
            if count == _FEW:
                few = found

    assert (few[1], found[1]) == (_FEW, _MANY + 2)
    assert found[0] < few[0] + _LEEWAY
