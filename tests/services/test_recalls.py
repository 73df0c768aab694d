"""Every step of a record's life that its readers must hear of reaches them, whichever use case takes it."""

from datetime import timedelta

import pytest

from registry.domain.access import Caller
from registry.domain.ids import ReportState
from registry.domain.lifecycle import TRANSITIONS, Decision, Inform, RestrictReason, Standing, Step, decide
from registry.domain.lifecycle import WithdrawReason as Reason
from registry.services import recalls
from registry.store.database import Database
from registry.store.recalls import ENDING
from registry.store.scores import stop_disclosure
from tests.databases import ScratchDatabase
from tests.filings import CN
from tests.logbook import act, new_trail, superuser
from tests.questions import NOW, Window, incident, query

pytestmark = pytest.mark.anyio

REASONS = {Step.WITHDRAW: Reason.MISTAKE, Step.RESTRICT: RestrictReason.COURT_ORDER}
# By the clock, at the end of a life that was known: it is removed, and there is nothing to answer for.
IN_SILENCE = {Step.EXPIRE}


def decision(state: ReportState, step: Step) -> Decision:
    """Take a step at a moment at which it is due."""
    long_ago = NOW - timedelta(days=900)
    standing = Standing(state, filed_at=long_ago, served_at=long_ago, expires_on=NOW.date())
    return decide(standing, step, policy=CN, now=NOW, reason=REASONS.get(step, ""))


async def test_every_step_that_readers_must_hear_of_is_told(
    database: ScratchDatabase, api: Database, alpha: Caller, beta: Caller
) -> None:
    trail = await new_trail(api)
    report = await incident(database, alpha.member_id)
    await Window.open(api.quick, trail).ask_one(query(beta, "1"))
    for number, (state, step) in enumerate(TRANSITIONS):
        taken, revision = decision(state, step), number + 2
        async with api.write() as session:
            await stop_disclosure(session)
            told = await recalls.emit(session, report.id, revision, taken, subject=[], act=act(), trail=trail)
        assert told == (taken.inform is not Inform.NOTHING), (state, step)
        async with superuser(database) as connection:
            rows = await connection.fetch("SELECT * FROM recall WHERE revision = $1", revision)
        assert [(row["member_id"], row["must_acknowledge"]) for row in rows] == [
            (beta.member_id, taken.inform is Inform.ACKNOWLEDGE)
        ] * told, (state, step)
        ends = taken.inform is Inform.ACKNOWLEDGE or step in IN_SILENCE
        assert [row["change"] in ENDING for row in rows] == [ends] * told, (state, step)
