"""What the codes of appeals and of members' own conduct mean: title and cure, merged in `problem_codes.py`."""

from collections.abc import Mapping

APPEALS: Mapping[str, tuple[str, str]] = {
    "appeal_approved": ("You have approved this draft already.", "Another person must give the next approval."),
    "appeal_changed": (
        "Somebody else has just moved this appeal.",
        "Read it as it is now, and repeat the request if it still makes sense.",
    ),
    "appeal_claimed": (
        "Somebody else works on this appeal.",
        "Take another one, or ask a supervisor to assign it to you.",
    ),
    "appeal_correction_missing": (
        "A decision that amends the record must say what is corrected.",
        "State the amount, the confidence or the aggravations as they are from now on.",
    ),
    "appeal_correction_refused": (
        "A decision may only correct or lessen what the record says, and only by amending it.",
        "Leave the correction out, or lessen the amount, the confidence or the aggravations.",
    ),
    "appeal_deadline_passed": (
        "A deadline of this appeal has passed and must be acted on first.",
        "Repeat the request after a moment; the facts name the step that comes first.",
    ),
    "appeal_draft_void": (
        "The evidence has changed since this was written.",
        "Read the case as it is now, and decide on that.",
    ),
    "appeal_final": (
        "Second instance has decided; there is no third.",
        "See the letter for the ways outside the registry.",
    ),
    "appeal_finding_refused": (
        "Only a decision that overturns the record may hold a finding against the member.",
        "Leave the finding out, or overturn the record.",
    ),
    "appeal_forgotten": (
        "What was said in this appeal is destroyed, because the record has expired.",
        "Nothing needs to be done.",
    ),
    "appeal_ground_unproved": (
        "A phone number alone bears only the ground that it belongs to somebody else.",
        "Prove control of a second contact for other grounds.",
    ),
    "appeal_grounds_missing": ("The appeal states no ground.", "Choose at least one."),
    "appeal_identity_unproved": (
        "The identity of the subject is not proved yet.",
        "Wait until the subject has entered the code.",
    ),
    "appeal_involved": (
        "You took part in this matter before, so you may not take part here.",
        "Leave it to somebody who has not.",
    ),
    "appeal_not_held": ("You do not hold this appeal.", "Claim it first."),
    "appeal_not_seated": ("You have no seat in this panel.", "Ask a supervisor."),
    "appeal_not_yours": ("This step belongs to the other side.", "Nothing needs to be done."),
    "appeal_nothing_left": ("There is nothing left to decide about this record.", "See its state."),
    "appeal_open": ("An appeal against this record is open already.", "Add to that one."),
    "appeal_question_asked": ("The subject has been asked once, and may not be asked again.", "Decide on the file."),
    "appeal_question_late": ("The time to decide is over, so no question may be put any more.", "Decide on the file."),
    "appeal_reasons_missing": (
        "A decision needs its reasons.",
        "State them in whole sentences; they are printed in the letter.",
    ),
    "appeal_record_refused": (
        "The record cannot be appealed against in its present state.",
        "See the state in the facts.",
    ),
    "appeal_record_stands": (
        "The record still stands, so its appeal goes on.",
        "Decide it, or let the subject take it back.",
    ),
    "appeal_result_refused": (
        "The appeal cannot be decided so while the record is in this state.",
        "See the facts, and choose another result.",
    ),
    "appeal_role_refused": (
        "This step belongs to another role.",
        "The facts name the step; docs/appeals.md says who takes it.",
    ),
    "appeal_seat_conflict": ("This person has a part or an interest in the matter.", "Seat somebody else."),
    "appeal_seat_taken": ("This seat has voted.", "Fill one of the others."),
    "appeal_seats_missing": ("The panel is not complete.", "Wait until all three seats are filled."),
    "appeal_second_late": (
        "The time to ask for second instance is over.",
        "See the letter for the ways outside the registry.",
    ),
    "appeal_second_person": ("Whoever decided or entered it may not confirm it.", "Leave it to another person."),
    "appeal_step_early": ("It is too early for this step of the appeal.", "Wait until its deadline has passed."),
    "appeal_step_refused": (
        "The appeal cannot take this step from its state.",
        "See the state in the facts, and the steps it allows in docs/appeals.md.",
    ),
    "appeal_text_too_long": ("The text of the appeal is too long.", "Shorten it to 2,000 characters; attach the rest."),
    "appeal_unfit": (
        "This person does not have the role that the task needs, or does not work here now.",
        "Choose somebody who has it.",
    ),
    "appeal_unknown": ("There is no such appeal that concerns you.", "Check the id."),
    "appeal_voted": ("This seat has voted already.", "Wait for the others."),
    "letter_unknown": ("There is no such letter to you in this appeal.", "Check the id."),
    "outcome_answer_unknown": (
        "No answer was given to you for this claim under this query id.",
        "Send the claim reference and the query id of the answer that the action rests on.",
    ),
    "outcome_not_in_force": (
        "This action restricts nobody any more, or never lasted.",
        "Nothing needs to be done.",
    ),
    "outcome_time_refused": (
        "The action lies before its answer or in the future, or ends before it begins.",
        "Send when it was taken, and when it ends.",
    ),
    "outcome_unknown": ("You have recorded no such action.", "Check the id."),
    "protective_lifted": ("This protective record has been lifted.", "Nothing needs to be done."),
    "protective_role_refused": (
        "This protective record belongs to others.",
        "See docs/appeals.md for who places and lifts it.",
    ),
    "protective_same_person": (
        "What one officer placed, another one lifts.",
        "Ask a colleague; the attempt was recorded.",
    ),
    "recall_unknown": ("There is no such recall to you.", "Check the id."),
    "recalls_unacknowledged": (
        "A recall to you has stood unacknowledged for too long, so your queries rest.",
        "See GET /v1/recalls, act on each recall and acknowledge it; queries are answered again within seconds.",
    ),
    "rehabilitation_decided": ("This application has been decided.", "See the letter."),
    "rehabilitation_early": ("The time to decide this application is not over.", "Wait until it is."),
    "rehabilitation_role_refused": ("This application is decided by others.", "Leave it to an officer or a reviewer."),
}
