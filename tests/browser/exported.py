"""Exports in the auditors' console: one that is written and can be fetched, and one that waits."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from registry import desks, keys, masters
from registry.api.export_rounds import ExportRounds
from registry.api.export_stream import Office
from registry.console.access import COOKIE
from registry.store.database import Database
from tests.browsing import browsing
from tests.hearing import Hall
from tests.journeys.courthouse import catch_up


async def exported(place: Hall, bearer: str, why: Mapping[str, str]) -> None:
    """Order two exports as this auditor, and have the first one written."""
    async with browsing(place.town.api) as browser:
        browser.client.cookies.set(COOKIE, bearer, domain="registry.test")
        page = await browser.send(await browser.open("/console/audit/exports"), "/reason", **why)
        await browser.send(page, "/exports")
        await _write(place)
        await browser.send(page, "/exports")


async def _write(place: Hall) -> None:
    """Write what waits, as the worker does, with checkpoints signed beside it."""
    api = place.town.api
    assert api.settings.auditor_database_url is not None
    held = keys.load(api.settings.keys_path, keys.WORKER_KEYS, peppers=False)
    ours = desks.for_auditing(api.trail, masters.find(api.settings.master_key, api.settings.keys_path), held)
    reads = Database(api.settings.auditor_database_url.get_secret_value(), pool_size=1)
    signing = asyncio.create_task(_sign(place))
    try:
        rounds = ExportRounds(Office(reads, place.worker, ours, place.town.clock, api.settings.realm))
        assert await rounds.round()
    finally:
        signing.cancel()
        with suppress(asyncio.CancelledError):
            await signing
        await reads.close()


async def _sign(place: Hall) -> None:
    while True:
        await catch_up(place)
        await asyncio.sleep(0.05)
