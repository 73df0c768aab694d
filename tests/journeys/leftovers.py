"""Processes that should be gone."""

import time
from pathlib import Path


def processes(place: Path) -> list[str]:
    """List, after a moment, what still runs in a directory or was started with it."""
    deadline = time.monotonic() + 5
    while (found := [*_named(str(place))]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _named(place: str) -> list[str]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                said = (process / "cmdline").read_bytes() + bytes((process / "cwd").readlink())
                said += (process / "environ").read_bytes()
            except OSError:
                continue
            if place.encode() in said:
                found.append(process.name)
    return found
