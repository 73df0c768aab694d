"""Letters: which follow from which step, from what facts; kept sealed with the version that made them, and logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from registry.domain import appeal_panel as panel
from registry.domain.appeal_case import AppealState, AppealStep, Case, Party
from registry.domain.appeal_files import LetterKind, Side
from registry.domain.deadlines import Reminder, timers
from registry.domain.events import Act, AuditEvent
from registry.domain.ids import Action, ReportState
from registry.domain.lifecycle import deleted_on
from registry.domain.policy import Policy
from registry.domain.retention import add_months
from registry.letters import facts
from registry.letters.compose import VERSION, compose
from registry.letters.facts import AboutRecord, Awaited, Decider, Facts, Restriction
from registry.services import audit
from registry.services.appeals.desk import Desk
from registry.services.appeals.plans import Turn
from registry.store import appeal_threads, members
from registry.store import appeals as store
from registry.store.appeal_threads import KeptLetter
from registry.store.appeals import Appeal
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry_formats.leaf import LeafType

_AWAITED = {
    AppealStep.LAPSE: (Awaited.IDENTITY, Side.SUBJECT),
    AppealStep.MISS_REPLY: (Awaited.REPLY, Side.SUBJECT),
    AppealStep.MISS_ANSWER: (Awaited.MEMBER_ANSWER, Side.MEMBER),
}
_DECIDERS = {
    AppealStep.ANSWER: Decider.MEMBER,
    AppealStep.MISS_ANSWER: Decider.SILENT_MEMBER,
    AppealStep.VOTE: Decider.PANEL,
    AppealStep.MISS_SECOND: Decider.LATE_PANEL,
    AppealStep.APPLY_EXTERNAL: Decider.OUTSIDE,
    AppealStep.CLOSE: Decider.NOBODY,
}
_ADMITTED = (AppealStep.MISS_ANSWER, AppealStep.MISS_DECISION)
_LEFT = frozenset({ReportState.ACTIVE, ReportState.INCONCLUSIVE, ReportState.RESTRICTED})
BASIS = "appeal"


@dataclass(frozen=True, slots=True)
class Post:
    """Where letters of one appeal are written: the appeal, its record, whom it concerns, and who acts."""

    session: WriteSession
    appeal: Appeal
    report: Report
    subject: Sequence[bytes]
    act: Act
    desk: Desk

    @property
    def policy(self) -> Policy:
        """The rules of the record."""
        return self.desk.policies[self.report.policy]

    def last_day(self, due: datetime) -> date:
        """Return the last day of a period that is over at this moment."""
        return self.policy.today(due - timedelta(microseconds=1))

    async def about(self) -> AboutRecord:
        """Say which record and which appeal."""
        member = await members.get(self.session, member_id=self.appeal.member_id)
        return AboutRecord(
            appeal_id=self.appeal.id,
            report_id=self.report.id,
            member=member.name,
            category=self.report.category,
            name=self.policy.taxonomy.categories[self.report.category].name,
            filed_on=self.policy.today(self.report.filed_at),
            url=self.desk.portal,
        )

    async def send(self, kind: LetterKind, side: Side, said: Facts) -> None:
        """Write a letter, keep it sealed, and log which sentences made it."""
        language = self.appeal.language if side is Side.SUBJECT else _language(self.policy)
        letter, letter_id = compose(said, language), self.desk.new_id(self.act.now)
        content = letter.content()
        kept = KeptLetter(
            id=letter_id,
            appeal_id=self.appeal.id,
            kind=kind,
            side=side,
            language=language,
            version=VERSION,
            template=bytes.fromhex(letter.template),
            sha256=bytes.fromhex(str(content["letter"])),
            sealed_letter=self.desk.sealed_letter(self.appeal, letter_id, letter),
            at=self.act.now,
        )
        await appeal_threads.add_letter(self.session, kept)
        named = {"appeal": str(self.appeal.id), "kind": kind, "letter_id": str(letter_id), "side": side}
        event = AuditEvent(
            LeafType.APPEAL,
            "appeal.letter",
            kind,
            legal_basis=BASIS,
            subject=tuple(self.subject),
            content=content | named,
        )
        await audit.record(self.session, event, act=self.act, trail=self.desk.trail)


async def arrived(post: Post, case: Case) -> None:
    """Write that an appeal has arrived."""
    prove_by = post.policy.days_after(case.received_at, post.policy.clocks.identity_proof_days)
    on = post.policy.today(case.received_at)
    said = facts.Acknowledgement(await post.about(), on, post.last_day(prove_by))
    await post.send(LetterKind.ARRIVAL, Side.SUBJECT, said)


async def remind(post: Post, reminder: Reminder) -> None:
    """Write that something is due soon, to a side that reads letters; staff read their queue."""
    if reminder.step in _AWAITED:
        awaited, side = _AWAITED[reminder.step]
        said = facts.Reminder(await post.about(), awaited, post.last_day(reminder.due))
        await post.send(LetterKind.REMINDER, side, said)


async def follow(post: Post, turn: Turn) -> None:
    """Write the letter that follows from a turn, if one does."""
    step, case = turn.wish.step, turn.after
    if turn.decision.decides:
        await post.send(LetterKind.DECISION, Side.SUBJECT, await decision(post, turn))
    elif step is AppealStep.LAPSE:
        lapsed_on = post.last_day(turn.wish.due_at or post.act.now)
        await post.send(LetterKind.LAPSE, Side.SUBJECT, facts.Inadmissible(await post.about(), lapsed_on))
    elif step is AppealStep.ADMIT:
        days = [
            post.last_day(_due(case, one, post.policy)) for one in (AppealStep.MISS_ANSWER, AppealStep.MISS_DECISION)
        ]
        said = facts.Admission(await post.about(), days[0], days[1], case.flag_only)
        await post.send(LetterKind.ADMISSION, Side.SUBJECT, said)
    elif step is AppealStep.ASK:
        reply_by = post.last_day(_due(case, AppealStep.MISS_REPLY, post.policy))
        await post.send(LetterKind.QUESTION, Side.SUBJECT, facts.Question(await post.about(), turn.wish.text, reply_by))


async def decision(post: Post, turn: Turn) -> facts.Decision:
    """Return what the letter about a decision says."""
    case = turn.after
    if case.result is None or case.decided_at is None:
        raise ValueError("a decision without a result")
    lifts = await store.to_lift(post.session, post.report.id)
    reasons, automation = _grounds(turn)
    return facts.Decision(
        about=await post.about(),
        result=case.result,
        decider=_decider(turn, post.policy),
        decided_on=post.policy.today(case.decided_at),
        reasons=tuple(line for text in reasons for line in text.splitlines() if line.strip()),
        automation=automation,
        told=tuple(await store.told_of(post.session, post.report.id)),
        to_lift=tuple(Restriction(member, Action(action)) for member, action in lifts),
        ask_until=_ask_until(case, post),
        kept_until=_kept_until(post),
        further_ways=post.policy.texts["further_ways"],
    )


def _grounds(turn: Turn) -> tuple[list[str], tuple[str, ...]]:
    """Return what the deciders wrote, and the automated systems whose hints they looked at."""
    case = turn.after
    if turn.wish.step is AppealStep.APPROVE and case.draft is not None:
        return [case.draft.reasons], case.draft.automation
    if turn.wish.step is AppealStep.VOTE and case.second is not None:
        return panel.reasons(case), ()
    return [], ()


def _decider(turn: Turn, policy: Policy) -> Decider:
    if turn.wish.step is not AppealStep.APPROVE:
        return _DECIDERS[turn.wish.step]
    return Decider.REVIEWER if policy.review.approvals[turn.after.severity] == 1 else Decider.REVIEWERS


def _ask_until(case: Case, post: Post) -> date | None:
    aggrieved = panel.AGGRIEVED.get(case.result, frozenset()) if case.result is not None else frozenset()
    if case.state is not AppealState.DECIDED or case.second is not None or Party.SUBJECT not in aggrieved:
        return None
    return add_months(post.policy.today(post.act.now), post.policy.clocks.second_instance_ask_months)


def _kept_until(post: Post) -> date | None:
    """Return the first day without the record, unless it is gone already."""
    if post.report.state not in _LEFT:
        return None
    return deleted_on(post.report.standing(post.policy.today(post.act.now)), post.policy)


def _due(case: Case, step: AppealStep, policy: Policy) -> datetime:
    return next(timer.due for timer in timers(case, policy) if timer.step is step)


def _language(policy: Policy) -> str:
    return "zh" if policy.jurisdiction == "CN" else "en"
