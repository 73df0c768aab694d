"""`registry demo`: the whole story with made-up people, in under a minute."""

from rich.console import Console

from registry.cli.output import called
from registry.demo import story
from registry.demo.home import home
from registry.demo.show import DemoFailed
from registry.settings import read_settings
from registry_client import RegistryClientError

_WIDTH = 118


def demo() -> None:
    """Play the whole story with made-up people; exit 1 when anything is not as it claims."""
    console = Console(width=None if Console().is_terminal else _WIDTH)
    try:
        story.play(home(read_settings()), console, called())
    except (DemoFailed, RegistryClientError) as failure:
        console.print(f"\n[bold red]The demo failed:[/bold red] {failure}")
        raise SystemExit(1) from None
