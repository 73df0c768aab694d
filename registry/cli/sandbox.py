"""`registry sandbox`: what only made-up records allow: members admitted with keys we make, and a clock that jumps."""

import json
import os
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pyotp
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from registry import keys
from registry.cli import founding, marks
from registry.cli.operating import Desk, operate
from registry.cli.output import say
from registry.cli.up import one_machine, sandbox_clock
from registry.clock import advance, real_time
from registry.domain.quotas import Quota, daily_limit
from registry.errors import Misconfigured
from registry.services import members
from registry.services.members import Application
from registry.settings import Settings
from registry.store.members import Member
from registry_formats import base64url, jwk
from registry_formats.notes import VerifierKey

app = typer.Typer(help="Play with a sandbox: admit members, move the clock.", no_args_is_help=True)


@app.command()
def admit(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Members of one group.")],
    to: Annotated[Path, typer.Option(help="Directory for key and facts; one below it for each of several names.")],
    group: Annotated[str, typer.Option(help="Common ownership. Default: the first name.")] = "",
    claims_per_day: Annotated[int, typer.Option(help="Verified daily refund claims; sets the quotas.", min=1)] = 1000,
) -> None:
    """Make a key, admit a member with it, enrol it at the key operator, and write down what its SDK needs."""
    settings = _sandbox()
    _require_own(settings)
    secrets = {name: Ed25519PrivateKey.generate() for name in names}
    places = _places(names, to)
    applications = [
        Application(name, group or names[0], jwk.export(key.public_key()), claims_per_day=claims_per_day)
        for name, key in secrets.items()
    ]
    with ExitStack() as undo:  # a member whose key could not be kept must not be admitted, nor the other way round
        for name, key in secrets.items():
            undo.callback(_write_key(places[name], key).unlink)
        admitted = operate(lambda desk: _add(desk, applications))
        undo.pop_all()
    for member in admitted:
        daily = daily_limit(Quota.EVALUATIONS, claims_per_day)
        founding.enrol(settings, member.id, secrets[member.name].public_key(), group=member.group, daily=daily)
        directory = places[member.name]
        (directory / "member.json").write_text(json.dumps(_facts(settings, member), indent=2) + "\n")
        say(f"{member.name} of group {member.group} is admitted: {directory}/member.json, {directory}/member.key")


@app.command("advance-clock")
def advance_clock(
    days: Annotated[float, typer.Option(min=0)] = 0, hours: Annotated[float, typer.Option(min=0)] = 0
) -> None:
    """Move the sandbox's clock forward, for all its processes at once; it never goes back."""
    settings = _sandbox()
    whole = advance(sandbox_clock(settings), timedelta(days=days, hours=hours))
    say(f"The sandbox is {whole.total_seconds() / 86_400:.2f} days ahead of real time.")


@app.command()
def code(secret: Annotated[str, typer.Argument(help="In base32, as `registry demo` prints it.")]) -> None:
    """Print the code that an authenticator app would show now."""
    typer.echo(pyotp.TOTP(secret).at(real_time()))


def _sandbox() -> Settings:
    settings = one_machine()
    if not marks.was_sandbox(settings):
        message = f"There is no sandbox in {settings.data_dir}: start one with `registry up`, or set REGISTRY_DATA_DIR."
        raise Misconfigured("sandbox_missing", message)
    return settings


def _require_own(settings: Settings) -> None:
    """Refuse to admit to a registry that is not the one that answers there. Misconfigured `realm_differs`."""
    try:
        answer = httpx.get(f"{settings.public_url}/.well-known/registry", timeout=2, verify=False)  # noqa: S501 - a sandbox
        realm = answer.json()["realm"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return  # it need not run
    if realm != settings.realm:
        message = f"At {settings.public_url} answers the registry of {realm}, and {settings.data_dir} is another one's;"
        raise Misconfigured("realm_differs", f"{message} set what `registry up` printed there for other commands.")


async def _add(desk: Desk, applications: list[Application]) -> list[Member]:
    return [await members.add(desk.session, one, act=desk.act, trail=desk.trail) for one in applications]


def _facts(settings: Settings, member: Member) -> dict[str, Any]:
    receipts = keys.receipts_public_key(settings.keys_path)
    log = keys.log_public_key(settings.keys_path)
    operators = founding.operator_keys(settings)
    return {
        "name": member.name,
        "member_id": str(member.id),
        "base_url": settings.public_url,
        "relay_url": settings.relay_url,
        "clock": str(sandbox_clock(settings).resolve()),
        "trust": {
            "realm": settings.realm,
            "receipt_vkeys": [VerifierKey(f"{settings.realm}/receipts", receipts).encode()],
            "log_vkeys": [VerifierKey(f"{settings.realm}/audit", log).encode()],
            "operators": {name: base64url.encode(public) for name, public in operators.items()},
        },
    }


def _places(names: list[str], to: Path) -> dict[str, Path]:
    """Choose a directory below `to` for each of several names. Misconfigured `member_name_refused`."""
    if any(not name or "/" in name or name.startswith(".") for name in names):
        message = "A name is also a directory's: it is not empty, holds no `/` and does not start with a dot."
        raise Misconfigured("member_name_refused", message)
    return {name: to if len(names) == 1 else to / name for name in names}


def _write_key(directory: Path, key: Ed25519PrivateKey) -> Path:
    """Keep a new member's key. Misconfigured `member_files_exist`, `member_directory_unusable`."""
    path = directory / "member.key"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        message = f"{directory} is taken, and a member's key is never overwritten; name another directory by --to."
        raise Misconfigured("member_files_exist", message) from None
    except OSError as error:
        raise Misconfigured("member_directory_unusable", f"--to: {directory}: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path
