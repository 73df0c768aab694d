"""Second looks at reports by staff: held ones before they count, and a random share of those that do."""

from registry.services.reports.second_looks.cases import Case, Reasons
from registry.services.reports.second_looks.drawn import claim, draw, judge
from registry.services.reports.second_looks.drawn import page as drawn_page
from registry.services.reports.second_looks.holds import draw_sample, refuse, release, show
from registry.services.reports.second_looks.holds import page as held_page

__all__ = [
    "Case",
    "Reasons",
    "claim",
    "draw",
    "draw_sample",
    "drawn_page",
    "held_page",
    "judge",
    "refuse",
    "release",
    "show",
]
