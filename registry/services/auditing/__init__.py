"""What auditors do: search, open, see who looked at a person, look through lenses, draw samples, keep searches."""

from registry.services.auditing.desk import Desk, Sight, tags_of
from registry.services.auditing.lenses import list_lenses, look_through
from registry.services.auditing.looks import Look, Looks, look_up, looks
from registry.services.auditing.own_people import register_people
from registry.services.auditing.past_exports import PastExport, past_exports
from registry.services.auditing.records import Trace, Traced, of_appeal, of_recalls, of_record, proofs_of_appeal
from registry.services.auditing.samples import Drawn, Judgement, draw, judge, open_item, page, show, sign_off
from registry.services.auditing.saved import kept, save
from registry.services.auditing.search import Page, Shown, member_names, open_one, search
from registry.services.auditing.standing import Sealed, record_check, standing

__all__ = [
    "Desk",
    "Drawn",
    "Judgement",
    "Look",
    "Looks",
    "Page",
    "PastExport",
    "Sealed",
    "Shown",
    "Sight",
    "Trace",
    "Traced",
    "draw",
    "judge",
    "kept",
    "list_lenses",
    "look_through",
    "look_up",
    "looks",
    "member_names",
    "of_appeal",
    "of_recalls",
    "of_record",
    "open_item",
    "open_one",
    "page",
    "past_exports",
    "proofs_of_appeal",
    "record_check",
    "register_people",
    "save",
    "search",
    "show",
    "sign_off",
    "standing",
    "tags_of",
]
