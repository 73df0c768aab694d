"""`registry migrate`: bring the database to the schema this program was written for."""

import asyncio
from typing import Annotated

import typer

from registry.cli import founding, marks
from registry.cli.databases import databases, owner_url
from registry.cli.output import DryRunOption, JsonOption, done
from registry.settings import read_settings
from registry.store import migrations


def migrate(
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements instead, for an administrator.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Apply the revisions the database lacks, each in a transaction; several processes may try at once."""
    if sql:
        typer.echo(migrations.sql())
        return
    given = read_settings()
    with databases(given) as settings:
        url = owner_url(settings)
        waiting = asyncio.run(migrations.pending(url))
        if not dry_run:
            founding.bring_up_to_date(settings)
            if given.database_url is None:
                marks.settle(given)
    facts = {"revision": migrations.heads()[0], "applied": list(waiting)}
    done("The database is up to date.", facts, as_json=as_json, dry_run=dry_run)
