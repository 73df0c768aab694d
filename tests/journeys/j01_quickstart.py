"""J1: what README.md and docs/quickstart.md tell a newcomer to type, typed: a scored query in under 5 minutes, offline.

Each fenced block of the quickstart is run as it stands, in order, in a directory with nothing but a link to the virtual
environment. `make serve` is what it stands for in the Makefile, on free ports and in an empty data directory.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from registry.demo.stage import Stage, running

ROOT = Path(__file__).parents[2]
LONGEST = 300.0
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OFFLINE = {
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "no_proxy": "127.0.0.1,localhost",
    "PIP_NO_INDEX": "1",
}


def play(directory: Path) -> None:
    """Type the quickstart."""
    began = time.monotonic()
    assert re.search(r"^serve:.*\n\t\$\(BIN\)/registry up\b", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shop = directory / "shop"
    shop.mkdir()
    (shop / ".venv").symlink_to(sys.prefix)
    with running(directory / "data") as stage:
        said = "".join(_typed(stage, shop, *block) for block in _blocks())
    for promised in ("none 0", "severe", "submitted"):
        assert promised in said, f"the quickstart does not end with {promised}:\n{said}"
    assert time.monotonic() - began < LONGEST


def _blocks() -> Iterator[tuple[str, str]]:
    readme = (ROOT / "README.md").read_text()
    section = readme.partition("## Five-minute quickstart\n")[2].partition("\n## ")[0]
    for text in (section, (ROOT / "docs" / "quickstart.md").read_text()):
        found = _BLOCK.findall(text)
        assert found, "a quickstart without anything to type"
        yield from found


def _typed(stage: Stage, shop: Path, language: str, text: str) -> str:
    if text.startswith("make serve"):
        return ""
    command = ["bash", "-euc", text] if language == "sh" else [sys.executable, "-c", text]
    done = subprocess.run(
        command, cwd=shop, env={**stage.environment, **_OFFLINE}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout
