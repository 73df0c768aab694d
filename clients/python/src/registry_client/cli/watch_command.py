"""`registry-client log watch`: follow a log, remember its last checkpoint, demand that the next one continues it.

With `--serve` the log comes to us: `witness_command`.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from registry_client.cli import witness_command
from registry_client.cli.options import Commands, add_keys, add_output, add_token, read_keys, read_sources
from registry_client.cli.output import emit
from registry_client.verifier.findings import Outcome, Report
from registry_client.verifier.sources import Source
from registry_client.verifier.watch import Follower

_AGAIN_SECONDS = 2.0


def add(commands: Commands) -> None:
    """Add the command."""
    watch = commands.add_parser("watch", help="follow a log: each checkpoint must continue the last one seen")
    source = "a registry's /log, one of its shards, or a directory; none with --serve"
    watch.add_argument("source", metavar="DIR|URL", nargs="?", help=source)
    memory = "where the last checkpoints are kept, and those that contradict them; losing it is to trust anew"
    watch.add_argument("--memory", type=Path, required=True, metavar="DIR", help=memory)
    watch.add_argument("--interval", type=float, default=60.0, metavar="SECONDS", help="between looks; 60")
    watch.add_argument("--once", action="store_true", help="look once and end")
    witness_command.add_options(watch)
    add_keys(watch)
    add_token(watch)
    add_output(watch)
    watch.set_defaults(run=lambda asked: _watch(watch, asked))


def _watch(watch: argparse.ArgumentParser, asked: argparse.Namespace) -> Outcome:
    if (asked.source is None) is not asked.serve:
        watch.error("name a log to follow, or let logs come with --serve")
    if asked.serve:
        return witness_command.serve(watch, asked)
    follower = Follower(read_keys(asked), asked.memory)
    while True:
        sources = read_sources(asked.source, asked)
        reports = look(follower, sources, clock=time.time, pause=time.sleep)
        if sources[0].name != asked.source.rstrip("/"):  # the shards of a registry were listed
            reports += miss(follower, reports)
        outcome = emit(reports, as_json=asked.json)
        # Whoever must act on a contradiction is told by the end of the process; what is missing may come back.
        if asked.once or outcome is Outcome.MISMATCH:
            return outcome
        time.sleep(asked.interval)


def look(
    follower: Follower, sources: Sequence[Source], *, clock: Callable[[], float], pause: Callable[[float], None]
) -> list[Report]:
    """Look at each log, oldest first; again before a contradiction is believed: a slow replica may have answered."""
    reports = []
    for number, source in enumerate(sources, 1):
        is_newest = number == len(sources)
        report = follower.look(source, now_s=clock() if is_newest else None)
        if report.outcome is Outcome.MISMATCH:
            pause(_AGAIN_SECONDS)
            report = follower.look(source, now_s=clock() if is_newest else None)
        reports.append(report)
    return reports


def miss(follower: Follower, reports: Sequence[Report]) -> list[Report]:
    """Name shards that were listed once and are not any more."""
    gone = follower.miss({str(report.facts.get("origin")) for report in reports})
    return [Report("shards", {}, tuple(gone))] if gone else []
