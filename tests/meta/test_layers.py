"""Each import contract of pyproject.toml holds, and breaks when somebody breaks it."""

import os
import shutil
import subprocess
import sys
import tomllib
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


def lint(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(tree), str(tree / "clients/python/src")])
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache", "--contract", contract]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def copy(tree: Path) -> Path:
    for package in ("registry", "clients/python/src"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def test_every_contract_has_a_planted_violation() -> None:
    assert [contract["id"] for contract in CONTRACTS] == list(PLANTS)


@pytest.mark.parametrize("contract", PLANTS)
def test_the_contract_holds_and_breaks_on_a_planted_violation(tmp_path: Path, contract: str) -> None:
    tree = copy(tmp_path)
    before = lint(tree, contract)
    assert before.returncode == 0, before.stdout
    name, statement = PLANTS[contract]
    with (tree / name).open("a") as module:
        module.write(f"\n{statement}\n")
    after = lint(tree, contract)
    assert after.returncode == 1, after.stdout + after.stderr
    assert "1 broken" in after.stdout


def test_a_new_module_must_choose_its_layer(tmp_path: Path) -> None:
    tree = copy(tmp_path)
    (tree / "registry" / "planted.py").write_text('"""A module without a layer."""\n')
    after = lint(tree, "layers")
    assert after.returncode == 1
    assert "registry.planted" in after.stdout
