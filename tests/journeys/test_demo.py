"""`registry demo`, as `make demo` runs it: from an empty directory to its last line, twice, leaving no process."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.leftovers import processes

PROMISED = (
    "8 reports stand; 6 are refused by code.",
    "not_recordable_detector_score",
    "Four reports of two groups: band severe.",
    "Three reports, all of the group Jade: band high.",
    "is told to forget it",
    "A changed entry is found, and named",
    "quota_exceeded",
    "8 roles, each held by somebody else.",
    "A message arrives; its signature is good.",
    "answered, with a photo from either side",
    "of which one seat is taken",
    "A record is overturned by one who drafts and another who approves",
    "secret of the codes",
    "make serve DEMO=1",
)


@pytest.mark.timeout(300)
def test_the_demo_tells_its_whole_story(data_dir: Path) -> None:
    place = data_dir / "demo"
    place.mkdir(mode=0o711)
    # What an earlier demo left, killed in the middle of it.
    (place / "mode").write_text("sandbox\n")
    (place / "left-behind").touch()
    done = _demo(data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [sentence for sentence in PROMISED if sentence not in done.stdout] == []
    assert not (place / "left-behind").exists()
    assert processes(place) == []


def test_the_demo_refuses_a_directory_that_is_not_its_own(data_dir: Path) -> None:
    (data_dir / "demo").mkdir()
    (data_dir / "demo" / "records").touch()
    done = _demo(data_dir)
    assert done.returncode == 1
    assert "holds something else" in " ".join(done.stdout.split())
    assert (data_dir / "demo" / "records").exists()


def test_a_second_demo_leaves_a_running_one_alone(data_dir: Path) -> None:
    place = data_dir / "demo"
    (place / "postgres").mkdir(parents=True)
    (place / "mode").write_text("sandbox\n")
    with (place / "postgres" / "holders.lock").open("w") as held:  # as whoever uses the embedded PostgreSQL does
        fcntl.flock(held, fcntl.LOCK_SH)
        done = _demo(data_dir)
    assert done.returncode == 1
    assert "a demo runs in" in " ".join(done.stdout.split())
    assert (place / "mode").exists()


def _demo(data_dir: Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"REGISTRY_DATA_DIR": str(data_dir)}
    return subprocess.run(
        [sys.executable, "-m", "registry.cli", "demo"], env=environment, capture_output=True, text=True, check=False
    )
