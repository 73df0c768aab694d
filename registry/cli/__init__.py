"""The operator's commands: `registry …`. Each calls one use case; a group is one file, named below by one line.

A command's module is imported when it is asked for: a process that runs one of them does not wait for all the others.
"""

import importlib
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperGroup

from registry.collector import call_rarely
from registry.errors import Misconfigured, RegistryError

call_rarely()
REFUSED, MISCONFIGURED = 1, 2

# What stands for a command in `registry.cli.<name>`: `app`, a group, or the function that is the command.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "audit": "app",
        "config": "app",
        "demo": "demo",
        "keyholder": "app",
        "keys": "app",
        "log": "app",
        "members": "app",
        "migrate": "migrate",
        "relay": "app",
        "sandbox": "app",
        "serve": "serve",
        "staff": "app",
        "up": "up",
        "worker": "worker",
    }
)


class Commands(TyperGroup):
    """Turns every refusal into one line and an exit status: 1 refused, 2 misconfigured or misused."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer keeps its context's type to itself
        """Name the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - likewise
        """Import a command; None for one that does not exist."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(importlib.import_module(f"registry.cli.{cmd_name}"), COMMANDS[cmd_name])
        alone = typer.Typer(add_completion=False)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=cmd_name)
            return typer.main.get_group(alone).commands[cmd_name]
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - likewise
        """Run a command."""
        try:
            return super().invoke(ctx)
        except RegistryError as error:
            from registry.cli.output import complain  # noqa: PLC0415 - it knows every problem of the API

            complain(error)
            sys.exit(MISCONFIGURED if isinstance(error, Misconfigured) else REFUSED)


app = typer.Typer(
    name="registry", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)


@app.callback()
def registry() -> None:
    """Run and administer a refund-integrity registry."""
