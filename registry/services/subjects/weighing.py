"""What the records that a person may read add up to: their own score, with its reasons and its what-ifs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from uuid import UUID

from registry.domain.explanations import Explanation, Part, explain
from registry.domain.incidents import Incident, Reliability
from registry.domain.rehabilitation import clean_from
from registry.domain.scoring import score
from registry.domain.subjects import Subject
from registry.services.subjects.desk import Desk
from registry.store.database import ReadSession
from registry.store.known import look_up
from registry.store.reports import Report
from registry.store.subject_records import Touched


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the score would be in other circumstances.

    Args:
        report_id: the record that they differ in.
        points: what it adds now.
        without: the score if it had never been filed.
        repaid: the score if the amount were paid back.
        rehabilitation_on: once repaid, the first day on which its early end may be asked for.
        ends_on: its last day, if nothing happens.
        after_end: the score on that day, all else being equal.
    """

    report_id: UUID
    points: int
    without: int
    repaid: int
    rehabilitation_on: date
    ends_on: date
    after_end: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """The score of the records that one may read, and what if; `more` says that others are linked to a phone alone."""

    explanation: Explanation
    what_if: tuple[WhatIf, ...]
    more: bool


async def weigh(
    session: ReadSession, subject: Subject, touched: Sequence[Touched], *, now: datetime, desk: Desk
) -> Weighed:
    """Explain the score that the proved contacts carry, from the records that their owner may read."""
    shown = {one.report.id: one.report for one in touched if subject.reads(one.report.id, one.kinds)}
    hidden = {one.report.id for one in touched} - shown.keys()
    found = await look_up(session, reports=shown)
    incidents = [one for one in found.incidents if one.report_id not in hidden]
    asked = _Asked(subject, incidents, found.reliability, desk)
    whole = asked.explain(now)
    # A contested event names every report on it, also one that bears none of the proved contacts.
    parts = [part for part in whole.parts if part.report_id in shown]
    what_if = tuple(asked.what_if(part, shown, now) for part in parts)
    return Weighed(whole, what_if, bool(hidden))


@dataclass(frozen=True, slots=True)
class _Asked:
    subject: Subject
    incidents: Sequence[Incident]
    reliability: Mapping[UUID, Reliability]
    desk: Desk

    def explain(self, now: datetime) -> Explanation:
        return explain(
            self.desk.models[self.desk.pack],
            tokens=self.subject.tokens,
            incidents=self.incidents,
            reliability=self.reliability,
            asker=None,
            as_of=now,
        )

    def what_if(self, part: Part, shown: Mapping[UUID, Report], now: datetime) -> WhatIf:
        record = shown[part.report_id]
        repaid = [replace(one, repaid=one.repaid or one.report_id == record.id) for one in self.incidents]
        gone = {one.id for one in shown.values() if one.expires_on <= record.expires_on}
        left = [one for one in self.incidents if one.report_id not in gone]
        return WhatIf(
            report_id=record.id,
            points=part.points,
            without=part.score_without,
            repaid=self._score(repaid, now),
            rehabilitation_on=clean_from(record.act_ended_on, record.expires_on, self.desk.policies[record.policy]),
            ends_on=record.expires_on,
            after_end=self._score(left, datetime.combine(record.expires_on, time.min, UTC)),
        )

    def _score(self, incidents: Sequence[Incident], as_of: datetime) -> int:
        return score(
            self.desk.models[self.desk.pack],
            tokens=self.subject.tokens,
            incidents=incidents,
            reliability=self.reliability,
            asker=None,
            as_of=as_of,
            explain=False,
        ).score
