"""What kill -9 may leave behind, and that the next start gets over it."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry.store import embedded
from tests.launching import AS_ROOT, ask, holder, kill, ordinary, postmaster, starting


@pytest.fixture(params=["root", "ordinary"] if AS_ROOT else ["ordinary"])
def as_ordinary(request: pytest.FixtureRequest, data_dir: Path) -> bool:
    needed = bool(request.param == "ordinary")
    if needed:
        ordinary()
        data_dir.chmod(0o777)
    return needed


def test_a_killed_holder_does_not_count(data_dir: Path, as_ordinary: bool) -> None:
    place = data_dir / "own"
    with holder(place, as_ordinary=as_ordinary) as (killed, _):
        running = postmaster(place)
        with holder(place, as_ordinary=as_ordinary) as (_, dsn):
            kill(killed)
            assert ask(dsn, "SELECT 1") == 1
            assert postmaster(place) == running
    assert postmaster(place) is None


def test_an_orphaned_server_is_joined_and_then_stopped(data_dir: Path, as_ordinary: bool) -> None:
    place = data_dir / "own"
    with holder(place, as_ordinary=as_ordinary) as (killed, _):
        kill(killed)
    orphan = postmaster(place)
    assert orphan is not None
    with holder(place, as_ordinary=as_ordinary) as (_, dsn):
        assert postmaster(place) == orphan
        assert ask(dsn, "SELECT 1") == 1
    assert postmaster(place) is None


def test_acknowledged_rows_outlive_a_killed_server(data_dir: Path, as_ordinary: bool) -> None:
    place = data_dir / "own"
    with holder(place, as_ordinary=as_ordinary, sync=True) as (killed, dsn):
        ask(dsn, "CREATE TABLE fact (n int)")
        for _ in range(5):
            ask(dsn, "INSERT INTO fact VALUES (1)")
        kill(postmaster(place))
        kill(killed)
    with holder(place, as_ordinary=as_ordinary, sync=True) as (_, dsn):
        assert ask(dsn, "SELECT count(*) FROM fact") == 5
    assert postmaster(place) is None


def test_a_holder_whose_server_was_killed_starts_it_again_and_stops_cleanly(data_dir: Path) -> None:
    with embedded.start(data_dir) as first:
        kill(postmaster(data_dir))
        with embedded.start(data_dir) as second:
            assert second.dsn() == first.dsn()
            assert ask(first.dsn(), "SELECT 1") == 1
        assert postmaster(data_dir) is not None
    assert postmaster(data_dir) is None


def test_stopping_a_server_that_was_killed_is_no_error(data_dir: Path) -> None:
    with embedded.start(data_dir):
        kill(postmaster(data_dir))
    assert postmaster(data_dir) is None


def test_a_stale_pid_that_now_belongs_to_another_process_is_no_obstacle(data_dir: Path) -> None:
    with embedded.start(data_dir) as instance:
        ask(instance.dsn(), "CREATE TABLE kept AS SELECT 7 AS n")
        pid_file = data_dir / "postgres" / "cluster" / "postmaster.pid"
        running, _, rest = pid_file.read_text().partition("\n")
        kill(int(running))
    owner = (data_dir / "postgres" / "cluster").stat()
    user = owner.st_uid if AS_ROOT else None
    with subprocess.Popen(["sleep", "60"], cwd="/", user=user) as bystander:
        pid_file.write_text(f"{bystander.pid}\n{rest}")
        try:
            with embedded.start(data_dir) as instance:
                assert ask(instance.dsn(), "SELECT n FROM kept") == 7
            assert bystander.poll() is None
        finally:
            bystander.kill()


@pytest.mark.parametrize("delay", [0.2, 0.35, 0.5, 0.65, 0.8, 1.0])
def test_a_start_killed_at_any_moment_leaves_nothing_half_made(data_dir: Path, delay: float) -> None:
    with starting(data_dir) as process:
        time.sleep(delay)
        process.kill()
    with embedded.start(data_dir, sync=False) as instance:
        assert [ask(instance.dsn(user=role), "SELECT current_user") for role in embedded.LOGIN_ROLES]
    with embedded.start(data_dir, sync=False):  # by now the initdb that outlived its parent has ended
        assert not list((data_dir / "postgres").glob("making.*"))
    assert postmaster(data_dir) is None


def test_processes_that_start_at_once_find_one_server(data_dir: Path) -> None:
    def join(_: int) -> tuple[str, int]:
        with holder(data_dir) as (_, dsn):
            return dsn, ask(dsn, "SELECT 1")

    with embedded.start(data_dir / "warm", sync=False), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(join, range(4)))
    assert {answer for _, answer in answers} == {1}
    assert len({dsn for dsn, _ in answers}) == 1
    assert postmaster(data_dir) is None
