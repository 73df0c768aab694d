"""What the cores of this machine are worth: two that share one physical core get much less done than two of their own.

A query keeps the server, its teller and PostgreSQL busy at once, a bare answer the server alone; so the ratio of the
two depends on it.
"""

import os
import statistics
import subprocess
import sys

ROUNDS, SECONDS = 3, 0.15
_BUSY = """
import sys, time
print("ready", flush=True)
sys.stdin.readline()
began, done = time.perf_counter(), 0
while (now := time.perf_counter()) - began < float(sys.argv[1]):
    done += len([str(number) for number in range(1000)])
print(done / (now - began))
"""


def count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def worth() -> float:
    """Return how many times the work of one busy process get done by one for each core, all at once."""
    return statistics.median(sum(_rates(count())) / sum(_rates(1)) for _ in range(ROUNDS))


def _rates(processes: int) -> list[float]:
    command = [sys.executable, "-I", "-c", _BUSY, str(SECONDS)]
    pipe = subprocess.PIPE
    busy = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    for process in busy:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in busy:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [float(process.communicate()[0]) for process in busy]
