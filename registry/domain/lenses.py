"""Lenses: what an auditor looks through to see what stands out. Each gives a series, a table, and says what it means.

A lens accuses nobody. It counts columns of the log, marks what is far from its like, and leaves the reason to people;
what it cannot measure, it says. Numbers here are floats, for eyes only; none of them enters the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

WINDOW_MOST = timedelta(days=92)
# How far back a member's own hours are read, to know what is usual for it.
BASELINE = timedelta(days=28)
ROWS_MOST = 200


class Lens(StrEnum):
    """What can be looked for."""

    QUERY_RATE = "query_rate"
    DISTINCT_SUBJECTS = "distinct_subjects"
    HIT_RATE = "hit_rate"
    CADENCE = "cadence"
    OFF_HOURS = "off_hours"
    UNFOLLOWED = "unfollowed"
    MANY_MEMBERS = "many_members"
    OWN_PEOPLE = "own_people"
    READS_WITHOUT_ACTS = "reads_without_acts"
    EXPORTS = "exports"
    BREAK_GLASS = "break_glass"
    LATE_PROOFS = "late_proofs"
    WRITER_GAPS = "writer_gaps"


class Who(StrEnum):
    """What kind of thing a row is about."""

    MEMBER = "member"
    STAFF = "staff"  # by tag
    SUBJECT = "subject"  # by tag
    WRITER = "writer"  # a process


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a lens shows and how to read it, for people; the columns of its table, for machines."""

    who: Who
    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: whom it is about, its numbers by column (None: not measurable), and whether it stands out."""

    id: str
    values: Mapping[str, float | int | str | None]
    flagged: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One value of the series: of the hour or day that begins here."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What is seen through a lens; `unmeasurable` says why nothing can be, in words for people."""

    lens: Lens
    series: tuple[Point, ...] = ()
    rows: tuple[Row, ...] = ()
    unmeasurable: str | None = None
    facts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


NO_STAFF_TOKENS = (
    "No member has registered tokens of its own people, which each does of its own will. Without them nobody can tell "
    "a look at a colleague from any other."
)
TOO_RECENT = "A claim is given 30 days to become a report. No claim in this time is that old yet."
TOO_FEW_PEERS = "Fewer than six members asked in this time, so that none can be held against its peers."

MEANINGS: Mapping[Lens, Meaning] = MappingProxyType(
    {
        Lens.QUERY_RATE: Meaning(
            Who.MEMBER,
            "Questions per hour. A member stands out whose busiest hour is far from its own hours of the last weeks, "
            "or whose total is far from that of its peers. Sales and outages do that too.",
            ("queries", "busiest_hour", "busiest_at", "z_own", "z_peers"),
        ),
        Lens.DISTINCT_SUBJECTS: Meaning(
            Who.MEMBER,
            "Sets of identifiers that were first asked about in this time: about as many as different people. Far more "
            "than its peers have can mean that a whole customer base is being searched.",
            ("claims", "subjects", "z_peers"),
        ),
        Lens.HIT_RATE: Meaning(
            Who.MEMBER,
            "How many of a hundred questions found a record. Claims are suspect for a reason, so a rate far below that "
            "of the peers means that people are asked about who gave none: trawling.",
            ("queries", "hits", "rate", "rate_at_most", "peers_rate"),
        ),
        Lens.CADENCE: Meaning(
            Who.MEMBER,
            "How regular the gaps between questions are: near 0 for a clock, about 1 for claims that come by chance. A "
            "low value means that a list is being worked through. Identifiers are blind, so no order among them can "
            "be seen.",
            ("queries", "mean_gap_s", "variation"),
        ),
        Lens.OFF_HOURS: Meaning(
            Who.MEMBER,
            "Questions between midnight and six, by the clock of the member's policy pack. A member stands out whose "
            "share is far from that of its peers.",
            ("queries", "off_hours", "share", "z_peers"),
        ),
        Lens.UNFOLLOWED: Meaning(
            Who.MEMBER,
            "Claims that were asked about, and of which nothing was heard in 30 days: no report of the same claim. "
            "Most claims are honest, so a high share is usual; far more than its peers have means claims that may not "
            "exist.",
            ("claims", "unfollowed", "share", "z_peers"),
        ),
        Lens.MANY_MEMBERS: Meaning(
            Who.SUBJECT,
            "People about whom three or more members asked within ten minutes. It can be one person who claims at all "
            "of them at once, or one list that went round.",
            ("at", "members", "looks"),
        ),
        Lens.OWN_PEOPLE: Meaning(
            Who.MEMBER,
            "Looks at people whom the member itself registered as its own, such as a clerk's look at a colleague.",
            ("registered", "looks", "people"),
        ),
        Lens.READS_WITHOUT_ACTS: Meaning(
            Who.STAFF,
            "Staff of the registry who read and did nothing. Auditors' own reads are left out: reading is their work.",
            ("reads", "acts"),
        ),
        Lens.EXPORTS: Meaning(Who.STAFF, "Exports of the log, by who asked for them.", ("exports", "last_at")),
        Lens.BREAK_GLASS: Meaning(
            Who.STAFF,
            "Access in an emergency, past the usual rules. Each one needs an explanation.",
            ("uses", "last_at"),
        ),
        Lens.LATE_PROOFS: Meaning(
            Who.WRITER,
            "Entries that no checkpoint covered within the 60 seconds that every receipt promises, by the process that "
            "wrote them. A receipt whose entry never came is evidence against the registry.",
            ("entries", "late", "never", "worst_s"),
        ),
        Lens.WRITER_GAPS: Meaning(
            Who.WRITER,
            "Numbers that a process gave to entries and that are not in the log. Each process counts without gaps, so "
            "a missing number is an entry that was lost or left out.",
            ("entries", "first", "last", "missing"),
        ),
    }
)
