"""`registry log`: check the audit log from its own entries; export it; ask its witnesses."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import typer

from registry import keys, masters
from registry.cli.databases import auditor_url, check_tables, databases
from registry.cli.log_export import export
from registry.cli.log_witnesses import witnesses
from registry.cli.output import JsonOption, done, show
from registry.keys import KeyName
from registry.masters import Master
from registry.services import detail_check, log_check, number_check
from registry.services.detail_check import Details
from registry.services.log_check import OF_DETAILS, Fault, Finding, Verdict
from registry.services.number_check import Numbers
from registry.settings import Settings, read_settings
from registry.store.database import Database

app = typer.Typer(help="Check the audit log, export it, ask its witnesses.", no_args_is_help=True)
app.command()(export)
app.command()(witnesses)

FAULTY = 1


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Rebuild the log from its entries, as the auditor, and name all that was changed or is missing; then exit 1.

    Where the registry's own keys are at hand, what is sealed beside each entry is opened and checked too.
    """
    settings = read_settings()
    public = keys.log_public_key(settings.keys_path)
    master = _master(settings)
    with databases(settings, reading=True) as reachable:
        check_tables(auditor_url(reachable))
        verdict, details = asyncio.run(_check(auditor_url(reachable), public, master))
    rows = [
        {"finding": str(one.finding), "log": one.origin, "index": one.place, "entry": str(one.entry_id or "")}
        for one in verdict.faults
    ]
    if rows:
        show(rows, as_json=as_json)
        raise typer.Exit(FAULTY)
    facts = {
        "leaves": verdict.leaves,
        "checkpoints": verdict.checkpoints,
        "opened": master is not None,
        "shredded": len(details.shredded),
    }
    done("The log is whole: every checkpoint follows from the entries.", facts, as_json=as_json, dry_run=False)


def _master(settings: Settings) -> Master | None:
    """Find the master key where there is one: whoever checks from outside has none, and checks the rest."""
    here = settings.master_key is not None or KeyName.KEY_ENCRYPTION in keys.existing(settings.keys_path)
    return masters.find(settings.master_key, settings.keys_path) if here else None


async def _check(url: str, public: bytes, master: Master | None) -> tuple[Verdict, Details]:
    database = Database(url, pool_size=1)
    try:
        async with database.read() as session:
            verdict = await log_check.check(session, log_public_key=public)
            numbers = await number_check.check(session)
            details = await detail_check.check(session, master=master) if master else Details()
    finally:
        await database.close()
    return replace(verdict, faults=(*verdict.faults, *of_numbers(numbers), *of_details(details))), details


def of_details(details: Details) -> Iterator[Fault]:
    """Name what is sealed beside the log and is not as it should be, by entry."""
    yield from (Fault(OF_DETAILS[state], "", -1, id_) for id_, state in details.faults)
    yield from (Fault(Finding.DETAIL_KEPT, "", -1, id_) for id_ in details.kept)


def of_numbers(numbers: Numbers) -> Iterator[Fault]:
    """Name what is not in the log, by writer and number instead of log and index."""
    for finding, places in (
        (Finding.NUMBER_MISSING, numbers.missing),
        (Finding.NUMBER_TWICE, numbers.twice),
        (Finding.END_CHANGED, [(writer_id, -1) for writer_id in numbers.ends]),
    ):
        yield from (Fault(finding, f"writer {writer_id}", number) for writer_id, number in places)
    yield from (Fault(Finding.HOUR_UNEVEN, hour.isoformat(), -1) for hour in numbers.hours)
