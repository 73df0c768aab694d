"""`registry keyholder`: an operator made once, members enrolled by the files that others print, and clear refusals."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from registry.cli import MISCONFIGURED, REFUSED, app
from registry.keyholder.keys import Keyring
from registry.keyholder.members import Roll
from registry.settings import PREFIX
from registry_formats import base64url, jwk

Run = Callable[..., Result]
MEMBER = "01937d5e-8c00-7a10-8000-0000000000b1"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REGISTRY_KEYHOLDER_DIR", str(tmp_path / "keyholder"))
    monkeypatch.setenv("REGISTRY_RELAY_DIR", str(tmp_path / "relay"))
    monkeypatch.setenv("REGISTRY_REALM", "registry.test")
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(argument) for argument in arguments])


def test_the_key_that_a_relay_prints_can_be_enrolled(run: Run, tmp_path: Path) -> None:
    run("keyholder", "init")
    printed = run("relay", "key").stdout
    (tmp_path / "relay.jwk").write_text(printed)
    done = run("keyholder", "enrol", MEMBER, "--key", tmp_path / "relay.jwk", "--group", "Relay")
    assert done.exit_code == 0, done.output
    assert jwk.export(Roll(tmp_path / "keyholder").find(MEMBER).key)["x"] == json.loads(printed)["x"]


def test_a_key_in_pem_can_be_enrolled(run: Run, tmp_path: Path) -> None:
    run("keyholder", "init")
    public = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert run("keyholder", "enrol", MEMBER, "--key", tmp_path / "key.pem", "--group", "A").exit_code == 0
    assert Roll(tmp_path / "keyholder").find(MEMBER).key == public


def test_a_file_that_is_no_ed25519_key_is_refused_by_code(run: Run, tmp_path: Path) -> None:
    run("keyholder", "init")
    curve = json.dumps(jwk.export(ec.generate_private_key(ec.SECP256R1()).public_key()))
    for text, code in (("nonsense", "member_key_refused"), ("{}", "member_key_refused"), (curve, "key_type")):
        (tmp_path / "key").write_text(text)
        refused = run("keyholder", "enrol", MEMBER, "--key", tmp_path / "key", "--group", "A")
        assert refused.exit_code in {REFUSED, MISCONFIGURED}
        assert code in refused.output
    missing = run("keyholder", "enrol", MEMBER, "--key", tmp_path / "nowhere", "--group", "A")
    assert (missing.exit_code, "does not exist" in missing.output) == (2, True)


def test_the_operators_public_key_is_told_at_its_making_and_whenever_asked(run: Run, tmp_path: Path) -> None:
    made = run("keyholder", "init").stdout.splitlines()[-1]
    told = run("keyholder", "key").stdout.strip()
    ring = Keyring(tmp_path / "keyholder")
    assert made == told == f"operator-1={base64url.encode(ring.public.public_bytes_raw())}"
    assert run("relay", "key").exit_code == 0
    assert run("relay", "join", MEMBER, "--operator", told).exit_code == 0


def test_a_member_is_named_by_its_id(run: Run, tmp_path: Path) -> None:
    run("keyholder", "init")
    (tmp_path / "relay.jwk").write_text(run("relay", "key").stdout)
    refused = run("keyholder", "enrol", "nonsense", "--key", tmp_path / "relay.jwk", "--group", "A")
    assert (refused.exit_code, "UUID" in refused.output) == (MISCONFIGURED, True)
    assert not (tmp_path / "keyholder" / "members.json").exists()


def test_a_member_is_withdrawn_once(run: Run, tmp_path: Path) -> None:
    run("keyholder", "init")
    (tmp_path / "relay.jwk").write_text(run("relay", "key").stdout)
    run("keyholder", "enrol", MEMBER, "--key", tmp_path / "relay.jwk", "--group", "A")
    assert run("keyholder", "withdraw", MEMBER).exit_code == 0
    again = run("keyholder", "withdraw", MEMBER)
    assert (again.exit_code, "member_unknown" in again.output) == (REFUSED, True)


@pytest.mark.parametrize("command", [(), ("key",), ("withdraw", MEMBER)])
def test_before_init_every_command_says_what_to_run(run: Run, command: tuple[str, ...]) -> None:
    refused = run("keyholder", *command)
    assert refused.exit_code == MISCONFIGURED
    assert "operator_missing: Run `registry keyholder init`" in refused.output
    assert "Listening" not in refused.output


def test_an_address_that_cannot_be_used_is_a_refusal_and_nothing_listens(run: Run, tmp_path: Path) -> None:
    run("keyholder", "init")
    nowhere = {"REGISTRY_KEYHOLDER_URL": f"unix:{tmp_path / 'nowhere' / 'socket'}"}
    refused = subprocess.run(
        [sys.executable, "-m", "registry.cli", "keyholder"],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (refused.returncode, "listen_invalid: " in refused.stderr) == (MISCONFIGURED, True)
    assert "Listening" not in refused.stdout
