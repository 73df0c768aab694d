"""`registry audit`: what an auditor does at the command line."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from registry.cli import canaries
from registry.cli.databases import auditor_url, check_tables, databases
from registry.cli.output import JsonOption, done, show
from registry.clock import real_time
from registry.errors import Misconfigured
from registry.settings import read_settings
from registry.store import log_check
from registry.store.database import Database
from registry_client import RegistryClientError

app = typer.Typer(help="Audit the registry.", no_args_is_help=True)
canary = typer.Typer(help="Ask as a member does, unannounced, and see that the log has it.", no_args_is_help=True)
app.add_typer(canary, name="canary")

FAULTY, INCOMPLETE = 1, 2

Member = Annotated[Path, typer.Argument(metavar="MEMBER", help="Directory with member.json and member.key.")]
Journal = Annotated[Path, typer.Option("--to", help="Directory that keeps questions, receipts and evidence.")]


@canary.command()
def ask(
    member: Member,
    to: Journal,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many questions.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Ask about people who do not exist, with a member's own key; each question is kept with its receipt."""
    disguise = canaries.open_member(member, to)
    try:
        asked = canaries.ask(disguise, count, real_time())
    except RegistryClientError as error:
        raise Misconfigured("canary_refused", f"The registry did not answer: {error}.") from None
    facts = {"asked": len(asked), "journal": str(to / canaries.JOURNAL)}
    done("Look for them in a minute: `registry audit canary check`.", facts, as_json=as_json, dry_run=False)


@canary.command()
def check(member: Member, to: Journal, as_json: JsonOption = False) -> None:
    """Look for every question: proved to the member, and shown to the auditor; exit 1 if one is not, 2 if too early."""
    asked = canaries.read(to)
    with databases(read_settings(), reading=True) as reachable:
        check_tables(auditor_url(reachable))
        shown = asyncio.run(_shown(auditor_url(reachable), [one.entry_id for one in asked]))
    looked = canaries.look(canaries.open_member(member, to), asked, shown)
    faults = [{"finding": "canary_hidden", "entry": str(entry_id)} for entry_id in looked.hidden]
    faults += [{"finding": code, "entry": str(to / "evidence")} for code in looked.broken]
    if faults:
        show(faults, as_json=as_json)
        raise typer.Exit(FAULTY)
    facts = {"proved": looked.proved, "waiting": looked.waiting}
    done("Every canary that is due is in the log.", facts, as_json=as_json, dry_run=False)
    if looked.waiting:
        raise typer.Exit(INCOMPLETE)


async def _shown(url: str, entry_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    database = Database(url, pool_size=1)
    try:
        async with database.read() as session:
            return await log_check.find_leaves(session, list(entry_ids))
    finally:
        await database.close()
