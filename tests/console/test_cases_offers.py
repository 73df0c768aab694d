"""What the page of a case offers to whom, and that everything on it has a name."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from registry.console.cases import words
from registry.console.cases.offers import may_look, offered
from registry.domain.appeal_case import AppealState, AppealStep, Case
from registry.domain.appeal_case import AppealState as S
from registry.domain.appeal_case import AppealStep as Step
from registry.domain.staff import Role, Staff
from tests.domain.appeal_cases import ANN, BO, SEATED, ready

WORK = {Step.CLAIM, Step.DRAFT, Step.ASK, Step.APPROVE, Step.RETURN, Step.ASSIGN, Step.RELEASE}
FREE = replace(ready(S.IN_REVIEW), holder=None, reviewers=frozenset())
HELD = ready(S.IN_REVIEW)
DRAFTED = ready(S.PENDING_APPROVAL)


def somebody(role: Role, staff_id: UUID = ANN) -> Staff:
    return Staff(staff_id, frozenset({role}), uuid4())


@pytest.mark.parametrize(
    ("case", "who", "steps"),
    [
        (FREE, somebody(Role.OFFICER), {Step.CLAIM}),
        (replace(FREE, involved=frozenset({ANN})), somebody(Role.OFFICER), set()),
        (replace(FREE, approvers=frozenset({ANN})), somebody(Role.REVIEWER), set()),
        (HELD, somebody(Role.OFFICER), {Step.DRAFT, Step.ASK, Step.RELEASE}),
        (HELD, somebody(Role.OFFICER, BO), set()),
        (HELD, somebody(Role.SUPERVISOR, BO), {Step.ASSIGN, Step.RELEASE}),
        (HELD, somebody(Role.AUDITOR, BO), set()),
        (DRAFTED, somebody(Role.REVIEWER, BO), {Step.APPROVE, Step.RETURN}),
        (DRAFTED, somebody(Role.OFFICER, BO), set()),
        (DRAFTED, somebody(Role.REVIEWER), set()),
        (replace(DRAFTED, approved_by=(BO,)), somebody(Role.REVIEWER, BO), set()),
    ],
)
def test_only_what_role_state_and_part_allow_is_offered(case: Case, who: Staff, steps: set[AppealStep]) -> None:
    assert offered(case, who) & WORK == steps


def test_the_question_is_offered_once() -> None:
    asked = replace(HELD, asked_at=HELD.proved_at)
    assert offered(asked, somebody(Role.OFFICER)) & WORK == {Step.DRAFT, Step.RELEASE}


def test_who_sits_in_the_panel_votes_and_looks() -> None:
    case, pan = ready(S.SECOND_INSTANCE), next(iter(SEATED.values()))
    assert Step.VOTE in offered(case, somebody(Role.PANEL, pan))
    assert may_look(case, somebody(Role.PANEL, pan))
    assert Step.VOTE not in offered(case, somebody(Role.PANEL, UUID(int=9)))
    assert not may_look(case, somebody(Role.PANEL, UUID(int=9)))


def test_every_state_and_step_has_a_name() -> None:
    assert set(words.STATE) == set(AppealState)
    assert set(words.STEP) == {"lodge", *AppealStep}
