"""`registry config`: show the settings, and check what the processes would find."""

from typing import Annotated

import orjson
import typer
from pydantic import SecretStr

from registry import keys, masters
from registry.app import create_app
from registry.cli.databases import check_schema, databases
from registry.cli.output import JsonOption, say, show, warn
from registry.cli.weaknesses import require_policy, warnings
from registry.keys import API_KEYS, WORKER_KEYS
from registry.settings import PREFIX, Settings, read_settings

app = typer.Typer(help="Show and check the settings.", no_args_is_help=True)


@app.command("show")
def show_(as_json: JsonOption = False) -> None:
    """Show every setting; secrets are masked."""
    settings = read_settings()
    rows = [
        {
            "setting": f"{PREFIX}{name.upper()}",
            "value": _shown(getattr(settings, name)),
            "set": name in settings.model_fields_set,
        }
        for name in Settings.model_fields
    ]
    show(rows, as_json=as_json)


@app.command()
def openapi() -> None:
    """Print the description of the API (OpenAPI 3.1), as `/openapi.json` serves it."""
    document = create_app(read_settings()).openapi()
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())


@app.command()
def check(
    offline: Annotated[bool, typer.Option("--offline", help="Do not start or ask the database.")] = False,
) -> None:
    """Check settings, keys, database and schema; warn of what is allowed but weak."""
    settings = read_settings()
    require_policy(settings)
    for warning in warnings(settings):
        warn(warning)
    keys.load(settings.keys_path, API_KEYS | WORKER_KEYS)
    masters.find(settings.master_key, settings.keys_path)
    keys.log_public_key(settings.keys_path)
    say("Keys: complete.")
    if not offline:
        with databases(settings) as reachable:
            check_schema(reachable)
        say("Database: reachable, at the schema this program needs.")
    say("Settings: good.")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(secret)"
    return "" if value is None else str(value)
