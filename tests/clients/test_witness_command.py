"""`registry-client log watch --serve` as a process: listens, cosigns, ends when told, and goes on where it ended."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from registry_client.cli.app import main
from registry_formats.cosignatures import parse_cosigner, verify_cosignatures
from registry_formats.notes import add_signatures, parse_signatures
from tests.clients.test_witness import HONEST, LOG_KEY, NAME

_COMMAND = (sys.executable, "-m", "registry_client.cli.app", "log", "watch", "--serve")


@contextmanager
def serving(memory: Path) -> Iterator[tuple[list[str], httpx.Client]]:
    """Run a witness; give its vkeys and a client of it."""
    options = ("--memory", memory, "--name", NAME, "--key", LOG_KEY.vkey.encode(), "--listen", "127.0.0.1:0")
    process = subprocess.Popen([*_COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        where = process.stderr.readline().split()[-1]
        vkeys = [process.stdout.readline().strip()]
        with httpx.Client(base_url=where) as client:
            yield vkeys, client
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said.splitlines()[-1] == "Stopped."


def test_a_witness_goes_on_where_it_ended(tmp_path: Path) -> None:
    seen = []
    for old, new in ((0, 50), (50, 60)):
        with serving(tmp_path / "witness") as (vkeys, client):
            answer = client.post("/add-checkpoint", content=HONEST.submission(old, new))
            assert answer.status_code == 200
            note = add_signatures(HONEST.signed(new), parse_signatures(answer.text))
            assert verify_cosignatures(note, [parse_cosigner(vkey) for vkey in vkeys])
            seen += vkeys
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "options",
    [
        ["https://registry.example/log", "--serve"],
        [],
        ["--serve"],
        ["--serve", "--name", "w"],
        ["--serve", "--name", "w", "--key", LOG_KEY.vkey.encode(), "--listen", "nowhere"],
        ["--serve", "--name", "w", "--key", LOG_KEY.vkey.encode(), "--listen", "127.0.0.1:99999"],
    ],
)
def test_what_cannot_be_served_is_said_at_once(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["log", "watch", "--memory", str(tmp_path), *options])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_name_that_no_line_can_carry_and_a_key_without_memory_end_with_their_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve = ["log", "watch", "--serve", "--memory", str(tmp_path), "--key", LOG_KEY.vkey.encode(), "--name"]
    assert main([*serve, "two words"]) == 2
    assert "vkey_malformed" in capsys.readouterr().err
    (tmp_path / "witness.db").unlink()
    assert main([*serve, NAME]) == 2
    assert "witness_state_missing" in capsys.readouterr().err
