"""What the codes of auditors' operations mean: title and cure, merged in `problem_codes.py`."""

from collections.abc import Mapping

AUDITS: Mapping[str, tuple[str, str]] = {
    "case_unknown": (
        "No record of this case names anybody still.",
        "Check the id; a record that has expired has no subject any more.",
    ),
    "checkpoint_behind": (
        "No checkpoint covers the end of the export yet, so it has no seal.",
        "See that the worker runs, then export again.",
    ),
    "entry_unknown": ("There is no such entry in the log.", "Check the id."),
    "export_failed": (
        "Whoever wrote the export did not come to its end, again and again.",
        "Look at the worker, then order it again, or take it with registry log export.",
    ),
    "export_format_unavailable": (
        "This registry cannot write that format.",
        "Choose jsonl, csv or ocsf, or ask the operator to install the extra parquet.",
    ),
    "export_gone": (
        "The file of this export is not there, or not any more.",
        "See how far the export is; order it again once its file is destroyed.",
    ),
    "export_step_refused": ("This is not possible with the export as it stands.", "See how far it is."),
    "export_too_large": (
        "The export is larger than what is kept here.",
        "Order less of the log at a time, or take it with registry log export.",
    ),
    "export_unknown": ("You have ordered no such export.", "Check the list of your exports."),
    "exports_too_many": (
        "As many exports as may be are under way or kept for you.",
        "Fetch one and have it destroyed, or wait until its day is over.",
    ),
    "sample_item_unknown": ("The sample has no such item.", "Check the position; positions begin at 0."),
    "sample_signed": (
        "The sample is signed off; nothing is added to it.",
        "Draw another sample by the same seed and filter.",
    ),
    "sample_unfinished": (
        "Not every item of the sample has a finding.",
        "Say what was found of each item, then sign off.",
    ),
    "sample_unknown": ("There is no such sample.", "Check the id."),
    "span_invalid": (
        "The span is empty, too long or outside the calendar.",
        "Ask for at most as many days as the facts say, from an earlier to a later instant.",
    ),
    "subject_missing": ("Nobody is named.", "Name tags of a person, taken from an entry, or a case."),
}
