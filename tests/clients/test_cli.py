"""What `registry-client` says to people and to programs, and how it ends when it is not understood."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from registry_client import verifier
from registry_client.cli.app import main, parser
from registry_client.cli.output import Progress
from registry_client.verifier.findings import Fault, Finding, Outcome
from tests.log_files import KEY, leaves, write_log

PAGE = Path(__file__).parents[2] / "docs" / "verifying.md"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    write_log(tmp_path / "log", leaves(300))
    return tmp_path / "log"


def _verify(log: Path, *options: str) -> int:
    return main(["log", "verify", str(log), "--key", KEY.vkey.encode(), *options])


def test_people_are_told_what_was_checked_and_each_fault_on_a_line(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _verify(log) == 0
    assert re.fullmatch(rf"{log}, origin {KEY.name}, size 300, root \S+\ngood\n", capsys.readouterr().out)
    bundle = log / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    (log / "tile/0/001.p/44").unlink()
    assert _verify(log) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  incomplete: file_missing index 256 to 299 in tile/0/001.p/44",
        "  mismatch: entry_changed index 255",
        "mismatch",
    ]


def test_programs_are_told_the_same_in_one_object(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _verify(log, "--json", "--quiet") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["checks"][0]["size"], said["checks"][0]["faults"]) == ("good", 300, [])


def test_progress_is_shown_on_standard_error_and_not_when_it_is_not_wanted(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _verify(log)
    assert capsys.readouterr().err == "80 % of 300 entries\n100 % of 300 entries\n"
    _verify(log, "--quiet")
    assert capsys.readouterr().err == ""


def test_on_a_terminal_progress_is_one_line_that_is_written_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = Progress("rows", quiet=False)
    for done in (0, 1, 2, 3):
        progress.tell(done, 3)
    assert capsys.readouterr().err == "\r  0 % of 3 rows\r100 % of 3 rows\n"


@pytest.mark.parametrize("arguments", [[], ["log"], ["log", "verify"], ["export"], ["nothing"]])
def test_a_command_that_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_key_that_is_none_is_refused_by_its_code(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "verify", str(log), "--key", "nonsense"]) == Outcome.INCOMPLETE
    assert capsys.readouterr().err == "registry-client: vkey_malformed\n"


def test_a_file_that_is_not_there_is_named(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _verify(log, "--keys", "/nowhere/keys") == Outcome.INCOMPLETE
    assert capsys.readouterr().err == "registry-client: /nowhere/keys: No such file or directory\n"


def test_keys_come_from_a_file_as_well(log: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(f"# of the log\n\n{KEY.vkey.encode()}  # by voice, 2026-11-21\n")
    assert main(["log", "verify", str(log), "--keys", str(keys), "--quiet"]) == 0


def test_the_page_for_auditors_names_every_finding_with_its_exit_code() -> None:
    rows = re.findall(r"^\| (`.*?`) \| ([12](?:, 2)?) \|", PAGE.read_text(), re.MULTILINE)
    said: dict[str, str] = {}
    for names, codes in rows:
        found = re.findall(r"`(\w+)`", names)
        said |= dict(zip(found, codes.split(", ") * (1 if ", " in codes else len(found)), strict=True))
    assert said == {finding.value: str(int(Fault(finding).outcome)) for finding in Finding}


def test_the_commands_of_the_page_are_commands() -> None:
    typed = re.findall(r"^registry-client (.*?)(?:   #.*)?$", PAGE.read_text(), re.MULTILINE)
    assert len(typed) >= 9
    for line in typed:
        assert parser().parse_args(line.split()).run


def test_it_runs_as_a_program(log: Path) -> None:
    command = [sys.executable, "-m", "registry_client.cli.app", "log", "verify", str(log), "--key", KEY.vkey.encode()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("good\n")


def test_the_checks_are_made_of_the_standard_library_and_the_formats_alone() -> None:
    imported: dict[str, set[str]] = {}
    for path in Path(verifier.__file__).parent.glob("*.py"):
        names = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
        }
        for name in names:
            imported.setdefault(name.partition(".")[0], set()).add(path.name)
    ours = {"registry_formats", "registry_client"}
    others = {name: files for name, files in imported.items() if name not in sys.stdlib_module_names | ours}
    assert others == {"httpx": {"sources.py"}}  # for a URL, and only there
