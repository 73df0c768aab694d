"""J7: an auditor exports the log, verifies it offline, and whoever touched the file is caught, at the very index.

The log is filled by one more writer, as the API's processes are, because a million questions would take an hour:
`ROWS=1000000 make journeys ONLY=J7`. Without it the log is smaller; the journey says how large it was.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pyotp

from registry import keys, masters
from registry.clock import real_time
from registry.demo.stage import Stage, running
from registry.domain.events import Act, AuditEvent
from registry.keys import KeyName
from registry.services import audit, heartbeats, writers
from registry.store import embedded
from registry.store.database import Database
from registry_formats.leaf import JsonValue, LeafType

ROWS = int(os.environ.get("ROWS", "5000"))
_AT_ONCE = 500
_CONSEQUENCES = {"file_changed", "manifest_differs"}  # of files and sums, not of rows
_REASON = "The yearly round."
_NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PATH": os.environ["PATH"]}
_PASSWORD = "a sentence nobody else thinks of"


class Verdict(NamedTuple):
    """What the verifier ended with and said."""

    code: int
    said: dict[str, Any]

    @property
    def faults(self) -> set[tuple[str, int | None]]:
        """Name what was found, and at which index."""
        return {(fault["finding"], fault.get("index")) for fault in self.said["checks"][0]["faults"]}


def play(directory: Path) -> None:
    """Fill the log, export it, verify it with nothing but the file and a key, and tamper with it."""
    with running(directory / "data") as stage:
        _say(f"fills the log with {ROWS} entries")
        asyncio.run(_fill(stage))
        auditor = _sign_in(stage)
        vkey = _settled(stage)
        _read_over_http(stage, auditor, vkey, directory)
        _say("exports")
        tar = _export(stage, auditor, directory / "export.tar")
    # From here on there is no registry, no database and no network.
    _say(f"verifies {tar.stat().st_size >> 20} MiB")
    began = time.monotonic()
    verdict = _verify(tar, vkey)
    rows = verdict.said["checks"][0]["rows"]
    assert (verdict.code, rows >= ROWS) == (0, True), verdict
    _say(f"{rows} rows were verified in {time.monotonic() - began:.1f} s")
    unpacked = directory / "unpacked"
    _unpack(tar, unpacked)
    _tamper(unpacked, vkey, rows)


def _unpack(tar: Path, place: Path) -> None:
    """Write out the files of an archive; `extractall` asks for a filter that Python has since 3.11.4 only."""
    with tarfile.open(tar) as opened:
        for member in opened:
            if (content := opened.extractfile(member)) is not None:
                (file := place / member.name).parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())


async def _fill(stage: Stage) -> None:
    place = stage.directory / "keys"
    held, master = keys.load(place, [KeyName.TAGS], peppers=False), masters.find(None, place)
    with embedded.start(stage.directory) as instance:
        database = Database(instance.url(user="registry_api"), pool_size=2)
        try:
            async with database.write() as session:
                trail = await writers.open_trail(
                    session, master, held[KeyName.TAGS], process="journey", now=real_time(), entropy=secrets.token_bytes
                )
                await heartbeats.begin(session, act=_act(), trail=trail)
            for start in range(0, ROWS, _AT_ONCE):
                happenings = [(_query(start + number), _act()) for number in range(min(_AT_ONCE, ROWS - start))]
                async with database.write() as session:
                    await audit.record_all(session, happenings, trail=trail)
            async with database.write() as session:
                await heartbeats.end(session, act=_act(), trail=trail)
        finally:
            await database.close()


def _act() -> Act:
    return Act(real_time(), str(uuid4()), operator="journey")


def _query(number: int) -> AuditEvent:
    content: dict[str, JsonValue] = {"answer": {"band": "none", "score": 0}, "number": number}
    return AuditEvent(LeafType.QUERY, "score.query", "answered", "Q1", "open_claim", content=content)


def _sign_in(stage: Stage) -> dict[str, str]:
    """Sign in as an auditor who has just been invited, and chooses a password."""
    invited = json.loads(stage.demand("staff", "add", "lin.wei", "--role", "auditor", "--json"))
    secret = {"secret": invited["link"].rpartition("/")[2]}
    with httpx.Client(base_url=stage.base_url) as http:
        shown = http.post("/v1/staff/invitations:show", json=secret).raise_for_status().json()
        totp = pyotp.parse_uri(shown["otpauth"])
        assert isinstance(totp, pyotp.TOTP)
        chosen = secret | {"password": _PASSWORD, "code": totp.at(real_time())}
        answer = http.post("/v1/staff/invitations:accept", json=chosen).raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['bearer']}"}


def _settled(stage: Stage) -> str:
    """Wait until a checkpoint covers all that was written; return the log's key."""
    deadline = time.monotonic() + 60 + ROWS / 2000
    while True:
        (shard,) = httpx.get(f"{stage.base_url}/log/shards").raise_for_status().json()["shards"]
        if shard["size"] > ROWS:
            return str(shard["vkey"])
        assert time.monotonic() < deadline, shard
        time.sleep(0.5)


