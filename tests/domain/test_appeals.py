"""Every state against every step and every party, every arrow, and the table in the docs."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest

from registry.domain.appeal_case import (
    SUBJECT,
    Actor,
    AppealState,
    AppealStep,
    Case,
    Party,
    ReporterAnswer,
    Result,
    Vote,
)
from registry.domain.appeals import ALLOWED, CLOCK_STEPS, EVENTS, TRANSITIONS, render
from registry.domain.deadlines import AWAITED
from registry.domain.ids import Severity
from registry.domain.staff import OF_MEMBERS, Role, Staff
from registry.errors import Conflict, Denied, RegistryError
from tests.domain.appeal_cases import ANN, EVIDENCE, SEATED, SECOND, actor, ready, take

S, Step, P = AppealState, AppealStep, Party
WORKING = {S.AWAITING_REPORTER, S.AWAITING_SUBJECT, S.IN_REVIEW}
FIRST = WORKING | {S.PENDING_APPROVAL}
# Written a second time, from the prose of the design, so that a slip in a table shows.
POSSIBLE: dict[AppealStep, set[AppealState]] = {
    Step.PROVE: {S.RECEIVED},
    Step.LAPSE: {S.RECEIVED},
    Step.ADMIT: {S.RECEIVED},
    Step.ANSWER: {S.AWAITING_REPORTER},
    Step.MISS_ANSWER: {S.AWAITING_REPORTER},
    Step.CLAIM: WORKING,
    Step.ASSIGN: WORKING,
    Step.RELEASE: WORKING,
    Step.ASK: {S.IN_REVIEW},
    Step.REPLY: {S.AWAITING_SUBJECT},
    Step.MISS_REPLY: {S.AWAITING_SUBJECT},
    Step.ADD_EVIDENCE: FIRST | {S.SECOND_INSTANCE},
    Step.ADMIT_ARTEFACT: WORKING | {S.SECOND_INSTANCE},
    Step.DRAFT: {S.IN_REVIEW},
    Step.APPROVE: {S.PENDING_APPROVAL},
    Step.RETURN: {S.PENDING_APPROVAL},
    Step.MISS_DECISION: FIRST,
    Step.TELL: {S.DECIDED},
    Step.MISS_TELLING: {S.DECIDED},
    Step.ASK_SECOND: {S.DECIDED},
    Step.SEAT: {S.SECOND_INSTANCE},
    Step.VOTE: {S.SECOND_INSTANCE},
    Step.MISS_SECOND: {S.SECOND_INSTANCE},
    Step.DROP_SECOND: {S.SECOND_INSTANCE},
    Step.RECORD_EXTERNAL: FIRST | {S.RECEIVED, S.DECIDED, S.SECOND_INSTANCE},
    Step.APPLY_EXTERNAL: {S.CLOSED_EXTERNAL},
    Step.MISS_EXTERNAL: {S.CLOSED_EXTERNAL},
    Step.WITHDRAW: FIRST | {S.RECEIVED},
    Step.CLOSE: FIRST | {S.RECEIVED, S.SECOND_INSTANCE},
}
BY: dict[AppealStep, set[Party]] = {
    Step.PROVE: {P.REGISTRY},
    Step.ADMIT: {P.REGISTRY, P.CLOCK},
    Step.ANSWER: {P.MEMBER},
    Step.CLAIM: {P.OFFICER, P.REVIEWER},
    Step.ASSIGN: {P.SUPERVISOR},
    Step.RELEASE: {P.OFFICER, P.REVIEWER, P.SUPERVISOR},
    Step.ASK: {P.OFFICER, P.REVIEWER},
    Step.REPLY: {P.SUBJECT},
    Step.ADD_EVIDENCE: {P.SUBJECT, P.MEMBER, P.OFFICER, P.REVIEWER},
    Step.ADMIT_ARTEFACT: {P.REVIEWER},
    Step.DRAFT: {P.OFFICER, P.REVIEWER},
    Step.APPROVE: {P.REVIEWER, P.SUPERVISOR},
    Step.RETURN: {P.REVIEWER, P.SUPERVISOR},
    Step.TELL: {P.REGISTRY},
    Step.ASK_SECOND: {P.SUBJECT, P.MEMBER},
    Step.SEAT: {P.SUPERVISOR},
    Step.VOTE: {P.PANEL},
    Step.DROP_SECOND: {P.SUBJECT, P.MEMBER},
    Step.RECORD_EXTERNAL: {P.OFFICER},
    Step.APPLY_EXTERNAL: {P.OFFICER, P.REVIEWER, P.SUPERVISOR},
    Step.WITHDRAW: {P.SUBJECT},
    Step.CLOSE: {P.REGISTRY},
} | {step: {P.CLOCK} for step in Step if step.startswith("miss_") or step is Step.LAPSE}
# Who lost asks, and who asked may drop: of the parties allowed, the one that the case at hand speaks against.
NOT_BY_THE_OTHER = {Step.ASK_SECOND: P.MEMBER, Step.DROP_SECOND: P.MEMBER}


def code(state: AppealState, step: AppealStep, party: Party) -> str:
    """Take a step and return the code of its refusal, or an empty text."""
    try:
        target = take(in_order(state, step), step, actor(party, step)).state
    except RegistryError as refused:
        return refused.code
    assert target in TRANSITIONS[state, step]
    return ""


def in_order(state: AppealState, step: AppealStep) -> Case:
    """Build a case in which no other clock has run out before this step."""
    case = ready(state, step)
    first = {Step.MISS_DECISION: {Step.MISS_ANSWER, Step.MISS_REPLY}}.get(step, set())
    return replace(case, breaches=case.breaches | first)


@pytest.mark.parametrize(("state", "step"), list(product(S, Step)))
def test_each_state_takes_the_steps_it_may_from_those_who_may(state: AppealState, step: AppealStep) -> None:
    for party in Party:
        found = code(state, step, party)
        if party not in BY[step]:
            assert found == "appeal_role_refused", party
        elif state not in POSSIBLE[step]:
            assert found == "appeal_step_refused", party
        elif NOT_BY_THE_OTHER.get(step) is party:
            assert found == "appeal_not_yours", party
        else:
            assert found == "", party


def test_every_arrow_is_taken() -> None:
    votes = tuple((person, Vote(Result.UPHELD, "Yes.", EVIDENCE)) for person in list(SEATED.values())[:2])
    forks = [
        (S.AWAITING_REPORTER, Step.ANSWER, ready(S.AWAITING_REPORTER), ReporterAnswer.WITHDRAW),
        (S.PENDING_APPROVAL, Step.APPROVE, ready(S.PENDING_APPROVAL, severity=Severity.S3), None),
        (S.SECOND_INSTANCE, Step.VOTE, ready(S.SECOND_INSTANCE, second=replace(SECOND, votes=votes)), votes[0][1]),
    ]
    taken = {(state, step, take(in_order(state, step), step).state) for state, step in TRANSITIONS}
    taken |= {(state, step, take(case, step, said=said).state) for state, step, case, said in forks}
    assert taken == {(*move, target) for move, targets in TRANSITIONS.items() for target in targets}


def test_a_refusal_says_from_where_and_what() -> None:
    with pytest.raises(Conflict) as caught:
        take(ready(S.DECIDED), Step.DRAFT)
    assert caught.value.facts == {"state": S.DECIDED, "step": Step.DRAFT}
    with pytest.raises(Denied) as denied:
        take(ready(S.IN_REVIEW), Step.DRAFT, SUBJECT)
    assert denied.value.facts == {"step": Step.DRAFT}


def test_every_step_has_its_people_its_event_and_a_place_in_the_table() -> None:
    assert set(ALLOWED) == set(EVENTS) == {step for _, step in TRANSITIONS} == set(Step)
    assert len(set(EVENTS.values())) == len(Step)
    assert {step for step in Step if ALLOWED[step] == {P.CLOCK}} == CLOCK_STEPS == set(AWAITED) - {Step.ADMIT}


def test_staff_act_in_all_their_roles_at_once() -> None:
    both = Actor.of(Staff(ANN, frozenset({Role.REVIEWER, Role.SUPERVISOR}), UUID(int=77)))
    assert both.parties == {P.REVIEWER, P.SUPERVISOR}
    assert {role.value for role in set(Role) - OF_MEMBERS} == {party.value for party in Party} - {
        "subject",
        "member",
        "registry",
        "clock",
    }
    assert Actor.of(Staff(ANN, OF_MEMBERS, UUID(int=77))).parties == set()
    assert take(ready(S.IN_REVIEW), Step.DRAFT, both).state is S.PENDING_APPROVAL


def test_a_role_without_a_person_takes_no_persons_step() -> None:
    with pytest.raises(Denied, match="appeal_role_refused"):
        take(ready(S.IN_REVIEW, Step.CLAIM), Step.CLAIM, Actor(frozenset({P.OFFICER})))


def test_a_step_that_needs_words_is_not_taken_without() -> None:
    with pytest.raises(TypeError, match="draft needs Draft"):
        take(ready(S.IN_REVIEW), Step.DRAFT, said=None)


def test_the_docs_show_the_table_as_it_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "appeals.md"
    assert render() in page.read_text(encoding="utf-8")
