"""One PostgreSQL cluster on disk: made whole or not at all, started after any crash, stopped."""

import contextlib
import hashlib
import os
import shlex
import shutil
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from registry.errors import Misconfigured
from registry.store.binaries import Account

_SOCKET = ".s.PGSQL.5432"
_SOCKET_BYTES = 103  # sun_path is 108 bytes on Linux and 104 elsewhere, with the closing zero
_SOCKET_LINE, _STATUS = 4, 7  # lines of postmaster.pid
_PATIENCE = 120.0  # seconds; recovery after a crash reads the whole write-ahead log
_ORPHANS = "shared memory block"  # backends that outlive a killed postmaster for a moment
# Neither statements nor "Failing row contains (…)": the log is no place for what the tables may not show.
_DISCREET = ("log_error_verbosity=terse", "log_min_error_statement=panic")
_FAST_AND_LOOSE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Server:
    """The programs, the place and the account of one cluster. Callers hold the start lock."""

    home: Path
    programs: Path
    account: Account

    @property
    def data(self) -> Path:
        """The directory that PostgreSQL calls PGDATA."""
        return self.home / "cluster"

    def create(self, superuser: str, password: str, statements: Sequence[str], *, sync: bool) -> None:
        """Make a new cluster beside its place and move it there when complete, so that no crash leaves half of one."""
        # Never a fixed name: the initdb of a killed process lives on, and empties its directory when it fails.
        making = Path(tempfile.mkdtemp(prefix="making.", dir=self.home))
        fresh, pwfile = making / "cluster", making / "pwfile"
        pwfile.touch(mode=0o600)
        pwfile.write_text(password + "\n")
        self.account.own(pwfile)
        self.account.own(making)
        options = ["--auth=scram-sha-256", f"--pwfile={pwfile}", "--locale=C", "--encoding=UTF8", "--data-checksums"]
        options += [] if sync else ["--no-sync"]
        _demand(self.account.run(self.programs / "initdb", "-D", fresh, "-U", superuser, *options), "initdb failed")
        careful = [f"--{setting}" for setting in ("exit_on_error=on", f"fsync={sync}", *_DISCREET)]
        text = "".join(statement + "\n" for statement in statements)
        _demand(
            self.account.run(self.programs / "postgres", "--single", "-D", fresh, *careful, "postgres", text=text),
            "the first statements failed",
        )
        fresh.rename(self.data)
        shutil.rmtree(making)

    def sweep(self) -> None:
        """Remove what killed starts left half-made."""
        for left in self.home.glob("making.*"):
            shutil.rmtree(left, ignore_errors=True)

    def socket(self) -> Path | None:
        """Return the socket directory of the running server, after waiting out a start or stop; None if it is down."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            lines = self._claims(self.data / "postmaster.pid")
            if not lines:
                return None
            if lines[_STATUS:] and lines[_STATUS].strip() == "ready" and _listens(Path(lines[_SOCKET_LINE])):
                return Path(lines[_SOCKET_LINE])
            time.sleep(0.05)
        raise Misconfigured("postgres_failed", f"PostgreSQL in {self.data} runs but does not answer; see {self._log}.")

    def launch(self, *, sync: bool) -> Path:
        """Start the server and return its socket directory."""
        directory = self._socket_directory()
        self._claims(directory / f"{_SOCKET}.lock")
        settings = [
            "listen_addresses=",
            # Several processes with a pool each, and the tests of all of them at once.
            "max_connections=300",
            f'unix_socket_directories="{directory}"',
            "timezone=UTC",
            "jit=off",
            *_DISCREET,
        ]
        settings += [] if sync else _FAST_AND_LOOSE
        options = " ".join("-c " + shlex.quote(setting) for setting in settings)
        command = (self.programs / "pg_ctl", "start", "-w", "-t", str(int(_PATIENCE)), "-D", self.data)
        deadline = time.monotonic() + _PATIENCE / 4
        while True:
            before = self._log.stat().st_size if self._log.exists() else 0
            started = self.account.run(*command, "-l", self._log, "-o", options)
            if started.returncode == 0:
                return directory
            if running := self.socket():  # the pg_ctl of a killed process came first
                return running
            said = self._log.read_bytes()[before:].decode(errors="replace") if self._log.exists() else ""
            if _ORPHANS not in said or time.monotonic() > deadline:
                raise Misconfigured("postgres_failed", f"PostgreSQL did not start; see {self._log}. {said[-400:]}")
            time.sleep(0.2)

    def shut_down(self) -> None:
        """Stop the server, ending its sessions; nothing to do when it is down already."""
        if self.socket() is None:
            return
        stop = ("stop", "-w", "-m", "fast", "-t", str(int(_PATIENCE)), "-D", self.data)
        stopped = self.account.run(self.programs / "pg_ctl", *stop)
        if self.socket() is not None:  # pg_ctl also complains when the server died by another hand meanwhile
            _demand(stopped, "PostgreSQL did not stop")

    def _claims(self, lock: Path) -> list[str]:
        """Return the lines of a lock file if a live postmaster of this cluster holds it; discard it otherwise.

        PostgreSQL keeps a lock whose number belongs to any process, be it a stranger or its own unreaped corpse.
        """
        try:
            lines = lock.read_text().splitlines()
        except FileNotFoundError:
            return []
        if lines and _is_postmaster(abs(int(lines[0])), self.data):
            return lines
        lock.unlink(missing_ok=True)
        return []

    @property
    def _log(self) -> Path:
        return self.data / "server.log"

    def _socket_directory(self) -> Path:
        directory = self.home / "socket"
        if len(os.fsencode(directory / _SOCKET)) > _SOCKET_BYTES:
            digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
            directory = Path(tempfile.gettempdir()) / f"registry-{digest}"
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            self.account.own(directory)
        facts = directory.lstat()
        if directory.is_symlink() or facts.st_uid != self.account.uid or facts.st_mode & 0o077:
            raise Misconfigured("data_dir_foreign", f"{directory} is not a private directory of '{self.account.name}'.")
        return directory


def major(home: Path) -> int | None:
    """Return the major version that made the cluster, or None where there is none yet."""
    mark = home / "cluster" / "PG_VERSION"
    try:
        return int(mark.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise Misconfigured("data_dir_foreign", f"{mark} is not what PostgreSQL writes.") from None


def _demand(done: CompletedProcess[str], complaint: str) -> None:
    if done.returncode:
        raise Misconfigured("postgres_failed", f"{complaint}: {(done.stderr or done.stdout).strip()[-400:]}")


def _is_postmaster(pid: int, data: Path) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    try:
        # A postmaster works in its data directory. Where there is no /proc the signal must do.
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:
        return not Path("/proc/self/cwd").exists()


def _listens(directory: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(directory / _SOCKET))
        except OSError:
            return False
        return True
