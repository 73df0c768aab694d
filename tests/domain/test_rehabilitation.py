"""Who has repaid and stayed clean for half the record's life may ask that it end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from registry.domain.appeal_case import CLOCK, Actor, Party
from registry.domain.ids import ReportState
from registry.domain.rehabilitation import Application, Candidate, Obstacle, decide, due, obstacles
from registry.errors import Conflict, Denied
from tests.filings import CN, NOW

# 730 days, half of them over on 2027-10-20.
RECORD = Candidate(ReportState.ACTIVE, date(2026, 10, 20), date(2028, 10, 19), repaid_on=date(2026, 12, 1))
HALFWAY = date(2027, 10, 20)
DUE = datetime(2026, 12, 11, 16, tzinfo=UTC)


def found(today: date = HALFWAY, **changes: Any) -> set[Obstacle]:  # noqa: ANN401 - any field
    return set(obstacles(replace(RECORD, **changes), today=today, policy=CN))


def test_half_the_life_counts_to_the_day() -> None:
    assert found() == set()
    assert found(HALFWAY - timedelta(days=1)) == {Obstacle.TOO_EARLY}


def test_the_money_is_back_first() -> None:
    assert found(repaid_on=HALFWAY) == set()
    assert found(repaid_on=None) == {Obstacle.NOT_REPAID}
    assert found(repaid_on=HALFWAY + timedelta(days=1)) == {Obstacle.NOT_REPAID}


@pytest.mark.parametrize("state", sorted(set(ReportState) - {ReportState.ACTIVE}))
def test_only_a_record_that_counts_can_be_ended_early(state: ReportState) -> None:
    assert found(state=state) == {Obstacle.NOT_ACTIVE}


def test_another_act_starts_the_clean_time_anew() -> None:
    assert found(last_other_act=RECORD.act_ended_on + timedelta(days=1)) == {Obstacle.NOT_CLEAN}
    assert found(last_other_act=RECORD.act_ended_on) == set()


def test_the_decision_is_due_in_twenty_days_of_the_pack() -> None:
    assert due(Application(NOW), CN) == DUE


@pytest.mark.parametrize(("party", "granted"), list(product(sorted(set(Party) - {Party.CLOCK}), [True, False])))
def test_officers_and_reviewers_decide(party: Party, granted: bool) -> None:
    by = Actor(frozenset({party}))
    if party in {Party.OFFICER, Party.REVIEWER}:
        decided = decide(Application(NOW), granted=granted, by=by, policy=CN, now=NOW)
        assert (decided.granted, decided.decided_at) == (granted, NOW)
        with pytest.raises(Conflict, match="rehabilitation_decided"):
            decide(decided, granted=granted, by=by, policy=CN, now=NOW)
        return
    with pytest.raises(Denied, match="rehabilitation_role_refused"):
        decide(Application(NOW), granted=granted, by=by, policy=CN, now=NOW)


def test_the_clock_grants_what_nobody_decided_in_time_and_never_refuses() -> None:
    with pytest.raises(Conflict, match="rehabilitation_early"):
        decide(Application(NOW), granted=True, by=CLOCK, policy=CN, now=DUE - timedelta(seconds=1))
    assert decide(Application(NOW), granted=True, by=CLOCK, policy=CN, now=DUE).granted
    with pytest.raises(Denied, match="rehabilitation_role_refused"):
        decide(Application(NOW), granted=False, by=CLOCK, policy=CN, now=DUE)
