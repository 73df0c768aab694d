"""How the operations on evidence, retention, referral and the sandbox's clock can fail."""

from collections.abc import Mapping

Problems = Mapping[str, tuple[str, ...]]

_AT_WORK = "idempotency_in_flight"
_KEPT: Problems = {"404": ("report_unknown",), "409": ("report_step_refused",)}
_APPLIED: Problems = {"404": ("rehabilitation_unknown",), "409": ("rehabilitation_decided",)}
_DECIDED: Problems = {
    "403": ("role_missing", "referral_same_person"),
    "404": ("referral_unknown",),
    "409": ("referral_decided", "referral_refused"),
}
_SENT: Problems = {
    "404": ("evidence_unknown",),
    "409": ("files_too_many", "appeal_step_refused"),
    "422": (
        *("request_invalid", "file_type_refused", "file_too_large"),
        *("file_type_differs", "file_differs", "file_infected"),
    ),
    "503": ("database_unavailable", "files_arriving", "scanner_unavailable"),
}

OF_EVIDENCE: Mapping[str, Problems] = {
    "advanceClock": {"409": ("clock_real", _AT_WORK)},
    "applyForRehabilitation": {
        "403": ("second_contact_needed", "contact_needed"),
        "404": ("record_unknown",),
        "409": (
            "rehabilitation_not_repaid",
            "rehabilitation_too_early",
            "rehabilitation_not_clean",
            "rehabilitation_not_active",
            "rehabilitation_open",
        ),
    },
    "approveReferral": _DECIDED,
    "fetchEvidenceFile": {"404": ("evidence_unknown", "file_missing")},
    "fetchEvidenceFileAsOfficer": {
        "403": ("role_missing", "appeal_not_held"),
        "404": ("evidence_unknown", "file_missing"),
    },
    "fetchReferral": {"404": ("referral_unknown",), "409": ("referral_not_approved", "referral_refused")},
    "grantRehabilitation": _APPLIED,
    "liftReport": _KEPT,
    "proposeReferral": {
        "404": ("report_unknown",),
        "409": ("referral_refused", "bureau_export_off", "bureau_export_unlisted"),
    },
    "recordBounce": {"409": ("contact_not_on_report", _AT_WORK)},
    "refuseReferral": _DECIDED,
    "refuseRehabilitation": _APPLIED,
    "restrictReport": _KEPT,
    "sealReport": _KEPT,
    "sendEvidenceFile": _SENT,
    "sendEvidenceFileAsOfficer": {**_SENT, "403": ("role_missing", "appeal_not_held")},
    "sendOwnFile": _SENT,
}
