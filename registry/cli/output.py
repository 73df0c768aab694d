"""How commands speak: tables and sentences for people, JSON for programs; complaints go to standard error."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from registry.api.problem_codes import CODES
from registry.errors import Misconfigured, RegistryError

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Do everything, then take it back; show what would be.")]


def called() -> str:
    """Return how this program was called, for commands that are printed to be copied: it may not be in the PATH."""
    program = sys.argv[0]
    return program if Path(program).name == "registry" else "registry"


def say(sentence: str) -> None:
    """Print a sentence."""
    Console(highlight=False, soft_wrap=True).print(sentence, markup=False)


def warn(sentence: str) -> None:
    """Print a warning to standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"WARNING  {sentence}", style="bold yellow", markup=False
    )


def complain(error: RegistryError) -> None:
    """Print a refusal to standard error: its code, what it means, what to do."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if isinstance(error, Misconfigured):
        console.print(f"{error.code}: {error.message}", style="bold red", markup=False)
        return
    meaning = CODES.get(error.code)
    text = f"{meaning.title} {meaning.cure}" if meaning else ""
    console.print(f"{error.code}: {text}", style="bold red", markup=False)


def show(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """Print rows of equal shape."""
    if as_json:
        typer.echo(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2).decode())
        return
    if not rows:
        say("Nothing there.")
        return
    table = Table()
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console(highlight=False).print(table)


def done(sentence: str, facts: Mapping[str, object], *, as_json: bool, dry_run: bool) -> None:
    """Print what a command did, or would have done."""
    if as_json:
        typer.echo(orjson.dumps({**facts, "dry_run": dry_run}, option=orjson.OPT_INDENT_2).decode())
        return
    say(f"Dry run, nothing was changed. {sentence}" if dry_run else sentence)
    for name, value in facts.items():
        say(f"  {name}: {_cell(value)}")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return " ".join(value) if isinstance(value, list) else str(value)
