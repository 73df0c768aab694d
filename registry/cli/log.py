"""`registry log`: check the audit log from its own entries."""

import asyncio
from dataclasses import replace
from pathlib import Path

import typer

from registry import keys
from registry.cli.databases import auditor_url, check_tables, databases
from registry.cli.output import JsonOption, done, show
from registry.keys import KeyName
from registry.services import detail_check, log_check
from registry.services.log_check import Fault, Finding, Verdict
from registry.services.trail import TrailKeys
from registry.settings import read_settings
from registry.store.database import Database

app = typer.Typer(help="Check the audit log.", no_args_is_help=True)

FAULTY = 1


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Rebuild the log from its entries, as the auditor, and name every place that was changed; then exit 1.

    Where the registry's own keys are at hand, what is sealed beside each entry is opened and checked too.
    """
    settings = read_settings()
    public = keys.log_public_key(settings.keys_path)
    trail_keys = _detail_keys(settings.keys_path)
    with databases(settings, reading=True) as reachable:
        check_tables(auditor_url(reachable))
        verdict = asyncio.run(_check(auditor_url(reachable), public, trail_keys))
    rows = [
        {"finding": str(one.finding), "log": one.origin, "index": one.place, "entry": str(one.entry_id or "")}
        for one in verdict.faults
    ]
    if rows:
        show(rows, as_json=as_json)
        raise typer.Exit(FAULTY)
    facts = {"leaves": verdict.leaves, "checkpoints": verdict.checkpoints, "opened": trail_keys is not None}
    done("The log is whole: every checkpoint follows from the entries.", facts, as_json=as_json, dry_run=False)


def _detail_keys(directory: Path) -> TrailKeys | None:
    wanted = (KeyName.KEY_ENCRYPTION, KeyName.TAGS)
    if not set(wanted) <= set(keys.existing(directory)):
        return None
    held = keys.load(directory, wanted, peppers=False)
    return TrailKeys(*(held[name] for name in wanted))


async def _check(url: str, public: bytes, trail_keys: TrailKeys | None) -> Verdict:
    database = Database(url, pool_size=1)
    try:
        async with database.read() as session:
            verdict = await log_check.check(session, log_public_key=public)
            changed = await detail_check.changed(session, keys=trail_keys) if trail_keys else []
    finally:
        await database.close()
    details = (Fault(Finding.DETAIL_CHANGED, "", -1, entry_id) for entry_id in changed)
    return replace(verdict, faults=(*verdict.faults, *details))
