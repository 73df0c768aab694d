"""A load generator that costs little beside what it measures: raw sockets, prepared requests, one selector.

It speaks to loopback only, sends each prepared request once, and stops by itself.
"""

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

CONNECTIONS = 256
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(slots=True)
class Outcome:
    """What a run saw: answers by their status line, the time it took, and each latency in seconds.

    Args:
        busy: while every connection was, from the first answer on: the time, and how many answers there were by then.
    """

    statuses: Counter[bytes] = field(default_factory=Counter)
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    busy: list[tuple[float, int]] = field(default_factory=list)

    @property
    def answers(self) -> int:
        """All answers."""
        return self.statuses.total()

    @property
    def refused(self) -> int:
        """Answers other than 200."""
        return sum(count for status, count in self.statuses.items() if b" 200 " not in status)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds

    @property
    def sustained(self) -> float:
        """Answers per second while every connection was busy: neither while they begin nor while they run dry."""
        (began, first), (ended, last) = self.busy[0], self.busy[-1]
        return (last - first) / (ended - began)

    def quantile(self, share: float) -> float:
        """Latency in milliseconds below which `share` of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def count(self, status: bytes, due: float) -> None:
        """Take one answer into account."""
        self.statuses[status] += 1
        self.latencies.append(time.perf_counter() - due)


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._buffer = b""

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def received(self) -> bytes | None:
        """Return the status line when a whole answer is here."""
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the server closed a connection under load")
        self._buffer += data
        head, separator, body = self._buffer.partition(HEAD_END)
        if not separator:
            return None
        start = head.lower().index(LENGTH) + len(LENGTH)
        if len(body) < int(head[start:].split(b"\r", 1)[0]):
            return None
        self._buffer = b""
        return head.split(b"\r", 1)[0]


class _Connections:
    """Several connections, some of them idle."""

    def __init__(self, address: tuple[str, int], count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self.idle = deque(_Connection(address) for _ in range(count))
        self.busy = 0
        for connection in self.idle:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def send(self, request: bytes, due: float) -> None:
        self.idle.popleft().send(request, due)
        self.busy += 1

    def collect(self, outcome: Outcome, patience: float) -> None:
        """Wait so long for answers, and count those that are here."""
        for key, _ in self._selector.select(patience):
            status = key.data.received()
            if status is not None:
                outcome.count(status, key.data.due)
                self.idle.append(key.data)
                self.busy -= 1

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()


@contextmanager
def _connected(host: str, port: int, count: int) -> Iterator[_Connections]:
    if not ip_address(host).is_loopback:
        raise ValueError("load goes to loopback only")
    connections = _Connections((host, port), count)
    try:
        yield connections
    finally:
        connections.close()


def run(
    host: str, port: int, requests: Sequence[bytes], *, connections: int = CONNECTIONS, seconds: float = 60
) -> Outcome:
    """Send the requests over so many connections, as fast as answers come, for at most so long."""
    outcome, pending = Outcome(), deque(requests)
    with _connected(host, port, connections) as opened:
        started = time.perf_counter()
        while (pending or opened.busy) and (now := time.perf_counter()) - started < seconds:
            while pending and opened.idle:
                opened.send(pending.popleft(), now)
            opened.collect(outcome, 1)
            if pending and outcome.latencies:
                outcome.busy.append((time.perf_counter(), len(outcome.latencies)))
        outcome.seconds = time.perf_counter() - started
    return outcome


def run_paced(
    host: str, port: int, requests: Sequence[bytes], *, rate: float, connections: int = CONNECTIONS, seconds: float = 60
) -> Outcome:
    """Send so many requests a second, whatever the answers do, for at most so long.

    A latency counts from when its request was due, so that a stall is charged for all that it holds up.
    """
    outcome, pending = Outcome(), deque(requests)
    with _connected(host, port, connections) as opened:
        started = time.perf_counter()
        due = started
        while (pending or opened.busy) and (now := time.perf_counter()) - started < seconds:
            while pending and opened.idle and due <= now:
                opened.send(pending.popleft(), due)
                due += 1 / rate
            opened.collect(outcome, max(0.0, due - now) if pending and opened.idle else 1)
        outcome.seconds = time.perf_counter() - started
    return outcome


def post(path: str, body: bytes, *, token: str) -> bytes:
    """Prepare a POST of JSON."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str) -> bytes:
    """Prepare a GET."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()
