"""What the problem codes of evidence, retention and referral mean, and what the caller can do."""

from collections.abc import Mapping

EVIDENCE: Mapping[str, tuple[str, str]] = {
    "bureau_export_off": (
        "Export to a credit bureau is off: the policy pack has no licence reference.",
        "Nothing can be exported; individual credit reporting is licensed.",
    ),
    "bureau_export_unlisted": (
        "A platform's own finding is no listed bad item.",
        "Only a record that rests on a judgment may go to a credit bureau.",
    ),
    "clock_real": ("This registry runs on real time.", "Move the clock of a sandbox, which `registry up` starts."),
    "evidence_unknown": ("There is no such evidence that you may see.", "Check both ids."),
    "file_differs": (
        "The bytes are not the ones that were announced.",
        "Send the very file whose size and SHA-256 were announced.",
    ),
    "file_infected": (
        "The scanner found malware in the file.",
        "Send the picture or document from a clean device.",
    ),
    "file_missing": (
        "There is no file with this evidence: it was not sent, or its time is over.",
        "Send it, or go by the entry in the manifest.",
    ),
    "file_too_large": ("The file is empty or too large.", "Send at most as many bytes as the facts say."),
    "file_type_differs": ("The file is not of the type that was announced.", "Announce it again as what it is."),
    "file_type_refused": ("Files of this type are not taken.", "Send JPEG, PNG, WebP, HEIC, MP4, MOV or PDF."),
    "files_arriving": ("Too many files are arriving now.", "Repeat the request after a moment."),
    "files_too_many": ("The appeal holds as many files as it may.", "Say in words what the others would show."),
    "referral_decided": ("The referral has been decided.", "Nothing needs to be done."),
    "referral_not_approved": ("The referral was not approved.", "Wait for a second person's decision."),
    "referral_refused": (
        "This record may not be handed to anybody.",
        "Only an active record that is not its own member's alone may be; see the state in the facts.",
    ),
    "referral_same_person": (
        "Who proposed a referral does not decide on it.",
        "Ask a colleague; the attempt was recorded.",
    ),
    "referral_unknown": ("There is no such referral.", "Check the id."),
    "rehabilitation_not_active": ("Only an active record can be ended early.", "Wait until nothing about it is open."),
    "rehabilitation_not_clean": (
        "Another record is too recent.",
        "Apply again once enough time has passed since the last act.",
    ),
    "rehabilitation_not_repaid": ("The record is not marked as repaid.", "Repay, and have the platform mark it."),
    "rehabilitation_open": (
        "An application about this record is open already.",
        "Wait for its decision; without one it is granted when its time is over.",
    ),
    "rehabilitation_too_early": (
        "Too little of the record's life is over.",
        "Apply again after the day that your file shows.",
    ),
    "rehabilitation_unknown": ("There is no such application.", "Check the id."),
    "scanner_unavailable": (
        "The file could not be looked at for malware, and was not kept.",
        "Repeat the request after a moment; if that fails as well, tell the operator.",
    ),
}
