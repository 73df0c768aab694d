"""The journal of charges when the disk or the process fails."""

import os
import resource
from pathlib import Path

import pytest

from registry.errors import Misconfigured, Unavailable
from registry.keyholder.members import Member
from registry.keyholder.meter import Meter
from registry_formats.evaluation import Request
from tests.keyholder.asking import MEMBER, Clock

ONE = Member("member-1", MEMBER.public_key(), "group-1", daily=10, group_daily=10)


def request(count: int) -> Request:
    return Request("member-1", b"k" * 8, 0, os.urandom(16), (bytes(32),) * count)


def journal(directory: Path) -> Path:
    [path] = (directory / "charges").glob("*.jsonl")
    return path


def spent(directory: Path, clock: Clock) -> int:
    """How many elements are gone, found by asking for the rest one by one."""
    meter = Meter(directory, clock.now)
    left = 0
    while left < 12:
        try:
            meter.charge(ONE, request(1), clock.now)
        except Exception:  # noqa: BLE001 - any refusal ends the counting
            break
        left += 1
    meter.close()
    return 11 - left


def test_a_half_written_charge_is_cut_off_and_the_whole_ones_count(tmp_path: Path) -> None:
    clock = Clock()
    meter = Meter(tmp_path, clock.now)
    meter.charge(ONE, request(4), clock.now)
    meter.close()
    with journal(tmp_path).open("ab") as file:
        file.write(b'{"at":17')
    assert spent(tmp_path, clock) == 4


def test_a_damaged_journal_stops_the_start(tmp_path: Path) -> None:
    clock = Clock()
    Meter(tmp_path, clock.now).close()
    journal(tmp_path).write_bytes(b"damage\n")
    with pytest.raises(Misconfigured) as refused:
        Meter(tmp_path, clock.now)
    assert refused.value.code == "journal_damaged"


def test_when_the_disk_takes_no_more_nothing_is_given_until_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    meter = Meter(tmp_path, clock.now)
    meter.charge(ONE, request(2), clock.now)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal(tmp_path).stat().st_size + 10, hard))
    try:
        codes = []
        for _ in range(2):
            with pytest.raises(Unavailable) as refused:
                meter.charge(ONE, request(2), clock.now)
            codes.append(refused.value.code)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert codes == ["journal_unavailable"] * 2
    with pytest.raises(Unavailable):
        meter.charge(ONE, request(2), clock.now)
    meter.close()
    assert spent(tmp_path, clock) == 2
