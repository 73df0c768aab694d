"""What is at stake in an appeal: the score as it is, were the record to stand, and were it to go."""

from datetime import datetime
from uuid import UUID

import pytest

from registry.domain.appeal_effect import Effect, effect
from registry.domain.ids import ReportState
from registry.domain.incidents import Asker, Incident
from registry.domain.scoring import score
from tests.domain.score_cases import MODEL, NOW, PERSON, group, member, report


def found(*incidents: Incident, asker: Asker | None = None, as_of: datetime = NOW) -> Effect:
    return effect(MODEL, UUID(int=1), tokens=PERSON, incidents=incidents, reliability={}, asker=asker, as_of=as_of)


def scored(*incidents: Incident) -> int:
    return score(MODEL, tokens=PERSON, incidents=incidents, reliability={}, asker=None, as_of=NOW).score


@pytest.mark.parametrize("state", [ReportState.DISPUTED, ReportState.SUSPENDED])
@pytest.mark.parametrize("others", [(), (report(2, 2),)])
def test_a_contested_record_counts_for_nothing_and_would_count_in_full(
    state: ReportState, others: tuple[Incident, ...]
) -> None:
    told = found(report(state=state, appeal_open=True, activated=False), *others)
    assert told.now == told.removed
    assert told.removed.score == scored(*others)
    assert told.upheld.score == scored(report(), *others) > told.removed.score


def test_a_record_that_keeps_its_weight_stands_as_it_is() -> None:
    told = found(report(), report(2, 2))
    assert told.now == told.upheld
    assert told.removed.score == scored(report(2, 2))


def test_a_denied_act_would_count_again() -> None:
    told = found(report(act_denied=True, state=ReportState.OVERTURNED))
    assert (told.now.score, told.removed.score) == (0, 0)
    assert told.upheld.score == scored(report())


def test_what_does_not_tell_changes_nothing() -> None:
    told = found(report(2, 2))
    assert told.now == told.upheld == told.removed


def test_the_asker_is_who_the_score_would_be_told_to() -> None:
    told = found(report(), asker=Asker(member(1), group(1)))
    assert told.upheld.score == scored(report())
