"""Admissions of members: two operators, in time, once."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest

from registry.domain.admissions import OPEN_FOR, TRANSITIONS, AdmissionState, AdmissionStep, Standing, decide
from registry.errors import Conflict, Denied

ANN, BO = uuid4(), uuid4()
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
SOON, LATE = AT + OPEN_FOR - timedelta(seconds=1), AT + OPEN_FOR


@pytest.mark.parametrize(
    ("state", "step", "by", "now"), list(product(AdmissionState, AdmissionStep, (ANN, BO), (SOON, LATE)))
)
def test_every_step_from_every_state_by_either_in_time_or_late(
    state: AdmissionState, step: AdmissionStep, by: UUID, now: datetime
) -> None:
    standing = Standing(state, ANN, AT)
    if (state, step) not in TRANSITIONS or now is LATE:
        with pytest.raises(Conflict) as refused:
            decide(standing, step, by=by, now=now)
        assert (refused.value.code, refused.value.facts["state"]) == ("admission_step_refused", state)
    elif step is AdmissionStep.APPROVE and by == ANN:
        with pytest.raises(Denied) as denied:
            decide(standing, step, by=by, now=now)
        assert denied.value.code == "same_person"
    else:
        after = decide(standing, step, by=by, now=now)
        assert after is {"approve": AdmissionState.APPROVED, "refuse": AdmissionState.REFUSED}[step]
