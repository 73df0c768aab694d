"""`registry serve`: the API, with the embedded PostgreSQL if no database is named."""

import os
import signal
import sys

import uvicorn
from pydantic import SecretStr

from registry import keys, masters
from registry.cli.databases import check_auditor, check_schema, databases
from registry.cli.output import say, warn
from registry.cli.ports import require_free
from registry.cli.weaknesses import require_policy, warnings
from registry.errors import Misconfigured
from registry.keys import API_KEYS
from registry.logs import configure
from registry.settings import PREFIX, Settings, read_settings


def serve() -> None:
    """Answer members until stopped."""
    settings = read_settings()
    require_policy(settings)
    for warning in warnings(settings):
        warn(warning)
    keys.load(settings.keys_path, API_KEYS)
    masters.find(settings.master_key, settings.keys_path)
    require_free(settings.host, settings.port, f"{PREFIX}PORT")
    with databases(settings) as reachable:
        check_schema(reachable)
        _check_auditor(reachable)
        _hand_down(reachable)
        configure(settings.log_level)
        # uvicorn raises the signal that stopped it once more: by then it must leave this block, not end the process.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        say(f"Listening on http://{settings.host}:{settings.port} for {settings.public_url}")
        uvicorn.run(
            "registry.app:from_environment",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            http="registry.api.wire:BoundedHead",
            # Nothing here speaks it, and its refusals would put what was asked for into the log.
            ws="none",
            timeout_graceful_shutdown=10,
        )


def _check_auditor(settings: Settings) -> None:
    """Warn where auditors would find nothing: members are served all the same."""
    try:
        check_auditor(settings)
    except Misconfigured as error:
        warn(error.message)


def _hand_down(settings: Settings) -> None:
    """Tell uvicorn's processes where the database is; they read the environment as this one did."""
    urls = {"DATABASE_URL": settings.database_url, "AUDITOR_DATABASE_URL": settings.auditor_database_url}
    for name, url in urls.items():
        if isinstance(url, SecretStr):
            os.environ.pop(f"{PREFIX}{name}_FILE", None)
            os.environ[f"{PREFIX}{name}"] = url.get_secret_value()
