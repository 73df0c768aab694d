"""`registry keys`: make, rotate and list the registry's own keys."""

import secrets
from enum import StrEnum
from typing import Annotated

import typer

from registry import keys, masters
from registry.cli.operating import Desk, operate
from registry.cli.output import DryRunOption, JsonOption, done, show
from registry.keys import KeyName
from registry.services import writers
from registry.settings import Settings, read_settings
from registry_formats.notes import VerifierKey

app = typer.Typer(help="Make, rotate and list the registry's own keys.", no_args_is_help=True)


class Rotatable(StrEnum):
    """Keys that can be replaced while what they protect stays."""

    KEK = "kek"


@app.command()
def generate(
    epoch: Annotated[
        int | None, typer.Option(help="Make only the pepper of this token epoch.", min=1, max=65535)
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make all keys of a new registry, or the pepper of a new epoch. An existing key is never overwritten."""
    settings = read_settings()
    directory = settings.keys_path
    names = [keys.pepper_name(epoch)] if epoch else [*settings.key_names, keys.pepper_name(1)]
    keys.refuse_existing(directory, names)
    if not dry_run:
        keys.generate(directory, names)
        if not epoch and settings.master_key:
            masters.make(settings.master_key)
    facts = {"directory": str(directory), "keys": names}
    done("Keys made. Back them up apart from the database.", facts, as_json=as_json, dry_run=dry_run)


@app.command()
def rotate(
    key: Annotated[Rotatable, typer.Argument(help="Which key.")],  # noqa: ARG001 - there is one so far
    to: Annotated[str, typer.Option(help="The new key, made if absent: file:PATH, or a PKCS#11 URI with pin-source.")],
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Wrap the keys of all writers of the audit log under a new master key; no entry is touched.

    Processes that run carry on. Set REGISTRY_KEK to the new key before the next one starts, then destroy the old one.
    """
    new = None if dry_run else masters.make(to)

    async def work(desk: Desk) -> tuple[str, int]:
        done_to = await writers.rotate(
            desk.session, desk.master, new, act=desk.act, trail=desk.trail, entropy=secrets.token_bytes
        )
        return desk.master.name, done_to

    old, count = operate(work, dry_run=dry_run)
    facts = {"from": old, "to": new.name if new else to.partition("?")[0], "writers": count}
    said = "It would be wrapped anew." if dry_run else "Wrapped anew. Set REGISTRY_KEK to the new key now."
    done(said, facts, as_json=as_json, dry_run=dry_run)


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
