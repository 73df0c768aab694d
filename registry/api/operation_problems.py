"""Which problems each operation can answer with, by status: data for the API description and for the tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.api.operation_problems_evidence import OF_EVIDENCE
from registry.api.operation_problems_integrity import INTEGRITY

Problems = Mapping[str, tuple[str, ...]]

_ANY: Problems = {"422": ("request_invalid",), "500": ("internal",), "503": ("database_unavailable",)}
_SIGNED_IN: Problems = {"401": ("access_token_expired",), "403": ("scope_missing",), "429": ("quota_exceeded",)}
_SUBJECT: Problems = {
    "401": ("subject_session_expired", "subject_session_invalid", "subject_session_missing"),
    "403": ("second_contact_needed", "contact_needed"),
    "429": ("subject_session_limited",),
}
_ENTERS: Problems = {"409": ("mandate_refused", "contacts_too_many"), "429": ("sign_in_limited",)}
_STAFF: Problems = {"401": ("staff_session_expired",), "403": ("role_missing",)}
_IN_CHARGE: Problems = {
    "403": ("role_missing", "own_account", "role_not_yours_to_grant"),
    "404": ("staff_unknown",),
}
_RECOVERY: Problems = {
    "403": ("role_not_yours_to_grant", "own_account", "same_person"),
    "404": ("recovery_unknown",),
}
_DECIDED: Problems = {
    "403": ("role_missing", "same_person"),
    "404": ("erasure_unknown",),
    "409": ("erasure_step_refused",),
}
_WITH_BODY: Problems = {"400": ("body_unreadable",), "413": ("body_too_large",)}
_NO_ENDPOINT: Problems = {"404": ("endpoint_unknown",)}
_NO_REPORT: Problems = {"404": ("report_unknown",)}
_SCORED: Problems = {
    "403": ("scope_missing", "purpose_not_allowed", "recalls_unacknowledged", "queries_suspended"),
    "503": ("database_unavailable", "audit_unavailable", "teller_unavailable", "log_lagging"),
}
_NO_CASE: Problems = {"404": ("case_unknown",)}
_NO_SAMPLE: Problems = {"404": ("sample_unknown",)}
_NO_CHECKPOINT: Problems = {"404": ("checkpoint_missing",)}
_NO_FILE: Problems = {"404": ("tile_missing", "checkpoint_missing")}
_AT_WORK = "idempotency_in_flight"

_NO_APPEAL: Problems = {"404": ("appeal_unknown",)}
_NO_LETTER: Problems = {"404": ("letter_unknown", "appeal_unknown")}
_NO_OWN_LETTER: Problems = {**_NO_LETTER, "403": ("second_contact_needed",)}


def _step(*conflicts: str, denied: tuple[str, ...] = (), **more: tuple[str, ...]) -> Problems:
    """Return how a step of an appeal by the registry's people can fail."""
    return {
        "403": ("role_missing", *denied),
        "404": ("appeal_unknown", *more.get("unknown", ())),
        "409": ("appeal_step_refused", "appeal_changed", *conflicts),
    }


def _by_member(*conflicts: str, denied: tuple[str, ...] = ()) -> Problems:
    return {
        "403": ("scope_missing", *denied),
        "404": ("appeal_unknown",),
        "409": ("appeal_step_refused", "appeal_changed", *conflicts, _AT_WORK),
    }


def _by_subject(*conflicts: str, denied: tuple[str, ...] = ()) -> Problems:
    return {
        "403": ("second_contact_needed", *denied),
        "404": ("appeal_unknown",),
        "409": ("appeal_step_refused", "appeal_changed", *conflicts),
    }


