"""Silence after a recall: an alert after a day, no more queries after three, each step once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.recalls import Recalled, RecallStep, acknowledge_by, missed
from tests.filings import CN, NOW

HOUR = timedelta(hours=1)
ALERT, SUSPEND = RecallStep.ALERT, RecallStep.SUSPEND


@pytest.mark.parametrize(
    ("hours", "steps"),
    [(0, []), (23, []), (24, [ALERT]), (71, [ALERT]), (72, [ALERT, SUSPEND]), (500, [ALERT, SUSPEND])],
)
def test_silence_is_acted_on_in_order(hours: int, steps: list[RecallStep]) -> None:
    found = missed(Recalled(NOW), CN.clocks, NOW + hours * HOUR)
    assert [step for step, _ in found] == steps
    assert acknowledge_by(NOW, CN.clocks) == NOW + 24 * HOUR


def test_each_step_is_taken_once_and_knows_when_it_was_due() -> None:
    assert missed(Recalled(NOW, taken=[ALERT]), CN.clocks, NOW + 240 * HOUR) == ((SUSPEND, NOW + 72 * HOUR),)
    assert missed(Recalled(NOW, taken=[ALERT, SUSPEND]), CN.clocks, NOW + 240 * HOUR) == ()


def test_a_late_acknowledgement_forgets_nothing() -> None:
    late = Recalled(NOW, acknowledged_at=NOW + 30 * HOUR)
    assert missed(late, CN.clocks, NOW + 240 * HOUR) == ((ALERT, NOW + 24 * HOUR),)


@given(st.lists(st.integers(0, 200), max_size=8), st.none() | st.integers(0, 200))
def test_it_does_not_matter_when_the_worker_looks(looks: list[int], acknowledged: int | None) -> None:
    taken: list[RecallStep] = []
    for hours in [*sorted(looks), 300]:
        known = acknowledged is not None and acknowledged <= hours
        recall = Recalled(NOW, NOW + (acknowledged or 0) * HOUR if known else None, tuple(taken))
        taken += [step for step, _ in missed(recall, CN.clocks, NOW + hours * HOUR)]
    silence = 300 if acknowledged is None else acknowledged
    assert taken == [step for step, most in ((ALERT, 24), (SUSPEND, 72)) if silence >= most]
