"""`registry sandbox`: what only made-up records allow: members admitted with keys we make, and a clock that jumps."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from registry import keys
from registry.cli import founding, marks
from registry.cli.operating import Desk, operate
from registry.cli.output import say
from registry.cli.up import one_machine, sandbox_clock
from registry.clock import advance
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
    secrets = {name: Ed25519PrivateKey.generate() for name in names}
    applications = [
        Application(name, group or names[0], jwk.export(key.public_key()), claims_per_day=claims_per_day)
        for name, key in secrets.items()
    ]
    for member in operate(lambda desk: _add(desk, applications)):
        key = secrets[member.name]
        daily = daily_limit(Quota.EVALUATIONS, claims_per_day)
        founding.enrol(settings, member.id, key.public_key(), group=member.group, daily=daily)
        directory = to if len(names) == 1 else to / member.name
        _write(directory, key, _facts(settings, member))
        say(f"{member.name} of group {member.group} is admitted: {directory}/member.json, {directory}/member.key")


@app.command("advance-clock")
def advance_clock(
    days: Annotated[float, typer.Option(min=0)] = 0, hours: Annotated[float, typer.Option(min=0)] = 0
) -> None:
    """Move the sandbox's clock forward, for all its processes at once; it never goes back."""
    settings = _sandbox()
    whole = advance(sandbox_clock(settings), timedelta(days=days, hours=hours))
    say(f"The sandbox is {whole.total_seconds() / 86_400:.2f} days ahead of real time.")


def _sandbox() -> Settings:
    settings = one_machine()
    if not marks.was_sandbox(settings):
        message = f"There is no sandbox in {settings.data_dir}: start one with `registry up`, or set REGISTRY_DATA_DIR."
        raise Misconfigured("sandbox_missing", message)
    return settings


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
        "trust": {
            "realm": settings.realm,
            "receipt_vkeys": [VerifierKey(f"{settings.realm}/receipts", receipts).encode()],
            "log_vkeys": [VerifierKey(f"{settings.realm}/audit", log).encode()],
            "operators": {name: base64url.encode(public) for name, public in operators.items()},
        },
    }


def _write(directory: Path, key: Ed25519PrivateKey, facts: dict[str, Any]) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = directory / "member.key"
    secret.touch(mode=0o600)
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (directory / "member.json").write_text(json.dumps(facts, indent=2) + "\n")
