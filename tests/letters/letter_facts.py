"""One letter of each kind, and a decision letter for each way an appeal can end."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from registry.domain.appeal_case import Result
from registry.domain.filings import Money
from registry.domain.ids import Action
from registry.domain.referrals import Recipient
from registry.domain.taxonomies import Text
from registry.letters.facts import (
    AboutRecord,
    Acknowledgement,
    Admission,
    Awaited,
    Change,
    Decider,
    Decision,
    Facts,
    Inadmissible,
    Question,
    RecallNotice,
    Referral,
    Reminder,
    Restriction,
)
from tests.filings import CN

ABOUT = AboutRecord(
    appeal_id=UUID("01937d5e-8c00-7a10-8000-0000000000b2"),
    report_id=UUID("01937d5e-8c00-7a10-8000-0000000000a1"),
    member="Example {Mall}",
    category="FR-01",
    name=Text("AI-generated damage image or video", "AI 生成的损坏图片或视频"),
    filed_on=date(2026, 11, 21),
    url="https://registry.example/me",
)
DECISION = Decision(
    about=ABOUT,
    result=Result.OVERTURNED,
    decider=Decider.REVIEWER,
    decided_on=date(2026, 12, 18),
    reasons=("The carrier's scan shows the box open before delivery.", "The label names no image generator."),
    automation=(),
    told=("Example {Mall}", "Beta Shop"),
    to_lift=(Restriction("Beta Shop", Action.SUSPEND_PRIVILEGES),),
    ask_until=date(2027, 6, 18),
    kept_until=None,
    further_ways=CN.texts["further_ways"],
)
# By whom each result can be reached.
WAYS: tuple[tuple[Result, Decider], ...] = (
    *((result, decider) for result in (Result.UPHELD, Result.AMENDED, Result.OVERTURNED) for decider in (
        Decider.REVIEWER, Decider.REVIEWERS, Decider.PANEL, Decider.OUTSIDE)),
    *((Result.INCONCLUSIVE, decider) for decider in (Decider.REVIEWER, Decider.REVIEWERS, Decider.PANEL)),
    (Result.OVERTURNED, Decider.LATE_PANEL),
    (Result.WITHDRAWN, Decider.MEMBER),
    (Result.WITHDRAWN, Decider.SILENT_MEMBER),
    (Result.ENDED, Decider.NOBODY),
)  # fmt: skip
OTHERS: tuple[Facts, ...] = (
    Referral(
        report_id=ABOUT.report_id,
        member=ABOUT.member,
        category=ABOUT.category,
        name=ABOUT.name,
        amount=Money(128_000, "CNY"),
        act_ended_on=date(2026, 10, 20),
        filed_on=ABOUT.filed_on,
        recipient=Recipient.POLICE,
        reference="2026-JING-0105-A-1",
        law=tuple(one.text for one in CN.legal_tiers_of(date(2026, 10, 20))),
        handed_on=date(2026, 12, 20),
    ),
    Acknowledgement(ABOUT, date(2026, 11, 28), date(2026, 12, 13)),
    Admission(ABOUT, date(2026, 12, 8), date(2026, 12, 18), flag_only=False),
    Admission(ABOUT, date(2026, 12, 8), date(2026, 12, 18), flag_only=True),
    Inadmissible(ABOUT, date(2026, 12, 13)),
    *(Reminder(ABOUT, awaited, date(2026, 12, 8)) for awaited in Awaited),
    Question(ABOUT, "Which of the two photos shows the box as it arrived?", date(2026, 12, 15)),
    *(
        RecallNotice(ABOUT.report_id, "Beta Shop", change, date(2026, 12, 18), date(2026, 12, 19), ())
        for change in Change
    ),
    RecallNotice(
        ABOUT.report_id,
        "Beta Shop",
        Change.REMOVED,
        date(2026, 12, 18),
        None,
        (Action.CLOSE_ACCOUNT, Action.HUMAN_REVIEW),
    ),
)


def decision(result: Result, decider: Decider) -> Decision:
    """Build the decision letter of one way."""
    return replace(DECISION, result=result, decider=decider)


ALL: tuple[Facts, ...] = (*(decision(*way) for way in WAYS), *OTHERS)
