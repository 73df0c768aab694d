"""`registry relay`: a key made once, a membership written down, and a start that says what is missing."""

import json
import logging
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from registry.cli import MISCONFIGURED, app
from registry.relay import identity
from registry.settings import PREFIX

Run = Callable[..., Result]
MEMBER = "01937d5e-8c00-7a10-8000-0000000000b1"
PIN = f"operator-1={urlsafe_b64encode(bytes(range(32))).decode().rstrip('=')}"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REGISTRY_RELAY_DIR", str(tmp_path / "relay"))
    monkeypatch.setenv("REGISTRY_REALM", "registry.test")
    # A relay that starts sets up logging for its process, which here is that of the tests.
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))
    monkeypatch.setattr(logging.root, "level", logging.root.level)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, ["relay", *arguments])


def test_a_relay_is_set_up_in_two_steps(run: Run, tmp_path: Path) -> None:
    public = json.loads(run("key").stdout)
    joined = run("join", MEMBER, "--operator", PIN)
    assert joined.exit_code == 0, joined.output
    who = identity.load(tmp_path / "relay")
    assert (who.member_id, who.kid, who.pins.realm) == (UUID(MEMBER), public["kid"], "registry.test")
    assert "d" not in public


def test_a_key_is_made_once(run: Run) -> None:
    assert run("key").exit_code == 0
    again = run("key")
    assert again.exit_code == MISCONFIGURED
    assert "relay_exists" in again.output


@pytest.mark.parametrize("pin", ["operator-1=***", "x", "operator-1=", PIN[:-4], PIN + "AAAA", PIN[10:]])
def test_a_pin_that_is_no_key_is_refused_and_breaks_nothing(run: Run, tmp_path: Path, pin: str) -> None:
    run("key")
    refused = run("join", MEMBER, "--operator", pin)
    assert refused.exit_code == MISCONFIGURED
    assert "operator_key_malformed" in refused.output
    assert not (tmp_path / "relay" / "relay.json").exists()


def test_a_relay_without_a_key_cannot_join(run: Run) -> None:
    refused = run("join", MEMBER, "--operator", PIN)
    assert (refused.exit_code, "relay_key_missing" in refused.output) == (MISCONFIGURED, True)


def test_a_relay_that_is_nobody_yet_does_not_start(run: Run) -> None:
    nobody = run()
    assert (nobody.exit_code, "relay_key_missing" in nobody.output) == (MISCONFIGURED, True)
    run("key")
    stranger = run()
    assert (stranger.exit_code, "relay_not_joined" in stranger.output) == (MISCONFIGURED, True)
    assert "reach" in stranger.output  # it says first that no letter of a live registry reaches anybody
