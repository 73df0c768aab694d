"""Files are looked at for malware while they arrive: what is found, and what nobody could look at, is not kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from registry.api.scanning import Scanner
from registry.errors import Malformed, RegistryError, Unavailable
from registry.settings import Settings
from tests.api.test_evidence import announced, appealed, send
from tests.databases import ScratchDatabase
from tests.reporting import town
from tests.scanning import EICAR, daemon

pytestmark = pytest.mark.anyio
CHUNKS = [b"%PDF-1.7\n", b"", b"a scan of the receipt" * 1_000, b"%%EOF"]


async def arriving(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def passed(scanner: Scanner, *chunks: bytes) -> bytes:
    async with scanner.watching(arriving(*chunks)) as watched:
        return b"".join([chunk async for chunk in watched])


@pytest.fixture(params=["unix", "tcp"])
def socket(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "clamd.sock" if request.param == "unix" else None


async def test_what_is_clean_passes_whole_and_what_is_not_is_refused(socket: Path | None) -> None:
    async with daemon(socket) as clamd:
        scanner = Scanner(clamd.address)
        assert await passed(scanner, *CHUNKS) == b"".join(CHUNKS)
        # Also where the signature lies across chunks.
        with pytest.raises(Malformed, match="file_infected"):
            await passed(scanner, b"%PDF-1.7\n", EICAR[:20], EICAR[20:])
        assert clamd.streams == [b"".join(CHUNKS), b"%PDF-1.7\n" + EICAR]


async def test_without_a_verdict_nothing_passes(tmp_path: Path) -> None:
    async with daemon() as clamd:
        clamd.most = 10
        with pytest.raises(Unavailable, match="scanner_unavailable"):
            await passed(Scanner(clamd.address), *CHUNKS)
        clamd.most, clamd.mute = 1 << 20, True
        with pytest.raises(Unavailable, match="scanner_unavailable"):
            await passed(Scanner(clamd.address, seconds=0.05), *CHUNKS)
    for nobody in (clamd.address, f"unix:{tmp_path / 'nobody'}"):
        with pytest.raises(Unavailable, match="scanner_unavailable"):
            await passed(Scanner(nobody), *CHUNKS)


async def test_who_stops_reading_leaves_the_daemon_alone() -> None:
    async with daemon() as clamd, Scanner(clamd.address).watching(arriving(*CHUNKS)) as watched:
        assert await anext(aiter(watched)) == CHUNKS[0]
    assert clamd.streams == []


async def test_without_a_daemon_everything_passes() -> None:
    assert await passed(Scanner(None), b"%PDF-1.7\n", EICAR) == b"%PDF-1.7\n" + EICAR


@pytest.mark.parametrize("wrong", ["clamd", "tcp://127.0.0.1:3310", "unix:", "127.0.0.1:", ":3310"])
def test_an_address_is_a_socket_or_host_and_port(wrong: str) -> None:
    with pytest.raises((ValidationError, RegistryError)):
        Settings(clamd=wrong, database_url=SecretStr("postgresql://nobody"))
    for right in ("unix:/run/clamd.ctl", "127.0.0.1:3310", "[::1]:3310", "clamd:3310"):
        assert Settings(clamd=right).clamd == right


async def test_over_http_malware_is_refused_kept_nowhere_and_noted(database: ScratchDatabase, tmp_path: Path) -> None:
    content = b"%PDF-1.7\n" + EICAR
    async with daemon() as clamd, town(database, tmp_path, clamd=clamd.address) as place:
        alpha, appeal = await appealed(place)
        evidence = await announced(place, appeal, content, media_type="application/pdf")
        refused = await send(alpha, appeal, evidence, content)
        assert (refused.status_code, refused.json()["code"]) == (422, "file_infected")
        assert await place.rows("SELECT 1 FROM appeal_upload_chunk") == []
        clean = await announced(place, appeal)
        assert (await send(alpha, appeal, clean)).status_code == 200
        rows = await place.rows("SELECT outcome FROM audit.entry WHERE action = 'evidence.upload' ORDER BY id")
        assert sorted(row["outcome"] for row in rows) == ["infected", "stored"]
    assert len(clamd.streams) == 2
