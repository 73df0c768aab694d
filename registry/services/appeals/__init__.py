"""Appeals: lodged, proved, answered, examined, decided; every clock, letter and recall that belongs to them."""

from registry.services.appeals.clocks import advance, forget
from registry.services.appeals.desk import AppealKeys, Desk
from registry.services.appeals.lodging import Lodging, lodge, prove
from registry.services.appeals.steps import Exhibit, Standing, Words, add_evidence, step

__all__ = [
    "AppealKeys",
    "Desk",
    "Exhibit",
    "Lodging",
    "Standing",
    "Words",
    "add_evidence",
    "advance",
    "forget",
    "lodge",
    "prove",
    "step",
]
