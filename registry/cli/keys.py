"""`registry keys`: make and list the registry's own keys."""

from typing import Annotated

import typer

from registry import keys
from registry.cli.output import DryRunOption, JsonOption, done, show
from registry.keys import KeyName
from registry.settings import Settings, read_settings
from registry_formats.notes import VerifierKey

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
    """List the keys that exist, by name, with what verifies those that sign for members; a key is never shown."""
    settings = read_settings()
    directory, vkeys = settings.keys_path, _verifier_keys(settings)
    here = keys.existing(directory)
    rows = [
        {"key": name, "file": str(directory / name) if name in here else None, "pin": vkeys.get(name)}
        for name in sorted({*here, *vkeys})
    ]
    show(rows, as_json=as_json)


def _verifier_keys(settings: Settings) -> dict[str, str]:
    """Return the verifier keys (vkeys) that members pin; a public half stays when its key has been moved away."""
    publics = {KeyName.RECEIPTS: keys.receipts_public_key, KeyName.LOG: keys.log_public_key}
    names = {KeyName.RECEIPTS: f"{settings.realm}/receipts", KeyName.LOG: f"{settings.realm}/audit"}
    return {
        name.value: VerifierKey(names[name], public(settings.keys_path)).encode()
        for name, public in publics.items()
        if (settings.keys_path / f"{name}.pub").exists()
    }
