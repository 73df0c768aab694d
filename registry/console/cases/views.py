"""What the page of a case shows, gathered from what the use cases return."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import combinations
from uuid import UUID

from registry.api.officers.case import Whole, shown
from registry.api.officers.filed import TracedEntry
from registry.api.officers.models import CasePage
from registry.api.problem_codes import CODES, FALLBACK
from registry.console.cases import words
from registry.console.cases.clocks import Clock, clocks
from registry.console.cases.offers import may_look, offered
from registry.domain.appeal_case import AppealStep, Case, Result, Seat
from registry.domain.appeal_files import MessageKind, Side
from registry.domain.appeal_records import DECIDABLE, GONE, MOVES
from registry.domain.policy import Policy
from registry.domain.staff import Role, Staff
from registry.domain.taxonomies import CategoryRule
from registry.errors import RegistryError
from registry.services.appeals import People, Summary
from registry.services.appeals.people import AT_WORK
from registry.services.appeals.reading import Heard
from registry.store.appeal_threads import Artefact
from registry.store.appeals import Appeal
from registry.store.reports import Report
from registry.store.staff import Account

# What a browser draws by itself, and nothing else of it.
PLAIN_IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: when it did, when the registry learned of it, by whom, and where the log has it."""

    said: str
    on: date | None
    at: datetime | None
    learned: datetime
    party: str
    name: str = ""
    entry: TracedEntry | None = None


