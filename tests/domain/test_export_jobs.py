"""Exports as long work: every step from every state, and when it is due."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from registry.domain.export_jobs import ATTEMPTS, LEASE, TRANSITIONS, ExportState, ExportStep, Standing, decide
from registry.errors import Conflict

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LOST = NOW - LEASE


def refused(standing: Standing, step: ExportStep) -> bool:
    try:
        decide(standing, step, now=NOW)
    except Conflict as refusal:
        return refusal.code == "export_step_refused"
    return False


@pytest.mark.parametrize(("state", "step"), list(product(ExportState, ExportStep)))
def test_every_step_from_every_state(state: ExportState, step: ExportStep) -> None:
    # Silent, and over: no time forbids anything.
    standing = Standing(state, attempt=1, beat_at=LOST, ends_at=NOW)
    if (state, step) in TRANSITIONS:
        assert decide(standing, step, now=NOW) is TRANSITIONS[state, step]
    else:
        assert refused(standing, step)


def test_an_export_is_taken_again_only_from_a_silent_worker_and_not_for_ever() -> None:
    running, later = ExportState.RUNNING, LOST + timedelta(seconds=1)
    assert refused(Standing(running, attempt=1, beat_at=later), ExportStep.TAKE)
    assert not refused(Standing(running, attempt=1, beat_at=LOST), ExportStep.TAKE)
    assert refused(Standing(running, attempt=ATTEMPTS, beat_at=LOST), ExportStep.TAKE)
    assert not refused(Standing(ExportState.WAITING), ExportStep.TAKE)


def test_a_file_is_kept_until_its_time_is_over() -> None:
    done = ExportState.DONE
    assert refused(Standing(done), ExportStep.FORGET)
    assert refused(Standing(done, ends_at=NOW + timedelta(seconds=1)), ExportStep.FORGET)
    assert not refused(Standing(done, ends_at=NOW), ExportStep.FORGET)
