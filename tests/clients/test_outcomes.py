"""What was done about answers, through both clients."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from registry_client import Action, Conflict, Identifiers, NotFound
from registry_client.testing import FakeRegistry

Call = Callable[..., Any]
AT = datetime(2026, 11, 21, 20, tzinfo=timezone(timedelta(hours=8)))


def test_an_action_names_its_answer_and_is_recorded_once_whatever_the_network_does(
    call: Call, registry: FakeRegistry
) -> None:
    answer = call("query", Identifiers(phone="+86 138 0013 8000"), "A" * 43)
    registry.fail(times=2)
    done = call("record_outcome", answer, Action.SUSPEND_PRIVILEGES, AT, ends_at=AT + timedelta(days=30))
    assert (done.query_id, done.claim_ref, done.action) == (answer.query_id, "A" * 43, "A4")
    assert (done.taken_at, done.ends_at) == (AT, AT + timedelta(days=30))
    assert done.taken_at.tzinfo is UTC
    assert list(registry.outcomes) == [done.outcome_id]


def test_what_a_recall_names_is_found_and_lifted(call: Call, registry: FakeRegistry) -> None:
    answer = call("query", Identifiers(phone="+86 138 0013 8000"), "A" * 43)
    done = call("record_outcome", answer, Action.HUMAN_REVIEW, AT)
    registry.outcomes[done.outcome_id] |= {"must_lift": True, "flags": ["beyond_answer"]}
    listed = call("outcomes")
    assert [(one.must_lift, one.flags, one.lifted_at) for one in listed.outcomes] == [(True, ("beyond_answer",), None)]
    assert listed.cursor == ""
    assert call("lift_outcome", str(done.outcome_id), AT).lifted_at == AT
    with pytest.raises(Conflict):
        call("lift_outcome", done.outcome_id, AT + timedelta(days=1))
    with pytest.raises(NotFound):
        call("lift_outcome", UUID(int=99), AT)
