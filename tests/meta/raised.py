"""Which codes the sources raise, read from the sources themselves."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from registry import errors
from registry.errors import RegistryError

ROOT = Path(__file__).parents[2]
FAMILIES = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, RegistryError)
}
# The relay and the key operator are programs of their own, with tables of their own.
API = ("api", "domain", "services", "store", "teller")
CATALOGUES = ("problem_codes.py", "problem_codes_appeals.py", "problem_codes_subjects.py")


def raised(*packages: str) -> dict[str, set[str]]:
    """Return the literal codes by the family they are raised in; of the whole registry if no package is named."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in paths(*packages):
        for family, codes in _read(path)[0]:
            found[family] |= codes
    return found


def mentioned(*packages: str) -> set[str]:
    """Return every literal text of these packages, outside the catalogues of codes themselves."""
    return set().union(*(_read(path)[1] for path in paths(*packages)))


def paths(*packages: str) -> Iterator[Path]:
    """Name the sources of these packages."""
    for place in [ROOT / "registry" / package for package in packages] or [ROOT / "registry"]:
        yield from (path for path in sorted(place.rglob("*.py")) if path.name not in CATALOGUES)


@cache
def _read(path: Path) -> tuple[list[tuple[str, set[str]]], set[str]]:
    """Return what a module raises, by family, and its literal texts."""
    tree = ast.parse(path.read_text())
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = ((call.func.id, call.args[0]) for call in calls if isinstance(call.func, ast.Name))
    return [(name, texts(said)) for name, said in named if name in FAMILIES], texts(tree)


def texts(tree: ast.AST) -> set[str]:
    """Return the literal texts in an expression or a module."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}
