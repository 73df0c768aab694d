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


@cache
def raised(*packages: str) -> dict[str, set[str]]:
    """Return the literal codes by the family they are raised in; of the whole registry if no package is named."""
    found: dict[str, set[str]] = defaultdict(set)
    for tree in trees(*packages):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in FAMILIES and node.args:
                found[ast.unparse(node.func)] |= texts(node.args[0])
    return found


@cache
def mentioned(*packages: str) -> set[str]:
    """Return every literal text of these packages, outside the catalogues of codes themselves."""
    return {text for tree in trees(*packages) for text in texts(tree)}


def trees(*packages: str) -> Iterator[ast.Module]:
    """Parse the sources of these packages."""
    for place in [ROOT / "registry" / package for package in packages] or [ROOT / "registry"]:
        for path in sorted(place.rglob("*.py")):
            if path.name not in CATALOGUES:
                yield ast.parse(path.read_text())


def texts(tree: ast.AST) -> set[str]:
    """Return the literal texts in an expression or a module."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}
