"""The processes that `registry up` looks after: started together, watched, stopped in the opposite order."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from registry.errors import Misconfigured

_PATIENCE = 15.0  # seconds to end by itself; a request under way may take ten
_SHOWN = 12  # lines of the log of a process that ended


@dataclass(frozen=True, slots=True)
class Process:
    """One command of ours, running."""

    name: str
    running: "subprocess.Popen[bytes]"
    log: Path


class Processes:
    """Runs commands of `registry`, each with a log file of its own in `logs`; leaving the block stops them all."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._logs = logs
        self._started: list[Process] = []

    def start(self, *command: str) -> None:
        """Start `registry COMMAND`, apart from our terminal, so that Ctrl-C reaches us alone and we stop it in turn."""
        log = self._logs / f"{command[0]}.log"
        with log.open("ab") as output:
            running = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-m", "registry.cli.attached", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(Process(command[0], running, log))

    def check(self) -> None:
        """Misconfigured `process_ended`, with the last lines it wrote, when one has ended by itself."""
        for process in self._started:
            status = process.running.poll()
            if status is not None:
                said = "\n".join(process.log.read_text(errors="replace").splitlines()[-_SHOWN:])
                message = f"`registry {process.name}` ended with {_status(status)}; see {process.log}.\n{said}"
                raise Misconfigured("process_ended", message)

    def stop(self) -> Sequence[str]:
        """Stop all, the last started first; return the names of those that had to be killed."""
        killed = []
        while self._started:
            process = self._started.pop()
            if process.running.stdin is not None:
                process.running.stdin.close()
            try:
                process.running.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.running.kill()
                process.running.wait()
                killed.append(process.name)
        return killed

    def __enter__(self) -> Self:
        """Return the processes themselves."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop all, also after an error."""
        self.stop()


def _status(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
