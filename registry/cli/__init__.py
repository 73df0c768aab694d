"""The operator's commands: `registry …`. Each calls one use case; a group is one file, added below by one line."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from registry.cli import config, keyholder, keys, members, migrate, serve, worker
from registry.cli.output import complain
from registry.errors import Misconfigured, RegistryError

REFUSED, MISCONFIGURED = 1, 2


class Commands(TyperGroup):
    """Turns every refusal into one line and an exit status: 1 refused, 2 misconfigured or misused."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer keeps its context's type to itself
        """Run a command."""
        try:
            return super().invoke(ctx)
        except RegistryError as error:
            complain(error)
            sys.exit(MISCONFIGURED if isinstance(error, Misconfigured) else REFUSED)


app = typer.Typer(
    name="registry",
    help="Run and administer a refund-integrity registry.",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(config.app, name="config")
app.add_typer(keyholder.app, name="keyholder")
app.add_typer(keys.app, name="keys")
app.add_typer(members.app, name="members")
app.command("migrate")(migrate.migrate)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
