"""The operator's commands on a real database: what they print, what they change, what a dry run leaves."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from anyio.to_thread import run_sync
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from registry.cli import app
from registry.settings import PREFIX
from registry_formats import jwk
from registry_formats.notes import parse_vkey
from tests.databases import ScratchDatabase
from tests.ports import free_ports

Run = Callable[..., Result]


@pytest.fixture
def run(database: ScratchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.url("registry_api"))
    monkeypatch.setenv("REGISTRY_OWNER_DATABASE_URL", database.url())
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REGISTRY_KEYS_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("COLUMNS", "200")
    for name, port in free_ports().items():
        monkeypatch.setenv(name, port)
    runner = CliRunner()

    def invoke(*arguments: str | Path) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    assert invoke("keys", "generate").exit_code == 0
    return invoke


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "alpha.json"
    path.write_text(json.dumps(jwk.export(Ed25519PrivateKey.generate().public_key())))
    return path


def told(result: Result) -> Any:  # noqa: ANN401 - any JSON
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def count(database: ScratchDatabase, table: str) -> int:
    connection = await asyncpg.connect(database.dsn())
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own names
    finally:
        await connection.close()


def test_a_member_is_admitted_listed_suspended_and_resumed(run: Run, key: Path) -> None:
    added = told(run("members", "add", "Alpha Mall", "--key", key, "--group", "Alpha", "--json"))
    assert (added["name"], added["group"], added["status"], added["dry_run"]) == (
        "Alpha Mall",
        "Alpha",
        "active",
        False,
    )
    assert [member["id"] for member in told(run("members", "list", "--json"))] == [added["id"]]
    assert told(run("members", "suspend", "Alpha Mall", "--json"))["status"] == "suspended"
    assert told(run("members", "resume", added["id"], "--json"))["status"] == "active"


def test_people_get_sentences(run: Run, key: Path) -> None:
    assert "Nothing there." in run("members", "list").stdout
    assert "Alpha is admitted." in run("members", "add", "Alpha", "--key", key).stdout
    assert "Alpha" in run("members", "list").stdout


@pytest.mark.anyio
async def test_a_dry_run_says_what_would_be_and_leaves_nothing(run: Run, key: Path, database: ScratchDatabase) -> None:
    result = await run_sync(lambda: run("members", "add", "Alpha", "--key", key, "--dry-run"))
    assert result.exit_code == 0
    assert "nothing was changed" in result.stdout
    assert [await count(database, table) for table in ("member", "group_", "audit.entry", "audit.writer")] == [0] * 4


@pytest.mark.anyio
async def test_every_change_leaves_an_entry(run: Run, key: Path, database: ScratchDatabase) -> None:
    for command in (("add", "Alpha", "--key", key), ("suspend", "Alpha"), ("resume", "Alpha")):
        assert (await run_sync(lambda: run("members", *command))).exit_code == 0  # noqa: B023 - called at once
    assert await count(database, "audit.entry WHERE type = 4") == 3


def test_a_key_is_rotated_from_pem_and_both_are_listed(run: Run, key: Path, tmp_path: Path) -> None:
    run("members", "add", "Alpha", "--key", key)
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = tmp_path / "fresh.pem"
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    fresh = told(run("members", "rotate-key", "Alpha", "--key", pem, "--overlap-hours", "2", "--json"))
    assert (fresh["kid"], fresh["algorithm"]) == (jwk.export(public)["kid"], "ES256")
    first, second = told(run("members", "keys", "Alpha", "--json"))
    assert first["valid_to"] is not None
    assert (second["kid"], second["valid_to"]) == (fresh["kid"], None)


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("members", "suspend", "Nobody"), 1, "member_unknown"),
        (("members", "add", "Alpha", "--key", "{key}", "--scope", "notices:record"), 1, "scope_not_for_kind"),
        (("members", "add", "Alpha", "--key", "{nonsense}"), 1, "member_key_refused"),
        (("keys", "generate"), 2, "key_exists"),
    ],
)
def test_a_refusal_is_one_line_and_a_status(
    run: Run, key: Path, tmp_path: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("no key")
    result = run(*(argument.format(key=key, nonsense=nonsense) for argument in arguments))
    assert result.exit_code == status
    assert result.stderr.startswith(f"{code}: ")
    assert "Traceback" not in result.output


def test_keys_are_listed_and_a_new_epoch_gets_its_pepper(run: Run, tmp_path: Path) -> None:
    assert told(run("keys", "generate", "--epoch", "2", "--dry-run", "--json"))["keys"] == ["pepper-2"]
    assert not (tmp_path / "keys" / "pepper-2").exists()
    told(run("keys", "generate", "--epoch", "2", "--json"))
    assert stat.S_IMODE((tmp_path / "keys" / "pepper-2").stat().st_mode) == 0o600
    listed = {row["key"] for row in told(run("keys", "list", "--json"))}
    expected = {
        "access_tokens",
        "appeals",
        "kek",
        "log",
        "receipts",
        "records",
        "tags",
        "webhooks",
        "pepper-1",
        "pepper-2",
    }
    assert expected == listed


def test_the_keys_to_pin_are_listed_even_after_the_secrets_were_moved_away(run: Run, tmp_path: Path) -> None:
    (tmp_path / "keys" / "log").unlink()
    pins = {row["key"]: row["pin"] for row in told(run("keys", "list", "--json")) if row["pin"]}
    assert {name: parse_vkey(pin).name.partition("/")[2] for name, pin in pins.items()} == {
        "log": "audit",
        "receipts": "receipts",
    }
    assert parse_vkey(pins["log"]).public_key == (tmp_path / "keys" / "log.pub").read_bytes()


def test_admitting_a_member_says_how_to_enrol_it(run: Run, key: Path) -> None:
    said = run("members", "add", "Alpha Mall", "--key", key, "--group", "Alpha").stdout.strip().splitlines()[-1]
    assert said.startswith("Next: registry keyholder enrol ")
    assert said.endswith(f"--key {key} --group Alpha")


def test_migrating_a_current_database_changes_nothing(run: Run) -> None:
    assert told(run("migrate", "--json"))["applied"] == []
    assert told(run("migrate", "--dry-run", "--json"))["dry_run"] is True


def test_an_administrator_can_read_the_statements_first(run: Run) -> None:
    assert "CREATE TABLE member" in run("migrate", "--sql").stdout


def test_a_check_passes_and_warns_of_what_is_weak(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("config", "check")
    assert result.exit_code == 0, result.output
    assert "Settings: good." in result.stdout
    assert "One database login serves several roles" in result.stderr
    assert "1 of 1" in result.stderr
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "http://registry.example")
    assert "not https" in run("config", "check", "--offline").stderr


def test_settings_are_shown_without_their_secrets(run: Run, database: ScratchDatabase) -> None:
    shown = {row["setting"]: row for row in told(run("config", "show", "--json"))}
    assert shown["REGISTRY_DATABASE_URL"] == {"setting": "REGISTRY_DATABASE_URL", "value": "(secret)", "set": True}
    assert database.server.passwords["registry_api"] not in run("config", "show").output


def test_the_description_of_the_api_is_printed(run: Run) -> None:
    assert told(run("config", "openapi"))["openapi"] == "3.1.0"


def test_a_database_without_tables_is_refused(
    run: Run, empty_database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_OWNER_DATABASE_URL", empty_database.url())
    result = run("serve")
    assert result.exit_code == 2
    assert "schema_missing" in result.stderr
    assert "registry migrate" in result.stderr


def test_a_misspelt_setting_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PROT", "1")
    assert run("config", "check").stderr.startswith("setting_unknown: REGISTRY_PROT")


@pytest.mark.parametrize("command", [("config", "check", "--offline"), ("serve",), ("up",)], ids=" ".join)
def test_a_policy_pack_that_does_not_exist_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("REGISTRY_POLICY", "zz")
    result = run(*command)
    assert result.exit_code == 2
    assert result.stderr.startswith("setting_invalid: REGISTRY_POLICY: ")
    assert "cn, uk, us, eu" in result.stderr
