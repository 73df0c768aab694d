"""Appeals: lodged, proved, answered, examined, decided; every clock, letter and recall that belongs to them."""

from registry.services.appeals.answering import Answered, answer
from registry.services.appeals.clocks import advance, forget
from registry.services.appeals.desk import AppealKeys, Desk
from registry.services.appeals.genuine import is_ours, original
from registry.services.appeals.lodging import Lodging, lodge, prove
from registry.services.appeals.people import People, people
from registry.services.appeals.reading import (
    Page,
    Summary,
    check_member,
    due_of_member,
    letter,
    of_member,
    of_reports,
    opened_letters,
    queue,
    show,
    summary,
)
from registry.services.appeals.rehearsing import Rehearsal, rehearse
from registry.services.appeals.skipping import note_passed_over, skip, skipped
from registry.services.appeals.steps import Exhibit, Standing, Words, add_evidence, look, remark, step
from registry.store.appeal_lists import MemberTab, Tab, Wanted

__all__ = [
    "Answered",
    "AppealKeys",
    "Desk",
    "Exhibit",
    "Lodging",
    "MemberTab",
    "Page",
    "People",
    "Rehearsal",
    "Standing",
    "Summary",
    "Tab",
    "Wanted",
    "Words",
    "add_evidence",
    "advance",
    "answer",
    "check_member",
    "due_of_member",
    "forget",
    "is_ours",
    "letter",
    "lodge",
    "look",
    "note_passed_over",
    "of_member",
    "of_reports",
    "opened_letters",
    "original",
    "people",
    "prove",
    "queue",
    "rehearse",
    "remark",
    "show",
    "skip",
    "skipped",
    "step",
    "summary",
]
