"""`registry keys`: make and list the registry's own keys."""

from typing import Annotated

import typer

from registry import keys
from registry.cli.output import DryRunOption, JsonOption, done, show
from registry.keys import KeyName
from registry.settings import read_settings

app = typer.Typer(help="Make and list the registry's own keys.", no_args_is_help=True)


@app.command()
def generate(
    epoch: Annotated[
        int | None, typer.Option(help="Make only the pepper of this token epoch.", min=1, max=65535)
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make all keys of a new registry, or the pepper of a new epoch. An existing key is never overwritten."""
    directory = read_settings().keys_path
    names = [keys.pepper_name(epoch)] if epoch else [*sorted(KeyName), keys.pepper_name(1)]
    keys.refuse_existing(directory, names)
    if not dry_run:
        keys.generate(directory, names)
    facts = {"directory": str(directory), "keys": names}
    done("Keys made. Back them up apart from the database.", facts, as_json=as_json, dry_run=dry_run)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the keys that exist, by name; a key itself is never shown."""
    directory = read_settings().keys_path
    show([{"key": name, "file": str(directory / name)} for name in keys.existing(directory)], as_json=as_json)
