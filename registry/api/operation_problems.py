"""Which problems each operation can answer with, by status: data for the API description and for the tests."""

from collections.abc import Mapping
from typing import Any

Problems = Mapping[str, tuple[str, ...]]

_ANY: Problems = {"422": ("request_invalid",), "500": ("internal",), "503": ("database_unavailable",)}
_SIGNED_IN: Problems = {"401": ("access_token_expired",), "403": ("scope_missing",), "429": ("quota_exceeded",)}
_WITH_BODY: Problems = {"400": ("body_unreadable",), "413": ("body_too_large",)}
_NO_REPORT: Problems = {"404": ("report_unknown",)}
_SCORED: Problems = {
    "403": ("scope_missing", "purpose_not_allowed"),
    "503": ("database_unavailable", "audit_unavailable", "receipts_unavailable"),
}
_NO_CHECKPOINT: Problems = {"404": ("checkpoint_missing",)}
_NO_FILE: Problems = {"404": ("tile_missing", "checkpoint_missing")}
_AT_WORK = "idempotency_in_flight"

# By operationId. The first code of a status is the one shown as its example.
OF_OPERATION: Mapping[str, Problems] = {
    "amendReport": {**_NO_REPORT, "409": ("report_step_refused", "report_refused", _AT_WORK)},
    "evaluateTokens": {
        "401": ("access_token_expired", "signature_invalid", "timestamp_stale", "nonce_replayed"),
        "403": ("scope_missing", "member_differs"),
        "409": ("key_unknown",),
        "503": ("operators_insufficient", "database_unavailable"),
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
}


def of(operation: Mapping[str, Any]) -> Problems:
    """Return the codes of an OpenAPI operation by status, in the order of statuses."""
    found = {
        **_ANY,
        **(_SIGNED_IN if operation.get("security") else {}),
        **(_WITH_BODY if "requestBody" in operation else {}),
        **OF_OPERATION.get(operation["operationId"], {}),
    }
    return dict(sorted(found.items()))
