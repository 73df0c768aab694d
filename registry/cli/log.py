"""`registry log`: check the audit log from its own entries."""

import asyncio

import typer

from registry import keys
from registry.cli.databases import auditor_url, databases
from registry.cli.output import JsonOption, done, show
from registry.services import log_check
from registry.services.log_check import Verdict
from registry.settings import read_settings
from registry.store.database import Database

app = typer.Typer(help="Check the audit log.", no_args_is_help=True)

FAULTY = 1


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Rebuild the log from its entries, as the auditor, and name every place that was changed; then exit 1."""
    settings = read_settings()
    public = keys.log_public_key(settings.keys_path)
    with databases(settings) as reachable:
        verdict = asyncio.run(_check(auditor_url(reachable), public))
    rows = [{"finding": str(one.finding), "log": one.origin, "index": one.place} for one in verdict.faults]
    if rows:
        show(rows, as_json=as_json)
        raise typer.Exit(FAULTY)
    facts = {"leaves": verdict.leaves, "checkpoints": verdict.checkpoints}
    done("The log is whole: every checkpoint follows from the entries.", facts, as_json=as_json, dry_run=False)


async def _check(url: str, public: bytes) -> Verdict:
    database = Database(url, pool_size=1)
    try:
        async with database.read() as session:
            return await log_check.check(session, log_public_key=public)
    finally:
        await database.close()
