"""What a draft would come to: the very letter that follows once it is confirmed, and before that nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from registry.domain.appeal_case import Actor, AppealState, AppealStep, Draft, Party, Result
from registry.domain.ids import Severity
from registry.errors import Conflict, Denied
from registry.services import appeals
from registry.services.appeals import Rehearsal
from tests.appealing import Court, court
from tests.databases import ScratchDatabase
from tests.domain.appeal_cases import ANN, BO, CHANGED, CY, DEE, EVIDENCE, SEATED, WORDS, moment, ready, staff, taker

pytestmark = pytest.mark.anyio
S, Step = AppealState, AppealStep
DRAFT = WORDS[Step.DRAFT]


@pytest.fixture
async def place(database: ScratchDatabase) -> AsyncIterator[Court]:
    async with court(database) as found:
        await found.hire(ANN, BO, CY, DEE, *SEATED.values())
        yield found


async def rehearse(
    place: Court,
    state: AppealState,
    said: Draft | None,
    by: Actor,
    **changes: Any,  # noqa: ANN401 - of the case
) -> Rehearsal:
    appeal_id = await place.put(ready(state, **changes))
    place.now = moment(Step.DRAFT)
    async with place.api.write() as session:
        return await appeals.rehearse(session, appeal_id, said, by=by, act=place.act(by), desk=place.desk)


async def test_the_letter_is_the_one_that_follows_and_nothing_else_does(place: Court) -> None:
    assert isinstance(DRAFT, Draft)
    found = await rehearse(place, S.IN_REVIEW, DRAFT, taker(Step.DRAFT))
    appeal_id = found.standing.appeal.id
    assert found.standing.state is S.IN_REVIEW
    assert await place.rows("SELECT 1 FROM appeal_letter UNION ALL SELECT 1 FROM appeal_step") == []
    (row,) = await place.rows("SELECT state FROM appeal")
    assert row["state"] == "in_review"
    await place.step(appeal_id, Step.DRAFT, DRAFT, by=taker(Step.DRAFT))
    await place.step(appeal_id, Step.APPROVE, by=taker(Step.APPROVE))
    (kept,) = await place.rows("SELECT encode(sha256, 'hex') AS sha256 FROM appeal_letter WHERE kind = 'decision'")
    assert kept["sha256"] == found.letters["en"].content()["letter"]
    assert {letter.language for letter in found.letters.values()} == {"en", "zh"}


async def test_a_grave_record_is_confirmed_by_two_and_the_letter_says_so(place: Court) -> None:
    assert isinstance(DRAFT, Draft)
    found = await rehearse(place, S.IN_REVIEW, DRAFT, taker(Step.DRAFT), severity=Severity.S3)
    assert "two other people confirmed the decision" in found.letters["en"].text


async def test_the_look_is_recorded(place: Court) -> None:
    await rehearse(place, S.PENDING_APPROVAL, None, taker(Step.APPROVE))
    looks = await place.rows("SELECT action FROM audit.entry WHERE action = 'appeal.letter_rehearsed'")
    assert len(looks) == 1


@pytest.mark.parametrize(
    ("by", "evidence", "error", "code"),
    [
        (staff(Party.REVIEWER, ANN), EVIDENCE, Denied, "appeal_second_person"),
        (taker(Step.APPROVE), CHANGED, Conflict, "appeal_draft_void"),
    ],
)
async def test_what_could_not_be_confirmed_is_not_rehearsed(
    place: Court, by: Actor, evidence: str, error: type[Exception], code: str
) -> None:
    draft = Draft(Result.UPHELD, "Because.", EVIDENCE)
    with pytest.raises(error, match=code):
        await rehearse(place, S.PENDING_APPROVAL, None, by, draft=draft, evidence=evidence)
