"""Answer what a member may know of a person, for one open claim at a time, and never without a trace."""

from registry.services.scores.answers import answer, answer_batch
from registry.services.scores.closures import ask_closure
from registry.services.scores.questions import MEMBER_PURPOSES, Answer, Batch, Desk, Item, Query, Scoring

__all__ = [
    "MEMBER_PURPOSES",
    "Answer",
    "Batch",
    "Desk",
    "Item",
    "Query",
    "Scoring",
    "answer",
    "answer_batch",
    "ask_closure",
]
