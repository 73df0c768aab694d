"""Each import contract of pyproject.toml holds, and breaks when somebody breaks it."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# One violation for each contract: a module, and what it must not import.
PLANTS = {
    "layers": ("registry/store/embedded.py", "import registry.settings"),
    "pure": ("registry/domain/ids.py", "import random"),
    "native": ("registry/crypto/merkle.py", "import argon2"),
    "sql": ("registry/services/audit.py", "import sqlalchemy"),
    "http": ("registry/services/audit.py", "import httpx"),
    "use-cases": ("registry/services/planted.py", "import registry.services.scores"),
    "apart": ("registry/keyholder/planted.py", "import registry.store.database"),
    "sdk": ("clients/python/src/registry_client/planted.py", "import registry.errors"),
    "formats": ("clients/python/src/registry_formats/planted.py", "import registry_client"),
}


def lint(tree: Path) -> str:
    """Return what is said of a tree; reading it takes seconds, so all contracts are checked in one go."""
    path = os.pathsep.join([str(tree), str(tree / "clients/python/src")])
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False).stdout


def copy(tree: Path) -> Path:
    for package in ("registry", "clients/python/src"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of the tree as it is."""
    return lint(copy(tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a tree with every violation in it."""
    tree = copy(tmp_path_factory.mktemp("broken"))
    for name, statement in PLANTS.values():
        with (tree / name).open("a") as module:
            module.write(f"\n{statement}\n")
    return lint(tree)


def test_every_contract_has_a_planted_violation() -> None:
    assert [contract["id"] for contract in CONTRACTS] == list(PLANTS)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: str(contract["id"]))
def test_the_contract_holds_and_breaks_on_a_planted_violation(
    whole: str, broken: str, contract: Mapping[str, str]
) -> None:
    assert f"{contract['name']} KEPT" in whole
    assert f"{contract['name']} BROKEN" in broken
    name, statement = PLANTS[contract["id"]]
    importer = name.removeprefix("clients/python/src/").removesuffix(".py").replace("/", ".")
    assert f"{importer} -> {statement.removeprefix('import ')}" in broken


def test_a_new_module_must_choose_its_layer(tmp_path: Path) -> None:
    tree = copy(tmp_path)
    (tree / "registry" / "planted.py").write_text('"""A module without a layer."""\n')
    assert "registry.planted" in lint(tree)