# By operationId. The first code of a status is the one shown as its example.
OF_OPERATION: Mapping[str, Problems] = {
    **OF_EVIDENCE,
    "addAppealEvidence": _by_member("files_too_many"),
    "addCaseEvidence": _step("files_too_many"),
    "admitArtefact": _step(),
    "answerAppeal": _by_member("files_too_many"),
    "applyExternal": _step("appeal_result_refused", denied=("appeal_second_person",)),
    "approveDecision": _step(
        "appeal_draft_void",
        "appeal_approved",
        "appeal_result_refused",
        denied=("appeal_second_person", "appeal_involved"),
    ),
    "askSecondInstance": _by_member(
        "appeal_final", "appeal_nothing_left", "appeal_second_late", denied=("appeal_not_yours",)
    ),
    "askSubject": _step("appeal_question_asked", "appeal_question_late", denied=("appeal_not_held",)),
    "assignCase": _step("appeal_unfit", denied=("appeal_involved",), unknown=("staff_unknown",)),
    "claimCase": _step("appeal_claimed", denied=("appeal_involved",)),
    "draftDecision": _step(
        "appeal_draft_void",
        "appeal_reasons_missing",
        "appeal_finding_refused",
        "appeal_correction_missing",
        "appeal_correction_refused",
        "appeal_result_refused",
        denied=("appeal_not_held",),
    ),
    "dropSecondInstance": _by_member(denied=("appeal_not_yours",)),
    "listLetters": _NO_APPEAL,
    "recordExternal": _step("appeal_correction_missing", "appeal_correction_refused", "appeal_result_refused"),
    "releaseCase": _step(denied=("appeal_not_held",)),
    "remarkOnCase": _step(),
    "returnDraft": _step(denied=("appeal_second_person", "appeal_involved")),
    "seatPanel": _step(
        "appeal_seat_taken", "appeal_unfit", denied=("appeal_seat_conflict",), unknown=("staff_unknown",)
    ),
    "skipCase": _step("appeal_claimed"),
    "showAppeal": _NO_APPEAL,
    "fetchCase": _NO_APPEAL,
    "showCase": _NO_APPEAL,
    "showLetter": _NO_LETTER,
    "showLetterHtml": _NO_LETTER,
    "showLetterPdf": _NO_LETTER,
    "voteOnCase": _step(
        "appeal_draft_void",
        "appeal_seats_missing",
        "appeal_voted",
        "appeal_reasons_missing",
        "appeal_correction_missing",
        "appeal_correction_refused",
        "appeal_result_refused",
        denied=("appeal_not_seated",),
    ),
    "drawSample": {"404": ("checkpoint_missing", "case_unknown")},
    "judgeSample": {"404": ("sample_unknown", "sample_item_unknown"), "409": ("sample_signed",)},
    "listLooks": {**_NO_CASE, "409": ("log_inconsistent",), "422": ("request_invalid", "subject_missing")},
    "lookThroughLens": {"422": ("request_invalid", "span_invalid")},
    "openEntry": {"404": ("entry_unknown",), "409": ("log_inconsistent",)},
    "searchLog": _NO_CASE,
    "showSample": _NO_SAMPLE,
    "signOffSample": {**_NO_SAMPLE, "409": ("sample_unfinished", "sample_signed")},
    "amendReport": {**_NO_REPORT, "409": ("report_step_refused", "report_refused", _AT_WORK)},
    "evaluateTokens": {
        "401": ("access_token_expired", "signature_invalid", "timestamp_stale", "nonce_replayed"),
        "403": ("scope_missing", "member_differs"),
        "409": ("key_unknown",),
        "503": ("operators_insufficient", "database_unavailable"),
    },
    "exportLog": {
        "403": ("role_missing", "purpose_not_allowed"),
        "404": ("checkpoint_missing", "case_unknown"),
        "409": ("export_format_unavailable",),
    },
    "fetchBundle": _NO_FILE,
    "fetchCheckpoint": _NO_CHECKPOINT,
    "fetchNewestCheckpoint": _NO_CHECKPOINT,
    "fetchTile": _NO_FILE,
    "fileReport": {"409": ("report_refused", "report_duplicate", _AT_WORK)},
    "importReports": {"415": ("media_type_unsupported",)},
    "markReportRepaid": {
        **_NO_REPORT,
        "409": ("report_repaid", "repaid_on_refused", "report_step_refused", _AT_WORK),
    },
    "matchNotice": _NO_REPORT,
    "proveConsistency": {"404": ("checkpoint_missing",), "409": ("log_inconsistent",)},
    "proveInclusion": {"404": ("entry_not_sealed",), "409": ("log_inconsistent",)},
    "isReady": {"503": ("not_ready",)},
    "liftOutcome": {
        "404": ("outcome_unknown",),
        "409": ("outcome_not_in_force", "outcome_time_refused", _AT_WORK),
    },
    "recordOutcome": {"404": ("outcome_answer_unknown",), "409": ("outcome_time_refused", _AT_WORK)},
    "askClosure": {**_SCORED, "409": ("claim_ref_reused",)},
    "queryScore": {**_SCORED, "409": ("claim_ref_reused",)},
    "queryScores": _SCORED,
    "recordNotice": {
        **_NO_REPORT,
        "409": ("contact_not_on_report", "served_at_refused", "report_step_refused", _AT_WORK),
    },
    "showCheckpoint": _NO_CHECKPOINT,
    "showImport": {"404": ("import_unknown",)},
    "showManifest": {"503": ("operators_insufficient",)},
    "showNotice": _NO_REPORT,
    "showPolicy": {"404": ("policy_unknown",)},
    "showReport": _NO_REPORT,
    "withdrawReport": {**_NO_REPORT, "409": ("report_step_refused", "report_reason_refused", _AT_WORK)},
    **INTEGRITY,
    "acknowledgeRecall": {"404": ("recall_unknown",), "409": (_AT_WORK,)},
    "admitMember": {
        "403": ("role_missing", "same_person"),
        "404": ("admission_unknown",),
        "409": ("admission_step_refused", "member_exists", "member_key_exists"),
    },
    "proposeMember": {
        "404": ("policy_unknown",),
        "409": ("member_exists", "member_key_exists"),
        "422": ("request_invalid", "member_key_refused"),
    },
    "refuseMember": {"404": ("admission_unknown",), "409": ("admission_step_refused",)},
    "approveErasure": _DECIDED,
    "proposeErasure": {"404": ("tag_unknown",)},
    "refuseErasure": _DECIDED,
    "showErasure": {"404": ("erasure_unknown",)},
    "changeStaffPassword": {"403": ("password_wrong",), "409": ("password_weak",), "429": ("sign_in_limited",)},
    "acceptInvitation": {
        "403": ("invitation_refused",),
        "404": ("invitation_unknown",),
        "409": ("password_weak",),
        "429": ("sign_in_limited",),
    },
    "approveRecovery": {**_RECOVERY, "409": ("recovery_step_refused",)},
    "askRecovery": {**_IN_CHARGE, "409": ("recovery_open",)},
    "inviteStaff": {
        "403": ("role_missing", "role_not_yours_to_grant"),
        "404": ("member_unknown",),
        "409": ("staff_exists", "roles_incompatible"),
    },
    "inviteStaffAgain": {**_IN_CHARGE, "409": ("staff_enrolled", "recovery_step_refused")},
    "refuseRecovery": {**_RECOVERY, "409": ("recovery_step_refused",)},
    "showInvitation": {"404": ("invitation_unknown",)},
    "endStaffSessions": _IN_CHARGE,
    "grantStaffRole": {**_IN_CHARGE, "409": ("roles_incompatible", "role_held")},
    "openStaffSession": {"401": ("staff_sign_in_refused",), "429": ("sign_in_limited",)},
    "resumeStaff": {**_IN_CHARGE, "409": ("staff_active",)},
    "revokeStaffRole": {**_IN_CHARGE, "409": ("role_not_held",)},
    "suspendStaff": {**_IN_CHARGE, "409": ("staff_suspended",)},
    "addOwnEvidence": _by_subject("files_too_many"),
    "askOwnSecondInstance": _by_subject(
        "appeal_final", "appeal_nothing_left", "appeal_second_late", denied=("appeal_not_yours",)
    ),
    "dropOwnSecondInstance": _by_subject(denied=("appeal_not_yours",)),
    "fetchOwnFile": {"404": ("appeal_unknown", "evidence_unknown", "file_missing")},
    "issueSubjectLink": _NO_REPORT,
    "lodgeAppeal": {
        "403": ("appeal_ground_unproved",),
        "404": ("record_unknown",),
        "409": ("appeal_open", "appeal_record_refused"),
    },
    "proveOwnAppeal": _by_subject("appeal_identity_unproved", denied=("contact_needed", "appeal_ground_unproved")),
    "replyInOwnAppeal": _by_subject(),
    "sayInOwnAppeal": _by_subject(),
    "showOwnAppeal": _NO_APPEAL,
    "showOwnLetter": _NO_OWN_LETTER,
    "showOwnLetterHtml": _NO_OWN_LETTER,
    "showOwnLetterPdf": _NO_OWN_LETTER,
    "withdrawOwnAppeal": _by_subject(),
    "liftOwnWarning": {
        "403": ("second_contact_needed", "contact_needed", "protective_role_refused"),
        "404": ("protective_unknown",),
    },
    "listWarnings": _NO_REPORT,
    "placeWarning": _NO_REPORT,
    "liftWarning": {
        "403": ("role_missing", "protective_role_refused", "protective_same_person"),
        "404": ("protective_unknown",),
        "409": ("protective_lifted",),
    },
    "listStatements": {"404": ("answer_unknown",)},
    "openSubjectLink": {"401": ("subject_link_refused",), "429": ("sign_in_limited",)},
    "openSubjectSession": {"401": ("contact_proof_refused", "contact_proof_used"), **_ENTERS},
    "putOwnStatement": {"404": ("record_unknown",)},
    "recordIdentityCheck": {"404": ("claim_unknown",)},
    "widenSubjectSession": {
        "401": ("contact_proof_refused", "contact_proof_used", "subject_session_expired"),
        "409": ("contacts_too_many",),
    },
    "addWebhook": {"409": ("endpoints_too_many", _AT_WORK), "422": ("request_invalid", "url_refused")},
    "changeWebhook": {**_NO_ENDPOINT, "409": ("endpoint_ended",), "422": ("request_invalid", "url_refused")},
    "listWebhookDeliveries": _NO_ENDPOINT,
    "removeWebhook": {**_NO_ENDPOINT, "409": ("endpoint_ended",)},
    "replayWebhook": {"404": ("endpoint_unknown", "message_unknown"), "409": ("endpoint_ended", _AT_WORK)},
    "rotateWebhookSecret": {**_NO_ENDPOINT, "409": ("endpoint_ended", "overlap_too_long", _AT_WORK)},
    "showWebhook": _NO_ENDPOINT,
    "showWebhookDelivery": {"404": ("endpoint_unknown", "message_unknown")},
    "showWebhookSecret": _NO_ENDPOINT,
    "testWebhook": {**_NO_ENDPOINT, "409": ("endpoint_ended", _AT_WORK)},
}


def of(operation: Mapping[str, Any]) -> Problems:
    """Return the codes of an OpenAPI operation by status, in the order of statuses."""
    found = {
        **_ANY,
        **_guard(operation.get("security", ())),
        **(_WITH_BODY if "requestBody" in operation else {}),
        **OF_OPERATION.get(operation["operationId"], {}),
    }
    return dict(sorted(found.items()))


def _guard(security: Sequence[Mapping[str, Any]]) -> Problems:
    if not security:
        return {}
    by_scheme = {"staff": _STAFF, "subject": _SUBJECT}
    return next((by_scheme[name] for one in security for name in one if name in by_scheme), _SIGNED_IN)
