"""What a command says when it cannot reach what it works on: one line with a code, and no password."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from registry.cli import MISCONFIGURED, app
from registry.settings import PREFIX
from tests.databases import ScratchDatabase
from tests.ports import free_port, free_ports

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments))


def refused(result: Result, code: str) -> None:
    assert result.exit_code == MISCONFIGURED, result.output
    assert f"{code}: " in result.stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    "command",
    [("migrate",), ("serve",), ("worker",), ("members", "list"), ("config", "check"), ("log", "verify")],
    ids=" ".join,
)
def test_a_database_that_is_away(run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    assert run("keys", "generate").exit_code == 0
    monkeypatch.setenv("REGISTRY_DATABASE_URL", f"postgresql://api:hunter2@127.0.0.1:{free_port()}/registry")
    monkeypatch.setenv("REGISTRY_PORT", str(free_port()))
    result = run(*command)
    refused(result, "database_unreachable")
    assert "hunter2" not in result.output


def test_a_login_that_the_database_refuses(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: ScratchDatabase
) -> None:
    guess = database.url().replace(database.server.passwords["registry_owner"], "hunter2")
    monkeypatch.setenv("REGISTRY_DATABASE_URL", guess)
    result = run("migrate")
    refused(result, "database_unreachable")
    assert "InvalidPasswordError" in result.stderr
    assert "hunter2" not in result.output


def test_a_database_url_without_a_port_number(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://api:hunter2@127.0.0.1:five/registry")
    result = run("migrate")
    refused(result, "setting_invalid")
    assert "hunter2" not in result.output


def test_a_log_is_not_checked_before_there_are_tables(
    run: Run, monkeypatch: pytest.MonkeyPatch, empty_database: ScratchDatabase
) -> None:
    assert run("keys", "generate").exit_code == 0
    monkeypatch.setenv("REGISTRY_DATABASE_URL", empty_database.url())
    refused(run("log", "verify"), "schema_missing")


@pytest.mark.parametrize("command", [("keys", "generate"), ("up",), ("migrate",)], ids=" ".join)
def test_a_directory_that_cannot_be_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "file" / "data"))
    for name, port in free_ports().items():
        monkeypatch.setenv(name, port)
    refused(run(*command), "data_dir_unreachable")
