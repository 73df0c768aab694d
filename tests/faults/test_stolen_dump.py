"""A thief has the whole database, and no key: nothing in it names a person, says what was said, or opens a door."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from registry import keys
from registry.domain.filings import Event
from registry.keys import KeyName
from registry_formats import cfr1
from tests.databases import ScratchDatabase
from tests.faults.machine import question, statement
from tests.filings import filing, token
from tests.recorded import token as person
from tests.running import Platform, Running, running

pytestmark = pytest.mark.anyio

SAID = "The vase in the photo carries the mark of an image generator"
ORDER = "ORDER-7731-distinctive"
ASKED = [person("phone", "asked"), person("phone", "asked in a batch")]


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


async def _dump(dsn: str) -> str:
    """Write every row of every table as text, as a backup would."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace IN ('public'::regnamespace, 'audit'::regnamespace)"
        )
        dumped = io.BytesIO()
        for table in tables:
            await connection.copy_from_query(f"SELECT * FROM {table['name']}", output=dumped)  # noqa: S608 - a catalogue's name
    finally:
        await connection.close()
    return dumped.getvalue().decode()


async def _live_a_day(platform: Platform) -> dict[str, str]:
    """Sign in, file, be refused, correct, ask, and return every secret that passed by."""
    signed = statement(platform, filing(facts=(SAID,), event=Event(order_reference=ORDER)))
    assertion = platform.assertion()
    access = (await platform.sign_in(assertion)).json()["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    client = platform.client
    filed = await client.post(
        "/v1/reports", json={"statement": signed}, headers=headers | {"Idempotency-Key": "k" * 20}
    )
    assert filed.status_code == 201, filed.text
    at = f"/v1/reports/{filed.json()['report_id']}"
    amended = await client.post(
        f"{at}:amend", json={"statement": signed}, headers=headers | {"Idempotency-Key": "a" * 20}
    )
    assert amended.status_code == 200, amended.text
    question_ = question(ASKED[0].text)
    answers = [
        await client.post("/v1/scores:query", json=question_, headers=headers),
        await client.post("/v1/scores:batch", json={"items": [question(ASKED[1].text)]}, headers=headers),
        await client.post("/v1/reports:check", json={"statement": signed}, headers=headers),
    ]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    await asyncio.gather(*(client.get(path, headers=headers) for path in (at, "/v1/reports", "/v1/recalls")))
    return {"the statement": signed, "its payload": signed.split(".")[1], "assertion": assertion, "access": access}


async def test_a_stolen_dump_names_nobody_and_opens_nothing(api: Running, database: ScratchDatabase) -> None:
    platform = await api.admit("Alpha")
    secrets = await _live_a_day(platform)
    dump = await _dump(database.dsn("postgres"))
    assert "RMA-2026-000123" in dump  # the member's own reference does stand there: the dump is one
    told = [cfr1.parse(token(kind)) for kind in ("phone", "national_id")] + ASKED
    secrets |= {f"text of {one!r}": one.text for one in told}
    secrets |= {f"the facts {form}": form for form in _spellings(SAID.encode()) + _spellings(ORDER.encode())}
    raw = {f"lookup of {one!r}": one.data[4:] for one in told}
    held = keys.load(api.settings.keys_path, KeyName)
    raw |= {name: held[name] for name in KeyName} | {f"pepper {epoch}": key for epoch, key in held.peppers.items()}
    secrets |= {f"{name} as {form[:8]}": form for name, value in raw.items() for form in _spellings(value)}
    assert [name for name, secret in secrets.items() if secret.lower() in dump.lower()] == []


async def test_nothing_of_it_stands_in_the_log_either(api: Running) -> None:
    secrets = await _live_a_day(await api.admit("Alpha"))
    written = api.log.getvalue()
    assert "/v1/reports" in written
    hidden = [*secrets.values(), SAID, ORDER, "cfr1_", "eyJ", *(one.text for one in ASKED)]
    assert [secret for secret in hidden if secret in written] == []


def _spellings(value: bytes) -> list[str]:
    """Write bytes as a dump would show them in one column type or another."""
    text = [value.decode()] if value.isascii() and value.decode().isprintable() else []
    return [*text, value.hex()]
