"""What the problem codes of members' conduct and of second looks mean, and what the caller can do."""

from collections.abc import Mapping

INTEGRITY: Mapping[str, tuple[str, str]] = {
    "brake_drawn": ("The sample of this wave has been drawn.", "Judge the reports that are in it."),
    "brake_unknown": ("There is no such wave of reports.", "Check the id."),
    "hold_not_sampled": (
        "This report waits for the sample of its wave.",
        "Draw the sample, or judge what is in it; the rest follows.",
    ),
    "hold_settled": ("This report waits no more.", "Nothing needs to be done."),
    "hold_unknown": ("There is no such report that waits.", "Check the id."),
    "lift_not_proposed": ("Nobody has proposed to lift this sanction.", "Propose it; another supervisor lifts it."),
    "lift_same_person": (
        "Who proposed to lift a sanction does not lift it.",
        "Ask another supervisor; the attempt was recorded.",
    ),
    "queries_suspended": (
        "Your right to query is suspended, for a false report or a query without a claim.",
        "See GET /v1/integrity, and ask the registry's supervisors to lift it.",
    ),
    "readjudication_claimed": ("A colleague has taken this report on.", "Take another one."),
    "readjudication_judged": ("This second look is finished.", "Nothing needs to be done."),
    "readjudication_not_yours": ("You have not taken this report on.", "Take it on first; the attempt was recorded."),
    "readjudication_unknown": ("This report was not drawn for a second look.", "Check the id."),
    "report_contested": ("An appeal against this report is open, and decides.", "Wait for its decision."),
    "sanction_ended": ("This sanction has ended.", "Nothing needs to be done."),
    "sanction_unknown": ("There is no such sanction.", "Check the id."),
    "touched_before": (
        "You had to do with this report before.",
        "Leave it to a colleague who had not; the attempt was recorded.",
    ),
}
