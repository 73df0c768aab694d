"""Every figure of `make bench` with its goal (platform.md section 3), in the order in which they are measured."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property

from tests.bench import (
    appends,
    batches,
    exporting,
    in_tree,
    pages,
    proofs,
    queries,
    start,
    token_evaluation,
    verifying,
)
from tests.bench.report import Goal
from tests.bench.stage import Stage, staged


class Bench:
    """What figures have in common, measured once and only when a figure needs it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    @cached_property
    def stage(self) -> Stage:
        """Set the stage."""
        return self._stack.enter_context(staged())

    @cached_property
    def rates(self) -> queries.Rates:
        """Load the servers in turns."""
        return queries.rates(self.stage)


@contextmanager
def bench() -> Iterator[Bench]:
    """Open a bench and leave nothing behind."""
    with ExitStack() as stack:
        yield Bench(stack)


Figure = tuple[Goal, Callable[[Bench], float]]
FIGURES: Mapping[str, Figure] = {
    "token_evaluation": (Goal(0.6), lambda _: token_evaluation.measure()),
    "start_s": (Goal(4, at_most=True), lambda _: start.second_s()),
    "query_over_hello": (Goal(0.6), lambda bench: bench.rates.crowd.ratio),
    "query_over_hello_256": (Goal(0.6), lambda bench: bench.rates.few.ratio),
    "query_over_naive": (Goal(6), lambda bench: bench.rates.over_naive),
    "memory_mb": (Goal(250, at_most=True), lambda bench: bench.rates.resident_mb),
    "query_p99_ms": (Goal(50, at_most=True), lambda bench: queries.p99_ms(bench.stage, bench.rates.peak)),
    "batch_over_sql": (Goal(0.5), lambda bench: batches.over_sql(bench.stage)),
    "appends_over_single": (Goal(4), lambda bench: appends.over_single(bench.stage)),
    "verify_entries_per_s": (Goal(150_000), lambda _: verifying.entries_per_s()),
    "export_rows_per_s": (Goal(5_000), lambda bench: exporting.rows_per_s(bench.stage)),
    "inclusion_p50_ms": (Goal(5, at_most=True), lambda bench: proofs.inclusion_p50_ms(bench.stage)),
    "pages_ms": (Goal(150, at_most=True), lambda bench: pages.pages_ms(bench.stage)),
    "in_tree_p99_s": (Goal(1, at_most=True), lambda bench: in_tree.p99_s(bench.stage, bench.rates.peak)),
}
