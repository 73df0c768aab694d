"""Every step from every state, who may take it, and when."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from registry.domain.erasures import OPEN_FOR, TRANSITIONS, ErasureState, Standing, Step, decide
from registry.errors import Conflict, Denied

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAKER, CHECKER = UUID(int=1), UUID(int=2)
PERSONAL = {Step.APPROVE: CHECKER, Step.REFUSE: CHECKER, Step.EXPIRE: None, Step.COMPLETE: None}
EXPECTED = {
    (ErasureState.PROPOSED, Step.APPROVE): ErasureState.APPROVED,
    (ErasureState.PROPOSED, Step.REFUSE): ErasureState.REFUSED,
    (ErasureState.PROPOSED, Step.EXPIRE): ErasureState.EXPIRED,
    (ErasureState.APPROVED, Step.COMPLETE): ErasureState.COMPLETED,
}


def standing(state: ErasureState = ErasureState.PROPOSED, *, age: timedelta = timedelta(0)) -> Standing:
    return Standing(state, MAKER, NOW - age)


@pytest.mark.parametrize(("state", "step"), list(product(ErasureState, Step)))
def test_each_step_leads_where_the_table_says_and_nowhere_else(state: ErasureState, step: Step) -> None:
    at = standing(state, age=OPEN_FOR if step is Step.EXPIRE else timedelta(days=1))
    if (state, step) in EXPECTED:
        assert decide(at, step, now=NOW, by=PERSONAL[step]) is EXPECTED[state, step]
    else:
        with pytest.raises(Conflict, match="erasure_step_refused") as refused:
            decide(at, step, now=NOW, by=PERSONAL[step])
        assert refused.value.facts == {"state": state, "step": step}
    assert TRANSITIONS.get((state, step)) is EXPECTED.get((state, step))


@pytest.mark.parametrize("step", [Step.APPROVE, Step.REFUSE])
@pytest.mark.parametrize("by", [MAKER, None])
def test_nobody_decides_on_their_own_proposal_and_neither_does_the_clock(step: Step, by: UUID | None) -> None:
    with pytest.raises(Denied, match="same_person"):
        decide(standing(), step, now=NOW, by=by)


@pytest.mark.parametrize("step", [Step.APPROVE, Step.REFUSE])
def test_a_proposal_can_be_decided_until_it_expires_and_expires_only_then(step: Step) -> None:
    last = standing(age=OPEN_FOR - timedelta(microseconds=1))
    assert decide(last, step, now=NOW, by=CHECKER) is EXPECTED[ErasureState.PROPOSED, step]
    with pytest.raises(Conflict, match="erasure_step_refused"):
        decide(last, Step.EXPIRE, now=NOW)
    with pytest.raises(Conflict, match="erasure_step_refused"):
        decide(standing(age=OPEN_FOR), step, now=NOW, by=CHECKER)
    assert standing().expires_at == NOW + OPEN_FOR
