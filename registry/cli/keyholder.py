"""`registry keyholder`: the key operator as a process of its own, with its own directory. The API never holds a key."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from registry.cli import marks
from registry.cli.output import say, warn
from registry.cli.public_keys import read_ed25519
from registry.clock import real_time
from registry.errors import Misconfigured
from registry.keyholder import app as server
from registry.keyholder import operator
from registry.settings import read_settings
from registry_formats import base64url

app = typer.Typer(help="Run the key operator: blinded evaluation, proofs, quotas.", invoke_without_command=True)

MemberId = Annotated[UUID, typer.Argument(help="The member's id, as the registry admitted it.")]

_UNIX = "unix:"


@app.callback()
def serve(context: typer.Context) -> None:
    """Evaluate for members until stopped."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    marks.check(settings)
    warn(operator.NOTICE)
    address = settings.keyholder_address
    unix = address.startswith(_UNIX)
    server.serve(
        settings.keyholder_path,
        real_time,
        path=Path(address.removeprefix(_UNIX)) if unix else None,
        port=None if unix else _port(address),
        listening=lambda: say(f"Listening on {address}"),
    )


@app.command()
def init(epochs: Annotated[list[int] | None, typer.Option("--epoch", help="An epoch to open.")] = None) -> None:
    """Make the operator's directory, its keys for these epochs (1 if none is named) and its signed manifest."""
    settings = read_settings()
    operator.init(settings.keyholder_path, settings.realm, epochs=epochs or [1], now=real_time())
    say(f"Key operator of {settings.realm} made in {settings.keyholder_path}. Its public key, for members to pin:")
    key()


@app.command()
def key() -> None:
    """Print the operator's public key as NAME=KEY (Ed25519, base64url): what members and the relay pin."""
    name, public = operator.public_key(read_settings().keyholder_path)
    typer.echo(f"{name}={base64url.encode(public)}")


@app.command()
def enrol(
    member: MemberId,
    key: Annotated[Path, typer.Option(help="Its public key: JWK or PEM, Ed25519.", exists=True, dir_okay=False)],
    group: Annotated[str, typer.Option(help="The group that shares one quota.")],
    daily: Annotated[int, typer.Option(min=1, help="Elements a day and key.")] = 3_000,
) -> None:
    """Let a member ask for evaluations; takes effect at once."""
    operator.enrol(read_settings().keyholder_path, str(member), read_ed25519(key), group, daily)
    say(f"Enrolled {member} with {daily} elements a day and key")


@app.command()
def withdraw(member: MemberId) -> None:
    """Stop evaluating for a member, at once."""
    operator.withdraw(read_settings().keyholder_path, str(member))
    say(f"Withdrew {member}")


def _port(address: str) -> int:
    host, _, port = address.removeprefix("http://").partition(":")
    if host not in {"127.0.0.1", "localhost"} or not port.isdecimal():
        raise Misconfigured("listen_invalid", "REGISTRY_KEYHOLDER_URL is `unix:PATH` or `http://127.0.0.1:PORT`.")
    return int(port)
