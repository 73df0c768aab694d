"""Run a command as `registry …` would, in this process: a start of Python costs a second, the command a hundredth."""

import os
import signal
from pathlib import Path

from typer.testing import CliRunner, Result

from registry.cli import app
from registry.settings import PREFIX
from tests.ports import free_ports

# Commands that run until stopped say how they want to be stopped, before they can be refused.
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def registry(data_dir: Path, *command: str, **settings: str) -> Result:
    """Run a command that ends by itself, in this directory and with these settings and no others."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    handlers = {number: signal.getsignal(number) for number in _STOPS}
    try:
        given = {f"{PREFIX}DATA_DIR": str(data_dir)} | free_ports() | settings
        return CliRunner().invoke(app, command, env=given)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
