"""`registry-client receipts check`: did the registry keep what it signed."""

import argparse
import time
from pathlib import Path

from registry_client.cli.options import Commands, add_keys, add_output, add_token, read_keys, read_sources
from registry_client.cli.output import emit
from registry_client.verifier.findings import Outcome
from registry_client.verifier.promises import check_receipts


def register(groups: Commands) -> None:
    """Add the group."""
    receipts = groups.add_parser("receipts", help="receipts that a member collected")
    commands = receipts.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check signatures, and that the entries promised are in the log")
    check.add_argument("file", type=Path, metavar="FILE", help="JSON objects, one a line; or the SDK's directory")
    check.add_argument("--log", metavar="DIR|URL", help="where to look for entries that come without a proof")
    check.add_argument("--at", type=float, metavar="SECONDS", help="the time to judge by, since 1970; default: now")
    add_keys(check)
    add_token(check)
    add_output(check)
    check.set_defaults(run=_check)


def _check(asked: argparse.Namespace) -> Outcome:
    now_s = asked.at if asked.at is not None else time.time()
    logs = read_sources(asked.log, asked) if asked.log else []
    return emit(check_receipts(asked.file, read_keys(asked), logs, now_ms=int(now_s * 1000)), as_json=asked.json)
