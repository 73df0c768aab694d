"""`make bench`: measure what platform.md section 3 promises, each figure as a line that a script can read.

`python -m tests.bench [NAME] [--write FILE]`; progress goes to standard error.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.bench.figures import FIGURES, bench
from tests.bench.report import Result, machine, replace, table
from tests.bench.stage import postgres_version


def main() -> None:
    """Measure all figures, or one, and print them; with `--write`, put them into the documentation as well."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the registry.")
    parser.add_argument("name", nargs="?", choices=FIGURES, help="one figure instead of all")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a Markdown file with the marks of the table")
    asked = parser.parse_args()
    results = []
    with bench() as common:
        for name in [asked.name] if asked.name else FIGURES:
            sys.stderr.write(f"{name} …\n")
            goal, measure = FIGURES[name]
            results.append(Result(name, measure(common), goal))
            sys.stdout.write(f"{results[-1].line()}\n")
            sys.stdout.flush()
    facts, day = machine(postgres_version()), time.strftime("%Y-%m-%d", time.gmtime())
    sys.stdout.write(f"{facts}\n{day}\n")
    if asked.write:
        asked.write.write_text(replace(asked.write.read_text(), table(results, facts, day)))


if __name__ == "__main__":
    main()
