"""Deliberate faults in the scorer: each must be noticed, or the tests of the score prove less than they seem to.

A fault is a substitution in the source of one module. All modules of the score are loaded again under another name with
the fault inside, and asked the questions of the other tests: the published cases, the match table, the explanation. A
substitution that no longer applies fails too.
"""

import importlib
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import registry.domain
from tests.domain.score_cases import KINDS, NOW, TABLE, TODAY, report, token
from tests.domain.score_strategies import Compared, with_comparison
from tests.domain.score_vector_cases import CASES
from tests.domain.score_vectors import expected, value_of

SOURCE = Path(registry.domain.__file__).parent
MODULES = ("beliefs", "decay", "matching", "score_model", "weighing", "rungs", "reasons", "shares", "bands", "scoring")
FAULTS = tomllib.loads(Path(__file__).with_name("score_faults.toml").read_text("utf-8"))["fault"]


@contextmanager
def scorer(module: str = "", old: str = "", new: str = "") -> Iterator[dict[str, ModuleType]]:
    """Load the score's modules again, one of them with a fault."""
    loaded: dict[str, ModuleType] = {}
    try:
        for name in MODULES:
            text = (SOURCE / f"{name}.py").read_text("utf-8")
            if name == module:
                assert text.count(old) == 1, f"the fault no longer applies to {name}: {old}"
                text = text.replace(old, new)
            for other in MODULES:
                text = text.replace(f"from registry.domain.{other} import", f"from faulty_{other} import")
            loaded[name] = sys.modules[f"faulty_{name}"] = ModuleType(f"faulty_{name}")
            exec(compile(text, f"faulty_{name}", "exec"), loaded[name].__dict__)  # noqa: S102 - our own source
        yield loaded
    finally:
        for name in loaded:
            del sys.modules[f"faulty_{name}"]


def seen(code: dict[str, ModuleType]) -> Iterator[Any]:
    """Yield all that the other tests look at."""
    model = code["score_model"].ScoreModel.from_table(TABLE)
    stricter = code["score_model"].ScoreModel.from_table(TABLE | {"closure": {"min_groups": 3, "recent_days": 730}})
    for each in CASES:
        question = {field.name: getattr(each, field.name) for field in fields(each) if field.name != "name"}
        found = code["scoring"].score(model, **question)
        yield each.name, expected(found), value_of(each, model, code)
        yield sum(points for _, points in found.points) == found.score
        yield code["scoring"].score(stricter, **question).supports_closure
    yield [code["bands"].band_of(model, score) for score in range(1001)]
    wanted = code["matching"].Wanted([token(kind) for kind in KINDS])
    for kind, other, state in product(KINDS, KINDS, Compared):
        compared = dict.fromkeys(KINDS, Compared.ABSENT) | {other: state, kind: Compared.AGREES}
        item = with_comparison(report(), compared)
        yield code["matching"].match(model.match, wanted, item, TODAY.toordinal(), NOW)[:2]


with scorer() as sound:
    TRUTH = list(seen(sound))


def noticed(code: dict[str, ModuleType]) -> bool:
    """Say whether anything that the other tests look at is different."""
    try:
        return any(theirs != ours for theirs, ours in zip(seen(code), TRUTH, strict=True))
    except Exception:  # noqa: BLE001 - a fault that crashes is a fault that is noticed
        return True


def test_a_sound_copy_is_not_blamed() -> None:
    with scorer() as code:
        assert not noticed(code)
        assert code["scoring"] is not importlib.import_module("registry.domain.scoring")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["what"] for fault in FAULTS])
def test_a_fault_in_the_scorer_is_noticed(fault: dict[str, str]) -> None:
    with scorer(fault["module"], fault["old"], fault["new"]) as code:
        assert noticed(code), f"nothing notices that {fault['what']}"


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 60
    assert {fault["module"] for fault in FAULTS} == set(MODULES)
