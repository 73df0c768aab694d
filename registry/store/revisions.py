"""The revision that this code is written for, read from the migrations' own lines.

Alembic would import every migration and itself for it: eight megabytes in each process that answers requests.
"""

import re
from functools import cache
from pathlib import Path

_VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
_LINE = re.compile(r'^(revision|down_revision) = "([0-9]+)"$', re.MULTILINE)


@cache
def head() -> str:
    """Return the one revision that no other follows."""
    found = [line for path in _VERSIONS.glob("*.py") for line in _LINE.findall(path.read_text(encoding="utf-8"))]
    named: dict[str, set[str]] = {name: {number for line, number in found if line == name} for name, _ in found}
    (last,) = named["revision"] - named["down_revision"]
    return last
