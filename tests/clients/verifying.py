"""Run `registry-client` as an auditor does, and read what it says."""

import contextlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry_client.cli.app import main
from registry_formats.bundles import bundle_path
from tests.log_files import KEY

Found = tuple[str, int | None, int | None]
FIRST_ROWS = "rows/000000.jsonl"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ended with and wrote."""

    code: int
    said: dict[str, Any]

    @property
    def checks(self) -> list[dict[str, Any]]:
        return list(self.said["checks"])

    @property
    def faults(self) -> list[dict[str, Any]]:
        return [fault for check in self.checks for fault in check["faults"]]

    @property
    def found(self) -> list[Found]:
        return [(fault["finding"], fault.get("index"), fault.get("last")) for fault in self.faults]


def run(*arguments: str | Path, key: str = KEY.vkey.encode()) -> Said:
    """Run a command with a key and `--json`."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*map(str, arguments), "--key", key, "--json", "--quiet"])
    return Said(code, json.loads(out.getvalue()))


def verify(directory: Path, *options: str | Path, key: str = KEY.vkey.encode()) -> Said:
    """Verify a copy of the log."""
    return run("log", "verify", directory, *options, key=key)


def bundle_of(log: Path, index: int, size: int) -> Path:
    """Find the file that holds an entry of a log of this size."""
    return log / bundle_path(index // 256, min(256, size - index // 256 * 256))


def flip(path: Path, at: int) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def verify_export(path: Path, key: str = KEY.vkey.encode()) -> Said:
    """Verify an export."""
    return run("export", "verify", path, key=key)


def rewrite(export: Path, change: Callable[[list[bytes]], Sequence[bytes]], file: str = FIRST_ROWS) -> None:
    """Change the lines of one file of an export."""
    path = export / file
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
