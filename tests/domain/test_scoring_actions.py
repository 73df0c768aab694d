"""The most a member may do with an answer."""

from itertools import pairwise

import pytest

from registry.domain.actions import ACTION_TEXT, permitted
from registry.domain.ids import Action, Band, Protective


@pytest.mark.parametrize(
    ("band", "most"),
    [(Band.NONE, ""), (Band.LOW, "A1"), (Band.GUARDED, "A1 A2"), (Band.HIGH, "A1 A2 A3"), (Band.SEVERE, "A1 A2 A3 A4")],
)
def test_a_band_permits_so_much(band: Band, most: str) -> None:
    assert " ".join(permitted(band)) == most


def test_each_band_permits_what_the_weaker_one_does_and_more() -> None:
    for weaker, stronger in pairwise(Band):
        assert set(permitted(weaker)) < set(permitted(stronger))


def test_closing_needs_the_gate_and_a_severe_band() -> None:
    opened = {band for band in Band if Action.CLOSE_ACCOUNT in permitted(band, gate_open=True)}
    assert opened == {Band.SEVERE}


@pytest.mark.parametrize("warning", Protective)
@pytest.mark.parametrize("gate_open", [True, False])
def test_a_protective_record_forbids_suspension_and_closure(warning: Protective, gate_open: bool) -> None:
    assert permitted(Band.SEVERE, [warning], gate_open=gate_open) == permitted(Band.HIGH)


def test_every_action_has_a_sentence() -> None:
    assert set(ACTION_TEXT) == set(Action)