def _read_over_http(stage: Stage, headers: dict[str, str], vkey: str, directory: Path) -> None:
    """Verify the log where it is, as a member or an auditor can, and as anybody can."""
    bearer = directory / "bearer"
    bearer.write_text(headers["Authorization"].removeprefix("Bearer "))
    log = f"{stage.base_url}/log"
    for command in (
        ["gaps", log, "--token-file", str(bearer)],
        ["verify", log, "--tiles-only"],
        ["watch", log, "--once", "--memory", str(directory / "memory")],
    ):
        verdict = _run("log", *command, "--key", vkey, environment={"PATH": os.environ["PATH"]})
        assert verdict.code == 0, verdict
        assert verdict.said["checks"][0]["size"] > ROWS
    assert _run("log", "verify", log, "--key", vkey, environment={"PATH": os.environ["PATH"]}).code == 2


def _export(stage: Stage, headers: dict[str, str], path: Path) -> Path:
    wanted = {"purpose": "Q5", "reason": _REASON, "format": "jsonl"}
    url = f"{stage.base_url}/v1/audit/exports"
    with httpx.stream("POST", url, json=wanted, headers=headers, timeout=60) as answer, path.open("wb") as file:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            file.write(piece)
    return path


def _verify(path: Path, vkey: str) -> Verdict:
    return _run("export", "verify", str(path), "--key", vkey, environment=_NO_NETWORK)


def _run(*command: str, environment: dict[str, str]) -> Verdict:
    whole = [sys.executable, "-m", "registry_client.cli.app", *command, "--json", "--quiet"]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout, done.stderr
    return Verdict(done.returncode, json.loads(done.stdout))


def _tamper(export: Path, vkey: str, rows: int) -> None:
    """Flip a byte, delete a row and insert one, far apart; each must be named by its index."""
    flipped, deleted, inserted = rows // 4, rows // 2, rows * 3 // 4
    table = _Rows(export)
    # From the end, so that what stands before keeps its place.
    table.change(inserted, lambda row: [row, row])
    table.change(deleted, lambda _: [])
    table.change(flipped, lambda row: [row.replace(b'"score":0', b'"score":1')])
    verdict = _verify(export, vkey)
    assert verdict.code == 1, verdict
    expected = {("group_mismatch", flipped), ("entry_missing", deleted), ("entry_inserted", inserted + 1)}
    named = {one for one in verdict.faults if one[0] not in _CONSEQUENCES}
    assert named == expected, verdict
    _say(f"found and named: a flipped byte at {flipped}, a deleted row at {deleted}, an inserted one at {inserted + 1}")


class _Rows:
    """The lines of an export's files of rows, found by their index."""

    def __init__(self, export: Path) -> None:
        self._files = sorted((export / "rows").iterdir())
        self._counts = [path.read_bytes().count(b"\n") for path in self._files]

    def change(self, index: int, harm: Callable[[bytes], list[bytes]]) -> None:
        """Put other lines in the place of one."""
        at = index
        for path, count in zip(self._files, self._counts, strict=True):
            if at < count:
                lines = path.read_bytes().splitlines(keepends=True)
                harmed = harm(lines[at])
                assert harmed != [lines[at]]
                path.write_bytes(b"".join([*lines[:at], *harmed, *lines[at + 1 :]]))
                return
            at -= count


def _say(what: str) -> None:
    sys.stderr.write(f"  {what}\n")
