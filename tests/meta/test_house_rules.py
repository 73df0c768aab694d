"""House rules that a program can see, in the order a reviewer would ask for them."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SOURCES = ("registry/", "clients/python/src/")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TABLE = 300, 40, 80
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
# The brackets keep this file from breaking its own rules. In quotes, three crosses are "no currency" (ISO 4217).
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|(?<!\")XX[X]|NotImplemente[d]Error|xfai[l])\b|pragma: no[ ]cover")
ELSEWHERE = re.compile(r"/(wor[k]|roo[t]|hom[e])/\w|pyp[i]\.org|pythonhoste[d]|npmj[s]\.org")
# Sessions commit by leaving their block; only Alembic's own connections are committed by hand.
MAY_COMMIT = {"registry/store/migrations.py"}
TELLS_TIME = {"registry/clock.py"}


@cache
def tracked() -> tuple[str, ...]:
    """Return the files of the project, those not yet added included; git knows which are not ours."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return tuple(name for name in listed if (ROOT / name).is_file())


def python(*places: str) -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and name.startswith(places or ("",))]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text())


@pytest.fixture(scope="module", autouse=True)
def _forget_trees() -> Iterator[None]:
    yield
    tree.cache_clear()


def text(name: str) -> str:
    try:
        return (ROOT / name).read_text()
    except UnicodeDecodeError:
        return ""


def none(found: list[str]) -> None:
    assert not found, "\n".join(found)


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def functions(name: str) -> list[FunctionNode]:
    return [node for node in ast.walk(tree(name)) if isinstance(node, FunctionNode)]


def calls(name: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_no_file_is_too_long() -> None:
    ours = [name for name in tracked() if name.endswith((".py", ".ts", ".html", ".css", ".js"))]
    lengths = {name: text(name).count("\n") for name in ours if not name.startswith("migrations/versions/")}
    none([f"{name}: {length}" for name, length in lengths.items() if length > LONGEST_FILE])


def length(node: FunctionNode) -> int:
    """Count the lines of a function without its docstring, which is to be as long as its reader needs."""
    first, last = node.body[0], node.end_lineno or 0
    described = ast.get_docstring(node) is not None
    return last - node.lineno + 1 - ((first.end_lineno or 0) - first.lineno + 1 if described else 0)


def test_no_function_is_too_long() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name in python(*SOURCES, "tests/")
        for node in functions(name)
        # A table of cases is read line by line, however long it is.
        if length(node) > (LONGEST_TABLE if name.startswith("tests/domain/") else LONGEST_FUNCTION)
    ]
    none(long)


def test_nothing_is_left_unfinished() -> None:
    code = [name for name in tracked() if name.endswith((".py", ".ts", ".html", ".css", ".toml", ".mako"))]
    left = [name for name in code if UNFINISHED.search(text(name))]
    none(left)


def test_names_say_what_is_inside() -> None:
    none([name for name in tracked() if VAGUE & {part.partition(".")[0].strip("_") for part in Path(name).parts}])


def test_time_is_an_argument() -> None:
    clocks = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?)$")
    told = [
        f"{name}:{line} {call}"
        for name in python("registry/", "clients/python/src/registry_formats/")
        if name not in TELLS_TIME
        for line, call in calls(name)
        if clocks.search(call)
    ]
    none(told)


def test_leaving_the_block_is_what_commits() -> None:
    commits = [
        f"{name}:{line}"
        for name in python("registry/")
        if name not in MAY_COMMIT
        for line, call in calls(name)
        if call.endswith(".commit")
    ]
    none(commits)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    known = [f"{name}: {found.group()}" for name in tracked() if (found := ELSEWHERE.search(text(name)))]
    none(known)


def test_imports_are_absolute() -> None:
    relative = [
        f"{name}:{node.lineno}"
        for name in python()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    none(relative)


def test_every_module_says_what_it_is_for() -> None:
    none([name for name in python(*SOURCES, "tests/", "migrations/") if not ast.get_docstring(tree(name))])


def test_every_test_can_fail() -> None:
    vacuous = [
        f"{name}:{node.lineno} {node.name}"
        for name in python("tests/")
        for node in functions(name)
        if node.name.startswith("test_") and not _can_fail(node, {other.name: other for other in functions(name)})
    ]
    none(vacuous)


def _can_fail(function: ast.AST, beside: dict[str, FunctionNode]) -> bool:
    """Tell whether a function asserts, itself or in a function of the same file that it calls."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            others = {name: other for name, other in beside.items() if name != called}
            if re.search(r"(^|\.|_)(raises|fail|none|check\w*|assert\w*|verify\w*|validate\w*|refused?\w*)$", called):
                return True
            if called in beside and _can_fail(beside[called], others):
                return True
    return False


def test_tests_are_named_as_sentences() -> None:
    short = [
        f"{name}:{node.lineno} {node.name}"
        for name in python("tests/")
        for node in functions(name)
        if node.name.startswith("test_") and node.name.count("_") < 3
    ]
    none(short)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_exact_hashed_and_name_no_place(name: str) -> None:
    lines = text(name).splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("-", " -e"))]
    heads = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    assert len(heads) > 30
    assert all(re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+.* \\$", lines[number]) for number in heads)
    assert all(lines[number + 1].startswith("    --hash=sha256:") for number in heads)


def test_requirements_keep_the_bounds_of_both_packages() -> None:
    pinned = dict(re.findall(r"^([a-z0-9.-]+)(?:\[.*?\])?==(\S+)", text("requirements-dev.txt"), re.MULTILINE))
    asked: list[str] = []
    for name in ("pyproject.toml", "clients/python/pyproject.toml"):
        project = tomllib.loads(text(name))["project"]
        asked += [*project["dependencies"], *project.get("optional-dependencies", {}).get("dev", [])]
    bounds = [Requirement(line) for line in asked if line != "registry-client"]
    none(
        [str(bound) for bound in bounds if not bound.specifier.contains(pinned.get(bound.name, "0"), prereleases=True)]
    )


def test_the_client_is_not_pinned_to_itself() -> None:
    assert "registry-client" not in text("requirements.txt") + text("requirements-dev.txt")
