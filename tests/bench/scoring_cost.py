"""What one score costs in plain Python: microseconds for 1, 3 and 10 incidents of three groups, all heard."""

import sys
from collections.abc import Callable
from time import perf_counter

from registry.domain.ids import IdentifierKind
from registry.domain.scoring import score
from tests.domain.score_cases import MODEL, case, report

SIZES = (1, 3, 10)
ROUNDS = 9
CALLS = 500


def measure() -> dict[str, float]:
    """Return microseconds by `miss`, `incidents_N` (the score) and `incidents_N_explained` (points and reasons too)."""
    costs = {"miss": _microseconds(_query(0, explain=True))}
    for size in SIZES:
        costs[f"incidents_{size}"] = _microseconds(_query(size, explain=False))
        costs[f"incidents_{size}_explained"] = _microseconds(_query(size, explain=True))
    return costs


def _query(size: int, *, explain: bool) -> Callable[[], object]:
    incidents = [report(number, number % 3, IdentifierKind.NATIONAL_ID) for number in range(size)]
    asked = case("", *incidents)
    return lambda: score(
        MODEL,
        tokens=asked.tokens,
        incidents=asked.incidents,
        reliability=asked.reliability,
        asker=None,
        as_of=asked.as_of,
        explain=explain,
    )


def _microseconds(call: Callable[[], object]) -> float:
    """Return the best of some rounds: what is slower was somebody else's work."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, perf_counter() - started)
    return best / CALLS * 1e6


if __name__ == "__main__":
    for name, cost in measure().items():
        sys.stdout.write(f"{name:24} {cost:8.2f} us\n")
