"""`registry-client log …`: verify a copy of the log, compare two, look for gaps, follow one."""

import argparse
from pathlib import Path

from registry_client.cli import watch_command
from registry_client.cli.options import (
    Commands,
    add_kept,
    add_keys,
    add_output,
    add_token,
    read_kept,
    read_keys,
    read_source,
    read_sources,
)
from registry_client.cli.output import Progress, emit
from registry_client.verifier.compare import compare_logs
from registry_client.verifier.exports import read_export, verify_export
from registry_client.verifier.findings import Outcome, Report
from registry_client.verifier.gaps import Crash
from registry_client.verifier.logs import check_gaps, verify_logs
from registry_formats.exports import MANIFEST

_SOURCE = "a directory in the layout of C2SP tlog-tiles (one shard, or a directory of shards), or a shard's URL"


def register(groups: Commands) -> None:
    """Add the group."""
    log = groups.add_parser("log", help="the audit log")
    commands = log.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_verify(commands)
    _add_compare(commands)
    _add_gaps(commands)
    watch_command.add(commands)


def _add_verify(commands: Commands) -> None:
    verify = commands.add_parser("verify", help="rebuild the tree from the entries and name every place that differs")
    verify.add_argument("source", metavar="DIR|URL", help=_SOURCE)
    verify.add_argument("--tiles-only", action="store_true", help="check hashes alone, where entries are not given out")
    add_kept(verify)
    add_keys(verify)
    add_token(verify)
    add_output(verify)
    verify.set_defaults(run=_verify)


def _verify(asked: argparse.Namespace) -> Outcome:
    tell = Progress("entries", quiet=asked.quiet).tell
    sources, entries = read_sources(asked.source, asked), not asked.tiles_only
    reports = verify_logs(sources, read_keys(asked), entries=entries, kept=read_kept(asked), tell=tell)
    return emit(reports, as_json=asked.json)


def _add_compare(commands: Commands) -> None:
    compare = commands.add_parser("compare", help="find the first entry at which two copies of one log part")
    compare.add_argument("one", metavar="A", help=_SOURCE)
    compare.add_argument("other", metavar="B", help="another, of the same shard")
    evidence = "write both checkpoints, and a proof file of each for the entry at which they part, into this directory"
    compare.add_argument("--evidence", type=Path, metavar="DIR", help=evidence)
    add_keys(compare)
    add_token(compare)
    add_output(compare)
    compare.set_defaults(run=_compare)


def _compare(asked: argparse.Namespace) -> Outcome:
    keys = read_keys(asked)
    found = compare_logs(read_source(asked.one, asked), read_source(asked.other, asked), keys)
    if asked.evidence and found.evidence:
        asked.evidence.mkdir(parents=True, exist_ok=True)
        for name, text in found.evidence.items():
            (asked.evidence / name).write_text(text, encoding="utf-8", newline="\n")
    return emit([found.report], as_json=asked.json)


def _add_gaps(commands: Commands) -> None:
    about = "verify a copy, then look for numbers that writers gave and no entry has, and for times of silence"
    gaps = commands.add_parser("gaps", help=about)
    or_export = "; or an export of everything, which has the numbers of members as well"
    gaps.add_argument("source", metavar="DIR|URL|FILE", help=_SOURCE + or_export)
    help_export = "an export that has what was said of writers that crashed (action writer.crashed); it is verified too"
    gaps.add_argument("--export", type=Path, metavar="FILE", help=help_export)
    add_keys(gaps)
    add_token(gaps)
    add_output(gaps)
    gaps.set_defaults(run=_gaps)


def _gaps(asked: argparse.Namespace) -> Outcome:
    keys = read_keys(asked)
    progress = Progress("entries", quiet=asked.quiet)
    if (whole := Path(asked.source)).is_file() or (whole / MANIFEST).is_file():
        return emit([verify_export(whole, keys, tell=progress.tell, gaps=True)], as_json=asked.json)
    reports, crashes = list[Report](), dict[int, Crash]()
    if asked.export:
        report, found = read_export(asked.export, keys, tell=progress.tell)
        reports.append(report)
        crashes.update(found)
    reports += check_gaps(read_sources(asked.source, asked), keys, crashes, tell=progress.tell)
    return emit(reports, as_json=asked.json)
