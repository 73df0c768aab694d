"""What the problem codes of subjects mean, and what the caller can do."""

from collections.abc import Mapping

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "answer_unknown": (
        "No answer of this id was given to you, or it rested on no record.",
        "Send the query id of an answer of yours.",
    ),
    "claim_unknown": (
        "You have not asked about these identifiers for this claim.",
        "Send the claim reference and the identifiers of your question.",
    ),
    "contact_needed": (
        "A member's link shows one record and nothing else.",
        "Prove control of a contact for this.",
    ),
    "contact_proof_refused": (
        "The proof was refused.",
        "Ask the relay for a new one, and send it within ten minutes with the secret of its sitting.",
    ),
    "contact_proof_used": ("The proof was used before.", "Ask the relay for a new one."),
    "contacts_too_many": ("Too many contacts are proved in one session.", "Leave, and prove those that matter."),
    "mandate_refused": (
        "The basis does not go with the capacity.",
        "An agent or guardian says on what basis; docs/subjects.md lists which. Whoever acts for themselves says none.",
    ),
    "protective_unknown": ("There is no such warning in your favour.", "Check the id."),
    "record_unknown": ("There is no such record about you.", "Check the id."),
    "second_contact_needed": (
        "One contact alone does not show this.",
        "Prove control of another contact that the record, or the warning, bears.",
    ),
    "subject_link_refused": (
        "The link was opened before, has expired, or never was.",
        "Ask the member for another one, or prove control of a contact.",
    ),
    "subject_session_expired": ("The session has ended by itself.", "Prove control of a contact again."),
    "subject_session_invalid": ("There is no such session.", "Prove control of a contact again."),
    "subject_session_limited": ("This session has been used too often.", "Prove control of a contact again."),
    "subject_session_missing": (
        "No subject's session was sent.",
        "Open one at /v1/me/sessions and send the bearer as Authorization: Bearer.",
    ),
}
