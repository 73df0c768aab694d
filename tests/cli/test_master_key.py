"""The master key on a PKCS#11 token, and its rotation, through the operator's commands."""

from pathlib import Path

import pytest

from tests.cli.test_commands import Run, key, run, told
from tests.databases import ScratchDatabase
from tests.softhsm import PIN, SoftHsm

__all__ = ["key", "run"]


def verified(run: Run) -> dict[str, object]:
    verdict = run("log", "verify", "--json")
    assert verdict.exit_code == 0, verdict.output
    found: dict[str, object] = told(verdict)
    return found


def test_a_registry_whose_master_key_never_leaves_its_token(
    run: Run, key: Path, softhsm: SoftHsm, database: ScratchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_AUDITOR_DATABASE_URL", database.url("registry_auditor"))
    place = tmp_path / "of the token"
    monkeypatch.setenv("REGISTRY_KEYS_DIR", str(place))
    monkeypatch.setenv("REGISTRY_KEK", softhsm.uri("journey"))
    made = told(run("keys", "generate", "--json"))
    assert "kek" not in made["keys"]
    assert not (place / "kek").exists()
    added = run("members", "add", "Alpha", "--key", key)
    assert added.exit_code == 0, added.output
    # What lies beside the log opens by the token alone.
    assert verified(run)["opened"] is True
    moved = f"file:{tmp_path}/kek-2"
    told(run("keys", "rotate", "kek", "--to", moved, "--dry-run", "--json"))
    assert not (tmp_path / "kek-2").exists()
    rotated = told(run("keys", "rotate", "kek", "--to", moved, "--json"))
    assert rotated["from"].startswith("pkcs11:")
    assert rotated["writers"] >= 2
    # Whoever still starts with the token's key is told so.
    refused = run("members", "suspend", "Alpha")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("kek_other: ")
    monkeypatch.setenv("REGISTRY_KEK", moved)
    assert told(run("members", "suspend", "Alpha", "--json"))["status"] == "suspended"
    assert verified(run)["opened"] is True
    assert PIN not in added.output + refused.output


def test_a_wrong_setting_is_one_line_that_does_not_repeat_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_KEK", "hex:0123")
    refused = run("members", "suspend", "Nobody")
    assert (refused.exit_code, refused.stderr.partition(":")[0]) == (2, "kek_invalid")
    assert "0123" not in refused.output


def test_a_rotation_to_the_key_in_use_is_refused(run: Run, tmp_path: Path) -> None:
    refused = run("keys", "rotate", "kek", "--to", f"file:{tmp_path}/keys/kek")
    assert (refused.exit_code, refused.stderr.partition(":")[0]) == (2, "kek_same")
