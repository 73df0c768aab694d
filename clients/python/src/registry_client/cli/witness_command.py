"""`registry-client log watch --serve`: be a witness that logs ask to cosign (C2SP tlog-witness)."""

import argparse
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from types import FrameType

from registry_client.cli.options import read_vkeys
from registry_client.cli.output import say
from registry_client.verifier.findings import Outcome
from registry_client.witness import Witness, WitnessServer, open_place
from registry_formats.submissions import KnownLogs

_HOST, _PORT = "127.0.0.1", 8090


def add_options(watch: argparse.ArgumentParser) -> None:
    """Add what a witness needs to `log watch`."""
    serving = watch.add_argument_group("being a witness")
    serve_help = (
        "listen for logs and cosign what continues their history; --memory holds key and memory, --key the logs"
    )
    serving.add_argument("--serve", action="store_true", help=serve_help)
    name = "of the witness in its cosignatures, an address without scheme such as example.org/w1"
    serving.add_argument("--name", metavar="NAME", help=name)
    listen = f"where to listen; {_HOST}:{_PORT}. Put a proxy that speaks TLS before it"
    serving.add_argument("--listen", default=f"{_HOST}:{_PORT}", metavar="HOST:PORT", help=listen)


def serve(watch: argparse.ArgumentParser, asked: argparse.Namespace) -> Outcome:
    """Serve until interrupted; the witness's vkeys go to standard output, decisions to standard error."""
    host, _, port = asked.listen.rpartition(":")
    vkeys = read_vkeys(asked)
    if not (asked.name and vkeys and host and port.isdecimal() and int(port) < 1 << 16):
        watch.error("--serve needs --name, the logs' keys by --key, --keys or --policy, and --listen HOST:PORT")
    place = open_place(asked.memory, asked.name)
    with closing(place.state):
        witness = Witness(place.keys, KnownLogs(vkeys), place.state)
        with WitnessServer(
            witness, host=host.strip("[]"), port=int(port), report=None if asked.quiet else say
        ) as server:
            sys.stdout.writelines(f"{key.vkey.encode()}\n" for key in place.keys)
            sys.stdout.flush()
            say(f"Listening on http://{host}:{server.server_port}")
            _until_told(server.serve_forever)
    return Outcome.GOOD


def _until_told(serve_forever: Callable[[], None]) -> None:
    """End as well when told by a service manager as by hand."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        serve_forever()
    except KeyboardInterrupt:
        say("Stopped.")
