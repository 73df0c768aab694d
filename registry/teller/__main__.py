"""The teller's program: `python -m registry.teller`, with a socket as its standard input.

It ends when the other end of the socket closes, so it never outlives the API process that started it.
"""

import signal
import socket
import sys

import uvloop

from registry.collector import let_rest
from registry.logs import configure
from registry.teller.frames import Orders
from registry.teller.program import serve


def _settle_in(orders: Orders) -> None:
    configure(orders.log_level)
    let_rest()


if __name__ == "__main__":
    # Who stops the API stops it by that socket; a terminal's interrupt reaches both at once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(serve(socket.socket(fileno=sys.stdin.fileno()), _settle_in))
