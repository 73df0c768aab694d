"""`registry members`: admit, list, suspend and resume members, and rotate their keys."""

import shlex
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.operating import Desk, operate
from registry.cli.output import DryRunOption, JsonOption, done, say, show
from registry.cli.public_keys import read_key
from registry.domain.access import MemberKind, Scope
from registry.services import members
from registry.services.members import Application
from registry.store import members as store
from registry.store.members import Member, MemberKey

app = typer.Typer(help="Admit, suspend and resume members, and rotate their keys.", no_args_is_help=True)

NameOrId = Annotated[str, typer.Argument(help="The member's name or id.")]
KeyFile = Annotated[
    Path, typer.Option("--key", help="Public key: JWK or PEM, Ed25519 or P-256.", exists=True, dir_okay=False)
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Unique; shown to subjects and auditors.", max=120)],
    key: KeyFile,
    group: Annotated[str, typer.Option(help="Common ownership; made if new. Default: the member's name.")] = "",
    kind: Annotated[MemberKind, typer.Option(help="What kind of machine signs in.")] = MemberKind.PLATFORM,
    scope: Annotated[list[Scope] | None, typer.Option(help="May be repeated. Default: all of the kind.")] = None,
    policy: Annotated[str, typer.Option(help="Policy pack.")] = "cn",
    claims_per_day: Annotated[int, typer.Option(help="Verified daily refund claims; sets the quotas.", min=1)] = 1000,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Admit a member."""
    application = Application(
        name=name,
        group=group or name,
        jwk=read_key(key),
        kind=kind,
        scopes=frozenset(scope) if scope else None,
        policy=policy,
        claims_per_day=claims_per_day,
    )
    member = operate(lambda desk: _add(desk, application), dry_run=dry_run)
    done(f"{member.name} is admitted.", _facts(member), as_json=as_json, dry_run=dry_run)
    if not as_json and not dry_run:
        options = shlex.join(["--key", str(key), "--group", member.group])
        say(f"Next: registry keyholder enrol {member.id} {options}")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the members."""
    known = operate(lambda desk: store.list_all(desk.session), dry_run=True)
    show([_facts(member) for member in known], as_json=as_json)


@app.command()
def suspend(member: NameOrId, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Stop a member; its access tokens end within five seconds."""
    changed = operate(_change(member, members.suspend), dry_run=dry_run)
    done(f"{changed.name} is suspended.", _facts(changed), as_json=as_json, dry_run=dry_run)


@app.command()
def resume(member: NameOrId, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Let a suspended member sign in again."""
    changed = operate(_change(member, members.resume), dry_run=dry_run)
    done(f"{changed.name} may sign in again.", _facts(changed), as_json=as_json, dry_run=dry_run)


@app.command("rotate-key")
def rotate_key(
    member: NameOrId,
    key: KeyFile,
    overlap_hours: Annotated[
        int, typer.Option(help="How long the older keys still work; 0 for a stolen key.", min=0, max=720)
    ] = 24,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give a member a new key."""
    overlap = timedelta(hours=overlap_hours)
    fresh = operate(lambda desk: _rotate(desk, member, read_key(key), overlap), dry_run=dry_run)
    facts = {"member": member, "kid": fresh.kid, "algorithm": fresh.algorithm, "overlap_hours": overlap_hours}
    done("The new key works now.", facts, as_json=as_json, dry_run=dry_run)


@app.command("keys")
def keys_(member: NameOrId, as_json: JsonOption = False) -> None:
    """List all keys a member ever had."""
    known = operate(lambda desk: _keys(desk, member), dry_run=True)
    rows = [
        {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "valid_from": key.valid_from.isoformat(timespec="seconds"),
            "valid_to": key.valid_to.isoformat(timespec="seconds") if key.valid_to else None,
        }
        for key in known
    ]
    show(rows, as_json=as_json)


async def _add(desk: Desk, application: Application) -> Member:
    return await members.add(desk.session, application, act=desk.act, trail=desk.trail)


async def _rotate(desk: Desk, name_or_id: str, key: dict[str, Any], overlap: timedelta) -> MemberKey:
    member = await desk.find_member(name_or_id)
    return await members.rotate_key(desk.session, member.id, key, overlap=overlap, act=desk.act, trail=desk.trail)


async def _keys(desk: Desk, name_or_id: str) -> list[MemberKey]:
    member = await desk.find_member(name_or_id)
    return await store.list_keys(desk.session, member_id=member.id)


def _change(name_or_id: str, step: Callable[..., Awaitable[Member]]) -> Callable[[Desk], Awaitable[Member]]:
    async def change(desk: Desk) -> Member:
        member = await desk.find_member(name_or_id)
        return await step(desk.session, member.id, act=desk.act, trail=desk.trail)

    return change


def _facts(member: Member) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "name": member.name,
        "group": member.group,
        "pseudonym": member.pseudonym,
        "kind": member.kind.value,
        "status": member.status,
        "policy": member.policy,
        "claims_per_day": member.claims_per_day,
        "scopes": [scope.value for scope in sorted(member.scopes)],
    }
