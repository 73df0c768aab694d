"""`registry-client`: parse, run one command, end with 0 (good), 1 (mismatch) or 2 (incomplete, or not understood)."""

import argparse
import sys
from collections.abc import Callable, Sequence

from registry_client.cli import export_commands, log_commands, receipts_commands
from registry_client.cli.options import Commands
from registry_client.cli.output import say
from registry_client.verifier.findings import Outcome
from registry_client.verifier.sources import SourceUnreadable
from registry_formats.errors import FormatError

REGISTER: Sequence[Callable[[Commands], None]] = (
    log_commands.register,
    export_commands.register,
    receipts_commands.register,
)
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; None: those of the process."""
    asked = parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except FormatError as error:
        say(f"registry-client: {error.code}")
    except SourceUnreadable as error:
        say(f"registry-client: {error.code}")
    except OSError as error:
        say(f"registry-client: {error.filename or ''}: {error.strerror or type(error).__name__}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    return Outcome.INCOMPLETE


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="registry-client",
        description="Check the registry from outside: no database, no server, no trust in who runs it.",
        epilog="Exit codes: 0 good, 1 mismatch, 2 incomplete (something could not be checked).",
    )
    groups = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for register in REGISTER:
        register(groups)
    return top


if __name__ == "__main__":
    sys.exit(main())
