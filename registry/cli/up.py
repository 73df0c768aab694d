"""`registry up`: everything on one machine by one command; what `make serve` runs. Stops all of it on Ctrl-C.

PostgreSQL, key operator, API, worker and relay are processes of their own, exactly those that an operator would run on
several machines; here one account runs them all, and that is said loudly.
"""

import os
import shlex
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import typer

from registry.cli import founding, marks
from registry.cli.databases import databases
from registry.cli.output import called, say, warn
from registry.cli.ports import require_free
from registry.cli.processes import Processes
from registry.cli.weaknesses import require_policy, warnings
from registry.demo.home import REALM, home
from registry.errors import Misconfigured
from registry.settings import PREFIX, Mode, Settings, read_settings

READY = "Ready"
_PATIENCE = 60.0
_ALONE = (
    "Everything runs on one machine under one account, with a single key operator (1 of 1). Whoever has this account "
    "can find out who is in the registry. That is right for trying it out, and for nothing about real people."
)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Go on with what the last `registry demo` left.")] = False,
) -> None:
    """Run the whole registry on this machine until stopped: a sandbox, unless REGISTRY_MODE says otherwise."""
    started = time.monotonic()
    if demo:
        _enter_demo()
    stop = _stop_signal()
    settings = one_machine()
    require_policy(settings)
    for warning in (_ALONE, *warnings(settings)):
        warn(warning)
    require_free(settings.host, settings.port, f"{PREFIX}PORT")
    require_free(settings.relay_host, settings.relay_port, f"{PREFIX}RELAY_PORT")
    founding.make_directory(settings.data_dir)
    with databases(settings) as reachable, Processes(settings.data_dir / "logs") as processes:
        _found(settings, reachable)
        # Stopped the other way round: the worker outlives the API, whose last words it signs.
        for name in ("keyholder", "worker", "serve", "relay"):
            processes.start(name)
        _wait(settings, processes, stop)
        if not stop.is_set():
            processes.check()  # what answered may have been somebody else's
            _announce(settings, time.monotonic() - started)
        while not stop.wait(0.2):
            processes.check()
        say("Stopping.")
        for name in processes.stop():
            warn(f"`registry {name}` did not stop by itself and was killed.")
    say("Stopped.")


def _enter_demo() -> None:
    """Choose the directory and the realm of the demo. Misconfigured `demo_missing`."""
    place = home(read_settings())
    if not (place / "mode").exists():
        raise Misconfigured("demo_missing", f"There is no demo in {place}: play one with `registry demo`.")
    os.environ[f"{PREFIX}DATA_DIR"], os.environ[f"{PREFIX}REALM"] = str(place), REALM


def one_machine() -> Settings:
    """Read the settings, with what goes without saying on one machine; what we start inherits it all."""
    given = read_settings()
    chosen = given.model_fields_set
    if "mode" not in chosen:
        os.environ[f"{PREFIX}MODE"] = Mode.SANDBOX.value
    if "public_url" not in chosen:
        os.environ[f"{PREFIX}PUBLIC_URL"] = f"http://127.0.0.1:{given.port}"
    if "relay_url" not in chosen:
        os.environ[f"{PREFIX}RELAY_URL"] = f"http://127.0.0.1:{given.relay_port}"
    if os.environ.get(f"{PREFIX}MODE") == Mode.SANDBOX and "test_clock" not in chosen:
        os.environ[f"{PREFIX}TEST_CLOCK"] = str(sandbox_clock(given))
    return read_settings()


def sandbox_clock(settings: Settings) -> Path:
    """Return the file that moves a sandbox's clock."""
    return settings.test_clock or settings.data_dir / "clock"


def _found(settings: Settings, reachable: Settings) -> None:
    marks.settle(settings)
    founding.make_keys(settings)
    founding.bring_up_to_date(reachable)
    founding.join_relay(settings)


def _stop_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _wait(settings: Settings, processes: Processes, stop: threading.Event) -> None:
    """Wait until every process does its work. Misconfigured `process_ended`, `start_too_slow`."""
    client = httpx.Client(timeout=2, verify=False)  # noqa: S501 - loopback without TLS; loading roots takes its time
    api = f"http://{settings.host}:{settings.port}"
    signs: dict[str, Callable[[], bool]] = {
        "the key operator": lambda: _listens(settings.keyholder_address),
        "the API": lambda: _answer(client, f"{api}/readyz") is not None,
        # The log has a name from the first seal on: a sign of the worker.
        "the worker": lambda: bool((_answer(client, f"{api}/.well-known/registry") or {}).get("log_keys")),
        "the relay": lambda: _answer(client, f"http://{settings.relay_host}:{settings.relay_port}/healthz") is not None,
    }
    deadline = time.monotonic() + _PATIENCE
    while signs and not stop.wait(0.05):
        processes.check()
        signs = {name: sign for name, sign in signs.items() if not sign()}
        if signs and time.monotonic() > deadline:
            raise Misconfigured("start_too_slow", f"Still not ready: {', '.join(signs)}. See {settings.data_dir}/logs.")


def _announce(settings: Settings, seconds: float) -> None:
    places = {
        "API": settings.public_url,
        "API documentation": f"{settings.public_url}/docs",
        "console": f"{settings.public_url}/console",
        "people recorded": f"{settings.public_url}/me",
        "relay": settings.relay_url,
        "key operator": settings.keyholder_address,
        "data, keys, logs": str(settings.data_dir),
    }
    say(f"{READY} in {seconds:.1f} s, mode {settings.mode}. Ctrl-C stops everything.")
    for name, place in places.items():
        say(f"  {name:<18} {place}")
    if settings.mode is Mode.SANDBOX:
        say(f"  other commands     export {_environment(settings)}")
        say(f"  next               {called()} sandbox admit NAME --to DIRECTORY    (docs/quickstart.md)")


def _environment(settings: Settings) -> str:
    """Say what other commands must be told in order to find this registry."""
    told = {name: getattr(settings, name) for name in ("mode", "realm", "data_dir")}
    fields = type(settings).model_fields
    return " ".join(
        f"{PREFIX}{name.upper()}={shlex.quote(str(value))}"
        for name, value in told.items()
        if value != fields[name].default
    )


def _listens(address: str) -> bool:
    unix = address.startswith("unix:")
    where = address.removeprefix("unix:") if unix else (urlsplit(address).hostname, urlsplit(address).port)
    with socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as probe:
        return probe.connect_ex(where) == 0


def _answer(client: httpx.Client, url: str) -> dict[str, Any] | None:
    try:
        answer = client.get(url)
        return answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        return None
