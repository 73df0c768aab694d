"""The vector file of FRS-1.0, for every language; `python -m tests.domain.score_vectors` writes it.

It holds the policy table, the decay tables, and per case the whole input and the answer. Points per incident are left
out, because only the server computes them. `value` is the belief behind the score at scale 10^9.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from registry.domain import rungs, weighing
from registry.domain.scoring import Score, score
from tests.domain.score_cases import MODEL, ROOT, TABLE, Case, as_json
from tests.domain.score_vector_cases import CASES

SCORER = {"weighing": weighing, "rungs": rungs}
FILE = ROOT / "clients/vectors/scores.json"
ANSWERED = tuple(name for name in Score.__dataclass_fields__ if name not in {"points", "disclosed"})


def answer_of(each: Case) -> Score:
    """Score a case with the registry's own scorer."""
    return score(
        MODEL,
        tokens=each.tokens,
        incidents=each.incidents,
        reliability=each.reliability,
        asker=each.asker,
        as_of=each.as_of,
    )


def points_of(each: Case) -> int:
    """Return the score of a case alone."""
    return answer_of(each).score


def value_of(each: Case, model: Any = MODEL, code: Mapping[str, Any] = SCORER) -> int:  # noqa: ANN401 - or a copy
    """Return the belief behind a score at scale 10^9, where the last bit shows."""
    view = code["weighing"].View.of(model.heard_after, each.tokens, each.asker, each.as_of)
    found = code["weighing"].find(model, each.incidents, each.reliability, view)
    return int(code["rungs"].climb(model, found.evidence, found.bounds).value)


def expected(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - also the answer of a mutated copy of the scorer
    """Return what every implementation must answer."""
    found = {name: as_json(getattr(answer, name)) for name in ANSWERED}
    return found | {"disclosed": sorted(str(item.report_id) for item in answer.disclosed)}


def document() -> dict[str, Any]:
    """Return the whole vector file."""
    return {
        "about": "Conformance cases of FRS-1.0: docs/scoring.md. Equal to the last bit in every language.",
        "version": MODEL.version,
        "digest": MODEL.digest,
        "model": TABLE,
        "tables": {
            "scale": 10**9,
            "decay": {severity: list(table) for severity, table in MODEL.decay.items()},
            "phone": list(MODEL.match.phone_by_day),
        },
        "cases": [
            {
                "name": each.name,
                "as_of": as_json(each.as_of),
                "asker": as_json(each.asker),
                "tokens": as_json(each.tokens),
                "incidents": as_json(each.incidents),
                "reliability": as_json(each.reliability),
                "expect": expected(answer_of(each)) | {"value": value_of(each)},
            }
            for each in CASES
        ],
    }


def text() -> str:
    """Return the file: one line for each entry and for each case, so that a change shows where it is."""
    whole = document()
    cases = ",\n".join(_line(each) for each in whole.pop("cases"))
    head = "".join(f"{_line(name)}: {_line(value)},\n" for name, value in whole.items())
    return f'{{{head}"cases": [\n{cases}\n]}}\n'


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
    sys.stdout.write(f"{len(CASES)} cases\n")
