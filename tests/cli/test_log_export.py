"""`registry log export`: a whole file or none of that name, with its trace."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from registry import keys
from registry.cli import app
from registry.keys import KeyName
from registry.settings import PREFIX
from tests.databases import ScratchDatabase
from tests.exporting import Unpacked, at_work
from tests.openings import rows as fetch

Run = Callable[..., Result]
WHY = ("--purpose", "Q5", "--reason", "yearly audit")


@pytest.fixture
def run(database: ScratchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, login in (("", "registry_api"), ("OWNER_", "registry_owner"), ("AUDITOR_", "registry_auditor")):
        monkeypatch.setenv(f"REGISTRY_{name}DATABASE_URL", database.url(login))
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()

    def invoke(*arguments: str | Path) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    assert invoke("keys", "generate").exit_code == 0
    # Leaves entries of its own in the log.
    assert invoke("staff", "add", "lin.wei", "--role", "auditor").exit_code == 0
    return invoke


@pytest.fixture
def seed(run: Run, tmp_path: Path) -> bytes:
    return keys.load(tmp_path / "keys", [KeyName.LOG], peppers=False)[KeyName.LOG]


@contextmanager
def worker_of(database: ScratchDatabase, seed: bytes) -> Iterator[None]:
    """Have a worker beside a command, which has an event loop of its own."""
    begun, stop = threading.Event(), threading.Event()

    async def work() -> None:
        async with at_work(database, seed):
            begun.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    try:
        assert begun.wait(10)
        yield
    finally:
        stop.set()
        thread.join()


def actions(database: ScratchDatabase) -> list[str]:
    found = asyncio.run(fetch(database, "SELECT action FROM audit.entry WHERE type = 5 ORDER BY id"))
    return [row["action"] for row in found]


def test_an_export_is_a_file_that_proves_itself(
    run: Run, database: ScratchDatabase, seed: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "log.tar"
    with worker_of(database, seed):
        told = json.loads(run("log", "export", "--out", out, *WHY, "--json").stdout)

    unpacked = Unpacked.read(out.read_bytes())
    unpacked.verify(seed=seed)
    assert (told["rows"], told["bytes"]) == (unpacked.manifest.rows, out.stat().st_size)
    assert told["export_id"] == str(unpacked.manifest.export_id)
    assert unpacked.manifest.reason == "yearly audit"
    assert actions(database) == ["audit.export", "audit.export_closed"]
    assert not list(tmp_path.glob("*.part"))


def test_a_filter_is_taken_from_the_options(run: Run, database: ScratchDatabase, seed: bytes, tmp_path: Path) -> None:
    out = tmp_path / "log.tar"
    member = "0193502e-4a00-7c10-8000-0000000000bb"
    wanted = ("--from", "2026-01-01", "--to", "2027-01-01T00:00:00+0800", "--type", "query", "--member", member)
    with worker_of(database, seed):
        assert run("log", "export", "--out", out, "--format", "csv", *WHY, *wanted).exit_code == 0

    asked = Unpacked.read(out.read_bytes()).manifest.filter
    assert (asked.since_ms, asked.until_ms) == (1_767_225_600_000, 1_798_732_800_000)
    assert (asked.type, str(asked.member)) == ("query", member)


def test_what_broke_off_does_not_have_the_name_that_was_asked_for(
    run: Run, database: ScratchDatabase, seed: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "log.tar"
    refused = run("log", "export", "--out", out, *WHY)

    assert refused.exit_code == 1
    assert "checkpoint_missing" in refused.output
    assert not out.exists()
    assert actions(database) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--reason", "curious"),
        ("--purpose", "Q5"),
        ("--purpose", "Q1", "--reason", "curious"),
        ("--purpose", "Q5", "--reason", ""),
        ("--purpose", "Q5", "--reason", "call 13800138000"),
        (*WHY, "--type", "coffee"),
        (*WHY, "--format", "xlsx"),
        (*WHY, "--out", "/nowhere/log.tar"),
    ],
)
def test_what_is_misused_is_refused_before_anything_is_read(run: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    refused = run("log", "export", "--out", tmp_path / "log.tar", *options)

    assert refused.exit_code == 2
    assert not list(tmp_path.glob("log.tar*"))


def test_no_file_is_overwritten(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "log.tar"
    out.write_text("precious")

    assert run("log", "export", "--out", out, *WHY).exit_code == 2
    assert out.read_text() == "precious"


def test_a_login_that_may_not_read_the_log_is_refused_by_name(
    run: Run, database: ScratchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_AUDITOR_DATABASE_URL", database.url("registry_api"))

    refused = run("log", "export", "--out", tmp_path / "log.tar", *WHY)

    assert refused.exit_code == 2
    assert "auditor_login_narrow" in refused.output
    assert "REGISTRY_AUDITOR_DATABASE_URL" in refused.output
