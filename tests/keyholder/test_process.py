"""The operator as it really runs: a process of its own behind a private unix socket, killed and started again."""

import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from registry.errors import Misconfigured
from registry.keyholder.app import serve
from registry_formats import evaluation, voprf
from tests.keyholder.asking import Clock, ask, elements, prepare

PROGRAM = """
import sys
from pathlib import Path
from registry.clock import real_time
from registry.keyholder.app import serve
where = {"path": Path(sys.argv[2])} if "/" in sys.argv[2] else {"port": int(sys.argv[2])}
serve(Path(sys.argv[1]), real_time, **where)
"""


@contextmanager
def process(directory: Path, where: str) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen([sys.executable, "-c", PROGRAM, str(directory), where], stderr=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def client(path: Path) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(path), retries=0)
    return httpx.Client(transport=transport, base_url="http://operator", timeout=10)


def wait(where: str) -> None:
    family = socket.AF_UNIX if "/" in where else socket.AF_INET
    address = where if "/" in where else ("127.0.0.1", int(where))
    deadline = time.monotonic() + 20
    while True:
        with socket.socket(family) as probe:
            if probe.connect_ex(address) == 0:
                return
        assert time.monotonic() < deadline, "the operator did not start"
        time.sleep(0.05)


def test_over_a_unix_socket_a_kill_forgets_no_charge_and_allows_no_replay(tmp_path: Path) -> None:
    key = prepare(tmp_path / "operator", datetime.now(UTC), daily=10)  # noqa: TID251 - a real process has real time
    path = tmp_path / "socket"
    blinded = elements(8)
    with process(tmp_path / "operator", str(path)) as first, client(path) as http:
        wait(str(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        body = ask(key.key_id, datetime.now(UTC), blinded=blinded)  # noqa: TID251 - likewise
        answer = evaluation.parse_answer(http.post("/v1/evaluate", json=body).raise_for_status().json())
        voprf.verify(key.public, blinded, answer.evaluated, answer.proof)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
    with process(tmp_path / "operator", str(path)) as second, client(path) as http:
        wait(str(path))
        assert http.post("/v1/evaluate", json=body).json()["code"] == "timestamp_stale"
        more = ask(key.key_id, datetime.now(UTC), 4)  # noqa: TID251 - likewise
        assert http.post("/v1/evaluate", json=more).json()["code"] == "quota_exceeded"
        second.terminate()
        _, log = second.communicate(timeout=10)
    assert b"1 of 1: single key operator" in log


def test_it_listens_on_a_socket_or_on_loopback_and_nowhere_else(tmp_path: Path) -> None:
    prepare(tmp_path, Clock().now)
    for where in ({}, {"path": tmp_path / "s", "port": 1}):
        with pytest.raises(Misconfigured) as refused:
            serve(tmp_path, Clock(), **where)  # type: ignore[arg-type] # of two kinds of place
        assert refused.value.code == "listen_invalid"


def test_on_loopback_it_answers_the_same(tmp_path: Path, unused_port: int) -> None:
    prepare(tmp_path, datetime.now(UTC))  # noqa: TID251 - a real process has real time
    with process(tmp_path, str(unused_port)), httpx.Client(base_url=f"http://127.0.0.1:{unused_port}") as http:
        wait(str(unused_port))
        assert http.get("/v1/status").json()["notice"] == "1 of 1: single key operator"


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
