"""Rows of an export as events of the Open Cybersecurity Schema Framework (OCSF 1.9), one JSON object a line, for SIEMs.

What looks or tries (query, batch, denied, auth, export, break-glass) is API Activity, class 6003; what changes (report,
appeal, admin, erasure, recall) is Entity Management, class 3004; what the log says of itself (heartbeat, void) is the
base event, class 0. The row itself stands under `unmapped`, so that an event proves as much as any other format's row,
and an event that says something else than its row is refused. What the row does not open, the event does not say.
"""

import json
from typing import Any

from registry_formats.errors import FormatError
from registry_formats.export_columns import write_time
from registry_formats.export_rows import MALFORMED, Row, encode_row, parse_json, row_from_json
from registry_formats.leaf import Group

VERSION = "1.9.0"
_BASE, _ENTITY, _API = 0, 3004, 6003
_READ, _UPDATE, _DELETE, _OTHER = 2, 3, 4, 99
_ACTIVITIES = {
    "query": (_API, _READ),
    "batch": (_API, _READ),
    "export": (_API, _READ),
    "break_glass": (_API, _READ),
    "auth": (_API, _OTHER),
    "denied": (_API, _OTHER),
    "report": (_ENTITY, _UPDATE),
    "appeal": (_ENTITY, _UPDATE),
    "admin": (_ENTITY, _UPDATE),
    "recall": (_ENTITY, _UPDATE),
    "erasure": (_ENTITY, _DELETE),
}
_INFORMATIONAL, _LOW, _MEDIUM = 1, 2, 3
_SEVERITIES = {"denied": _LOW, "break_glass": _MEDIUM}
_SUCCESS, _FAILURE = 1, 2
_FAILED = frozenset({"denied", "failed", "refused"})
_OTHER_ENTITY = 99
_PRODUCT = "refund-integrity registry"
_UNKNOWN = "unknown"


def encode(row: Row) -> bytes:
    """Write a row as one event, without a line break."""
    event = json.dumps(to_event(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # The last name of all: nothing in the event comes after it.
    return event[:-1].encode() + b',"unmapped":' + encode_row(row) + b"}"


def decode(data: bytes) -> Row:
    """Read the row out of an event; `export_row_malformed` for anything but what `encode` writes."""
    event = parse_json(data)
    row = row_from_json(event.get("unmapped") if isinstance(event, dict) else None)
    if encode(row) != data:
        raise FormatError(MALFORMED)
    return row


def to_event(row: Row) -> dict[str, Any]:
    """Map a row, without the row itself."""
    class_uid, activity = _ACTIVITIES.get(row.type, (_BASE, _OTHER))
    org = row.detail(Group.ORG) or {}
    action, member, outcome = (str(org.get(name) or _UNKNOWN) for name in ("action", "member", "outcome"))
    event = {
        "activity_id": activity,
        "category_uid": class_uid // 1000,
        "class_uid": class_uid,
        "message": f"{row.type}: {action}, {outcome}",
        "metadata": {
            "event_code": action,
            "log_name": row.shard,
            "original_time": write_time(row.t_ms),
            "product": {"name": _PRODUCT, "vendor_name": row.shard.partition("/")[0]},
            "sequence": row.index,
            "uid": str(row.entry_id),
            "version": VERSION,
        },
        "severity_id": _SEVERITIES.get(row.type, _INFORMATIONAL),
        "status_code": outcome,
        "status_id": _FAILURE if outcome in _FAILED else _SUCCESS,
        "time": row.t_ms,
        "type_uid": class_uid * 100 + activity,
    }
    return event | _particulars(row, class_uid, action, member)


def _particulars(row: Row, class_uid: int, action: str, member: str) -> dict[str, Any]:
    """Say who did it, from where and to what, as the event's class demands."""
    actor = row.staff_tag.hex() if row.staff_tag is not None else member
    told: dict[str, Any] = {
        "actor": {"user": {"org": {"uid": member}, "uid": actor}},
        "src_endpoint": {"uid": member},
    }
    if class_uid == _API:
        subject = row.detail(Group.SUBJECT) or {}
        tags = [{"type": "subject tag", "uid": tag} for tag in subject.get("tags", [])]
        return told | {"api": {"operation": action}, "resources": tags}
    if class_uid == _ENTITY:
        return told | {"entity": {"name": row.type, "type": row.type, "type_id": _OTHER_ENTITY}}
    return {}
