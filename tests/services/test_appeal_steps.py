"""Every arrow of an appeal, taken through the use case on a real database, and every other one refused."""

from collections.abc import AsyncIterator
from itertools import product

import pytest

from registry.domain.appeal_case import AppealState, AppealStep, Draft, Result
from registry.domain.appeal_corrections import Correction
from registry.domain.appeals import EVENTS, TRANSITIONS
from registry.domain.ids import Confidence, ReportState
from registry.errors import Conflict
from tests.appealing import Court, court
from tests.databases import ScratchDatabase
from tests.domain.appeal_cases import ANN, BO, CY, DEE, EVIDENCE, SEATED, WORDS, moment, ready, taker
from tests.domain.test_appeals import in_order

pytestmark = pytest.mark.anyio
S, Step = AppealState, AppealStep


@pytest.fixture
async def place(database: ScratchDatabase) -> AsyncIterator[Court]:
    async with court(database) as found:
        await found.hire(ANN, BO, CY, DEE, *SEATED.values())
        yield found


async def test_every_arrow_is_taken_through_the_use_case_and_leaves_its_trace(place: Court) -> None:
    for state, step in TRANSITIONS:
        appeal_id = await place.put(in_order(state, step))
        place.now = moment(step)
        after = await place.step(appeal_id, step, WORDS.get(step), by=taker(step))
        taken = await place.rows("SELECT * FROM appeal_step WHERE appeal_id = $1 ORDER BY number", appeal_id)
        assert taken[0]["step"] == step, (state, step)
        assert taken[0]["state"] in TRANSITIONS[state, step], (state, step)
        assert after.state is S(taken[-1]["state"])
        logged = await place.rows("SELECT action FROM audit.entry WHERE id = $1", taken[0]["entry_id"])
        assert [row["action"] for row in logged] == [EVENTS[step]]


async def test_every_other_arrow_is_refused_and_changes_nothing(place: Court) -> None:
    at = {state: await place.put(ready(state)) for state in S}
    for state, step in sorted(set(product(S, Step)) - set(TRANSITIONS)):
        place.now = moment(Step.CLAIM)
        with pytest.raises(Conflict) as caught:
            await place.step(at[state], step, WORDS.get(step), by=taker(step))
        assert caught.value.code == "appeal_step_refused", (state, step)
    assert await place.rows("SELECT 1 FROM appeal_step") == []


async def test_an_amended_record_says_from_then_on_what_was_decided(place: Court) -> None:
    lessened = Correction(amount_minor=50_000, confidence=Confidence.C)
    draft = Draft(Result.AMENDED, "The price was lower.", EVIDENCE, correction=lessened)
    appeal_id = await place.put(ready(S.PENDING_APPROVAL, draft=draft))
    place.now = moment(Step.APPROVE)
    after = await place.step(appeal_id, Step.APPROVE, by=taker(Step.APPROVE))
    assert (after.report.state, after.report.revision) == (ReportState.ACTIVE, 2)
    (row,) = await place.rows("SELECT amount_minor, confidence FROM report")
    assert tuple(row) == (50_000, "C")
    (revision,) = await place.rows("SELECT revision, change FROM report_revision")
    assert tuple(revision) == (2, "amended")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Draft(Result.AMENDED, "Lower.", EVIDENCE), "appeal_correction_missing"),
        (Draft(Result.AMENDED, "Higher.", EVIDENCE, correction=Correction(10**9)), "appeal_correction_refused"),
        (Draft(Result.UPHELD, "As it is.", EVIDENCE, correction=Correction(1)), "appeal_correction_refused"),
    ],
)
async def test_a_draft_says_what_it_corrects_if_it_amends(place: Court, said: Draft, code: str) -> None:
    appeal_id = await place.put(ready(S.IN_REVIEW))
    place.now = moment(Step.DRAFT)
    with pytest.raises(Conflict, match=code):
        await place.step(appeal_id, Step.DRAFT, said, by=taker(Step.DRAFT))