@dataclass(frozen=True)
class CaseView:
    """A case as its page shows it to somebody; `files` are the entries whose bytes can be opened."""

    found: Whole
    people: People
    files: frozenset[UUID]
    policy: Policy
    staff: Staff
    livemode: bool

    @property
    def id(self) -> UUID:
        """Which case."""
        return self.row.id

    @property
    def row(self) -> Appeal:
        """The appeal as stored."""
        return self.found.page.standing.appeal

    @property
    def report(self) -> Report:
        """The contested record."""
        return self.found.page.standing.report

    @property
    def case(self) -> Case:
        """The case as the rules know it."""
        return self.found.page.standing.case

    @cached_property
    def told(self) -> CasePage:
        """The same as the JSON API tells."""
        return shown(self.found, livemode=self.livemode)

    @property
    def member(self) -> str:
        """Who filed the record."""
        return self.people.members.get(self.row.member_id, "")

    @property
    def rule(self) -> CategoryRule:
        """What the record says the act was."""
        return self.policy.taxonomy.categories[self.report.category]

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """What is due when."""
        return clocks(Summary(self.row, self.report, self.found.page.timers))

    @cached_property
    def offers(self) -> frozenset[AppealStep]:
        """The steps to offer to this person."""
        return offered(self.case, self.staff)

    @property
    def may_look(self) -> bool:
        """Whether this person may open the files."""
        return may_look(self.case, self.staff)

    @property
    def may_hand_over(self) -> bool:
        """Whether this person may fetch the bundle."""
        return bool(self.staff.roles & {Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR})

    @property
    def may_remark(self) -> bool:
        """Whether this person may write in the thread."""
        return self.may_hand_over and self.row.wrapped_key is not None and bool(self.found.page.timers)

    @property
    def results(self) -> tuple[Result, ...]:
        """What can be decided about the record in its state."""
        state = self.case.report_state
        return tuple(one for one in DECIDABLE if state in GONE or (state, one) in MOVES)

    @property
    def approvals(self) -> int:
        """How many must approve."""
        return self.policy.review.approvals[self.case.severity]

    @property
    def is_void(self) -> bool:
        """Whether the evidence has changed since the draft was written."""
        return self.case.draft is not None and self.case.draft.evidence != self.case.evidence

    def name(self, staff_id: UUID | None) -> str:
        """Name a colleague."""
        account = self.people.staff.get(staff_id) if staff_id else None
        return account.name if account else ""

    @property
    def maker(self) -> UUID | None:
        """Who wrote the draft that there is."""
        drafts = [one.staff_id for one in self.found.page.steps if one.step is AppealStep.DRAFT]
        return drafts[-1] if drafts else None

    def said(self, side: Side, kind: MessageKind) -> Heard | None:
        """Return what a side said first of a kind."""
        thread = self.found.page.thread
        return next((one for one in thread if one.message.side is side and one.message.kind is kind), None)

    @property
    def assignable(self) -> list[Account]:
        """List whom the case can be given to."""
        return self.people.fit(AT_WORK, besides=self.case.involved | self.case.approvers)

    @property
    def panelists(self) -> list[Account]:
        """List who can sit in the panel."""
        return self.people.fit((Role.PANEL,), besides=self.case.involved | self.case.reviewers | self.case.approvers)

    def seated(self, seat: Seat) -> str:
        """Name who sits in a seat."""
        seats = self.case.second.seats if self.case.second else ()
        return next((self.name(one.staff_id) for one in seats if one.seat is seat), "")

    @property
    def appeal_text(self) -> Heard | None:
        """Why the person appeals."""
        return self.said(Side.SUBJECT, MessageKind.APPEAL)

    @property
    def answer(self) -> Heard | None:
        """What the member answered."""
        return self.said(Side.MEMBER, MessageKind.ANSWER)

    @property
    def events(self) -> list[Event]:
        """What happened, in the order in which it did."""
        return sorted((*self._filed(), *self._steps()), key=lambda one: (one.on or _day(one, self.policy), one.learned))

    def _filed(self) -> list[Event]:
        filing = self.told.filing
        if filing is None:
            return []
        days = [("The act ended", filing.act_ended_on), ("The member confirmed it", filing.confirmed_on)]
        if filing.notice:
            days.append(("The member told the person", filing.notice.sent_on))
        party = words.SIDE[Side.MEMBER]
        return [Event(said, on, None, filing.told_at, party) for said, on in days]

    def _steps(self) -> list[Event]:
        traced = {one.entry_id: one for one in self.told.trace}
        return [
            Event(
                said=words.STEP[one.step or "lodge"],
                on=None,
                at=one.due_at or one.at,
                learned=one.at,
                party=words.PARTY[one.party],
                name=self.name(one.staff_id),
                entry=traced.get(one.entry_id),
            )
            for one in self.found.page.steps
        ]

    def neighbours(self, evidence_id: UUID) -> list[Artefact]:
        """List the other pictures that can be laid beside one."""
        return [one for one in self.pictures if one.id != evidence_id]

    @property
    def pictures(self) -> list[Artefact]:
        """List the pictures whose file is here."""
        return [one for one in self.found.page.evidence if one.id in self.files and one.media_type in PLAIN_IMAGES]

    @property
    def likenesses(self) -> list[tuple[str, str, int]]:
        """Hold the pictures of the record against each other: two names and how alike in percent."""
        filed = self.told.filing.evidence if self.told.filing else []
        hashed = [(one.artefact_id, one.perceptual) for one in filed if one.perceptual]
        return [
            (name, other, _alike(hash_.value, another.value))
            for (name, hash_), (other, another) in combinations(hashed, 2)
            if hash_.alg == another.alg and len(hash_.value) == len(another.value)
        ]


# What the timeline says besides the names of steps.
FILED = ("The act ended", "The member confirmed it", "The member told the person")


def meaning(refusal: RegistryError | None) -> tuple[str, str] | None:
    """Return the title and the cure of a refusal, not yet translated."""
    if refusal is None:
        return None
    known = CODES.get(refusal.code, FALLBACK)
    return known.title, known.cure


def _day(one: Event, policy: Policy) -> date:
    return policy.today(one.at or one.learned)


def _alike(one: str, other: str) -> int:
    """Return how many of 100 bits agree; half of them do by chance."""
    bits = 4 * len(one)
    return 100 - 100 * (int(one, 16) ^ int(other, 16)).bit_count() // bits
