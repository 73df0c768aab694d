"""`registry relay`: the relay as a process of its own, with its own origin, key and directory."""

import resource
import secrets
from typing import Annotated
from uuid import UUID

import typer
import uvicorn

from registry.cli import channels, marks
from registry.cli.output import say, warn
from registry.cli.ports import require_free
from registry.clock import moved_time, real_time
from registry.errors import Misconfigured
from registry.logs import configure
from registry.relay import identity
from registry.relay.app import Terms, create_app
from registry.relay.provider import Provider
from registry.settings import PREFIX, Mode, read_settings
from registry_formats import base64url, canonical
from registry_formats.errors import FormatError

app = typer.Typer(help="Run the relay: the only place where a contact may be typed.", invoke_without_command=True)

_KEY_BYTES = 32


@app.callback()
def serve(context: typer.Context) -> None:
    """Serve notices until stopped."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    marks.check(settings)
    adapters = channels.build(settings)
    for warning in channels.warnings(adapters, live=settings.mode is Mode.LIVE):
        warn(warning)
    provider = Provider.parse(settings.relay_oidc) if settings.relay_oidc is not None else None
    # A crash must not write what is in memory to a disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    configure(settings.log_level)
    relay = create_app(
        settings.relay_path,
        issuer=settings.public_url,
        clock=moved_time(settings.test_clock) if settings.test_clock is not None else real_time,
        terms=Terms(adapters, settings.proof_url, provider=provider, here=settings.relay_url),
    )
    require_free(settings.relay_host, settings.relay_port, f"{PREFIX}RELAY_PORT")
    say(f"Listening on http://{settings.relay_host}:{settings.relay_port} for {settings.relay_url}")
    uvicorn.run(
        relay,
        host=settings.relay_host,
        port=settings.relay_port,
        log_config=None,
        access_log=False,
        server_header=False,
        http="registry.api.wire:BoundedHead",
        ws="none",
        timeout_graceful_shutdown=10,
    )


@app.command()
def key() -> None:
    """Make the relay's key and print its public half (JWK), for `registry members add --kind relay --key FILE`."""
    directory = read_settings().relay_path
    public = identity.create(directory, secrets.token_bytes(32))
    typer.echo(canonical.dumps(public).decode())


@app.command()
def join(
    member: Annotated[UUID, typer.Argument(help="The id the registry admitted this relay under.")],
    operator: Annotated[
        list[str], typer.Option(help="A key operator to believe, as NAME=KEY (Ed25519, base64url). May be repeated.")
    ],
) -> None:
    """Write down who this relay is and which key operators it believes."""
    settings = read_settings()
    pins = dict(_pin(text) for text in operator)
    identity.load_key(settings.relay_path)  # a relay without a key could not use what we write
    identity.join(settings.relay_path, member, realm=settings.realm, operators=pins, threshold=len(pins))
    say(f"This relay is member {member} of {settings.realm}.")


def _pin(text: str) -> tuple[str, bytes]:
    name, _, encoded = text.partition("=")
    try:
        key = base64url.decode(encoded, code="operator_key_malformed")
    except FormatError:
        key = b""
    if not name or len(key) != _KEY_BYTES:
        message = "--operator is NAME=KEY, as `registry keyholder key` prints it: 32 bytes as base64url."
        raise Misconfigured("operator_key_malformed", message)
    return name, key
