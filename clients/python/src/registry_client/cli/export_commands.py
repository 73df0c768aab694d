"""`registry-client export verify`: check an export of the audit log with nothing but the file and the log's key."""

import argparse
from pathlib import Path

from registry_client.cli.options import Commands, add_kept, add_keys, add_output, read_kept, read_keys
from registry_client.cli.output import Progress, emit
from registry_client.verifier.exports import verify_export
from registry_client.verifier.findings import Outcome


def register(groups: Commands) -> None:
    """Add the group."""
    export = groups.add_parser("export", help="exports of the audit log")
    commands = export.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="check each row against the log, and the manifest against its seal")
    verify.add_argument("file", type=Path, metavar="FILE", help="the tar, or the directory it was unpacked to")
    add_kept(verify)
    add_keys(verify)
    add_output(verify)
    verify.set_defaults(run=_verify)


def _verify(asked: argparse.Namespace) -> Outcome:
    progress = Progress("rows", quiet=asked.quiet)
    report = verify_export(asked.file, read_keys(asked), tell=progress.tell, kept=read_kept(asked))
    return emit([report], as_json=asked.json)
