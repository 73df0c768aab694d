"""How the rates of the bare answer and of ours depend on the number of connections.

Run `python -m tests.bench.connections`.

Whoever gathers questions gathers little from few; the bare answer is fastest for few.
"""

import statistics
import sys
import time

from tests.bench.queries import Pair, add_round, api, warm
from tests.bench.report import machine
from tests.bench.stage import Stage, postgres_version, staged

NUMBERS = (16, 64, 256, 768, 1_536)
ROUNDS = 5


def measure(stage: Stage) -> dict[int, Pair]:
    """Return the rates by number of connections, in rounds over all of the numbers."""
    pairs = {number: Pair() for number in NUMBERS}
    with api(stage) as ours, stage.serving("tests.bench.hello:app", "/hello") as hello:
        warm(stage, ours)
        for _ in range(ROUNDS):
            for number, pair in pairs.items():
                add_round(stage, pair, (hello, ours), number)
    return pairs


def main() -> None:
    """Measure, and print a row for each number."""
    with staged() as stage:
        pairs = measure(stage)
    sys.stdout.write("| connections | bare answer a second | queries a second | ratio |\n| --- | --- | --- | --- |\n")
    for number, pair in pairs.items():
        hello, query = statistics.median(pair.hello), statistics.median(pair.query)
        sys.stdout.write(f"| {number} | {hello:.0f} | {query:.0f} | {pair.ratio:.2f} |\n")
    hello = max(statistics.median(pair.hello) for pair in pairs.values())
    query = max(statistics.median(pair.query) for pair in pairs.values())
    sys.stdout.write(f"\neach at its best number: {query / hello:.2f}\n")
    sys.stdout.write(f"{machine(postgres_version())}\n{time.strftime('%Y-%m-%d', time.gmtime())}\n")


if __name__ == "__main__":
    main()
