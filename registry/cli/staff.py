"""`registry staff`: invite people, give and take roles, suspend, invite afresh, end sessions."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from registry import keys
from registry.cli.operating import Desk, operate
from registry.cli.output import DryRunOption, JsonOption, done, say, show
from registry.clock import real_time
from registry.domain.staff import Role
from registry.errors import NotFound
from registry.keys import KeyName
from registry.services import staff
from registry.services.staff import Desk as StaffDesk
from registry.services.staff import Invitation, Newcomer, Passwords, StaffKeys
from registry.settings import read_settings
from registry.store import staff as store
from registry.store.staff import Account

app = typer.Typer(help="Invite people, give and take roles, suspend, end sessions.", no_args_is_help=True)

NameOrId = Annotated[str, typer.Argument(help="The account's name or id.")]
RoleArgument = Annotated[Role, typer.Argument(help="The role.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What they sign in with: small letters, digits, `.`, `_` and `-`.")],
    role: Annotated[list[Role] | None, typer.Option(help="May be repeated; not all go together.")] = None,
    member: Annotated[str | None, typer.Option(help="Name or id of the member that they work for, if any.")] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add an account, and print the link with which its owner chooses what to sign in with; it is shown once."""
    roles = frozenset(role or ())

    async def work(desk: Desk) -> Invitation:
        who = Newcomer(name, roles, (await desk.find_member(member)).id if member else None)
        return await staff.invite(desk.session, who, act=desk.act, now=real_time(), desk=_staff_desk(desk))

    invitation = operate(work, dry_run=dry_run)
    _hand_over(f"{name} is invited.", invitation, as_json=as_json, dry_run=dry_run)


@app.command()
def reset(who: NameOrId, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Invite somebody afresh; what they had works no more. Where two people can be found, they do it in the console."""

    async def work(desk: Desk) -> Invitation:
        staff_id = await _find(desk, who)
        return await staff.reset(desk.session, staff_id, act=desk.act, now=real_time(), desk=_staff_desk(desk))

    invitation = operate(work, dry_run=dry_run)
    _hand_over(f"{invitation.account.name} is invited afresh.", invitation, as_json=as_json, dry_run=dry_run)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the staff."""
    known = operate(lambda desk: store.list_all(desk.session), dry_run=True)
    show([_facts(account) for account in known], as_json=as_json)


@app.command()
def grant(who: NameOrId, role: RoleArgument, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Give a role."""
    account = operate(_change(who, staff.grant, role), dry_run=dry_run)
    done(f"{account.name} is {role.value} now.", _facts(account), as_json=as_json, dry_run=dry_run)


@app.command()
def revoke(who: NameOrId, role: RoleArgument, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Take a role away; it ends at once."""
    account = operate(_change(who, staff.revoke, role), dry_run=dry_run)
    done(f"{account.name} is not {role.value} any more.", _facts(account), as_json=as_json, dry_run=dry_run)


@app.command()
def suspend(who: NameOrId, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Stop an account; its sessions end."""
    account = operate(_change(who, staff.suspend), dry_run=dry_run)
    done(f"{account.name} is suspended.", _facts(account), as_json=as_json, dry_run=dry_run)


@app.command()
def resume(who: NameOrId, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Let a suspended account sign in again."""
    account = operate(_change(who, staff.resume), dry_run=dry_run)
    done(f"{account.name} may sign in again.", _facts(account), as_json=as_json, dry_run=dry_run)


@app.command("end-sessions")
def end_sessions(who: NameOrId, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """End every session of an account."""
    ended = operate(_change(who, staff.end_sessions), dry_run=dry_run)
    done("Their sessions have ended.", {"who": who, "sessions_ended": ended}, as_json=as_json, dry_run=dry_run)


def _staff_desk(desk: Desk) -> StaffDesk:
    settings = read_settings()
    held = keys.load(settings.keys_path, [KeyName.RECORDS], peppers=False)
    derived = StaffKeys.derive(held[KeyName.RECORDS])
    return StaffDesk(settings.realm, desk.trail, secrets.token_bytes, derived, Passwords(), settings.public_url)


def _change(name_or_id: str, step: Callable[..., Awaitable[Any]], *more: object) -> Callable[[Desk], Awaitable[Any]]:
    async def change(desk: Desk) -> Any:  # noqa: ANN401 - what the step returns
        staff_id = await _find(desk, name_or_id)
        return await step(desk.session, staff_id, *more, act=desk.act, desk=_staff_desk(desk))

    return change


async def _find(desk: Desk, name_or_id: str) -> UUID:
    named = await store.find_named(desk.session, name=name_or_id)
    if named is not None:
        return named.id
    try:
        return (await store.get(desk.session, staff_id=UUID(name_or_id))).id
    except ValueError:
        raise NotFound("staff_unknown") from None


def _hand_over(sentence: str, invitation: Invitation, *, as_json: bool, dry_run: bool) -> None:
    """Print the link; that of a dry run opens nothing and is not shown."""
    facts = _facts(invitation.account)
    if not dry_run:
        facts |= {"link": invitation.link, "expires_at": invitation.expires_at.isoformat(timespec="seconds")}
    done(sentence, facts, as_json=as_json, dry_run=dry_run)
    if not as_json and not dry_run:
        say("Hand the link over in person; it is not shown again, and works once.")


def _facts(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "name": account.name,
        "roles": [role.value for role in sorted(account.roles)],
        "status": account.status,
        "member_id": str(account.member_id) if account.member_id else None,
    }
