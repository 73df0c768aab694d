"""Which problems the operations about members' conduct and second looks can answer with, by status."""

from collections.abc import Mapping

_STAFF = ("role_missing",)
_LOOKED = {"403": (*_STAFF, "touched_before")}
_NO_HOLD = {"404": ("hold_unknown", "report_unknown")}
_NOT_DRAWN = {"404": ("readjudication_unknown", "report_unknown")}

INTEGRITY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "claimReadjudication": {**_LOOKED, **_NOT_DRAWN, "409": ("readjudication_claimed", "readjudication_judged")},
    "drawBrakeSample": {"404": ("brake_unknown",), "409": ("brake_drawn",)},
    "judgeReadjudication": {
        "403": (*_STAFF, "readjudication_not_yours", "touched_before"),
        **_NOT_DRAWN,
        "409": ("readjudication_judged", "report_contested", "report_step_refused"),
    },
    "liftSanction": {
        "403": (*_STAFF, "lift_same_person"),
        "404": ("sanction_unknown",),
        "409": ("lift_not_proposed", "sanction_ended"),
    },
    "proposeLift": {"404": ("sanction_unknown",), "409": ("sanction_ended",)},
    "refuseHeldReport": {
        **_LOOKED,
        **_NO_HOLD,
        "409": ("hold_settled", "hold_not_sampled", "report_contested", "report_step_refused"),
    },
    "releaseHeldReport": {**_LOOKED, **_NO_HOLD, "409": ("hold_settled", "hold_not_sampled")},
    "showHeldReport": _NO_HOLD,
}
