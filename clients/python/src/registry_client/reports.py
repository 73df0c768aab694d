"""File what was confirmed, signed by the member, and keep it right afterwards."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from registry_client._exchange import RELAY_SCOPE, Call, object_of
from registry_client._http import Reply
from registry_client.errors import RequestRefused
from registry_client.models import Checked, Filed, NoticeServed, NoticeStatus, Recall, Recalls
from registry_client.vocabulary import WithdrawReason
from registry_formats import canonical, jws
from registry_formats.jws import PrivateKey

STATEMENT = "registry-report"
MOST_ON_PAGE = 200


class Author:
    """Signs reports as their member.

    Args:
        key: Ed25519 or P-256.
        kid: the id the registry knows it by.
    """

    def __init__(self, key: PrivateKey, kid: str) -> None:
        self._key = key
        self._kid = kid

    def statement(self, report: object) -> str:
        """Sign a report, a mapping or a dataclass, over its canonical JSON (RFC 8785)."""
        return jws.sign(document(report), key=self._key, kid=self._kid, typ=STATEMENT)


def build_file(author: Author, report: object) -> Call[Filed]:
    """File a report."""
    return _post("/v1/reports", {"statement": author.statement(report)})


def build_check(author: Author, report: object) -> Call[Checked]:
    """Ask what would become of a report; nothing is stored."""
    body = canonical.dumps({"statement": author.statement(report)})
    return Call("POST", "/v1/reports:check", lambda reply: Checked.read(object_of(reply)), body)


def build_amend(author: Author, report_id: UUID, report: object) -> Call[Filed]:
    """Correct or lessen a report by a whole new statement."""
    return _post(f"/v1/reports/{report_id}:amend", {"statement": author.statement(report)})


def build_withdraw(report_id: UUID, reason: WithdrawReason) -> Call[Filed]:
    """Take a report back."""
    return _post(f"/v1/reports/{report_id}:withdraw", {"reason": reason.value})


def build_mark_repaid(report_id: UUID, repaid_on: date) -> Call[Filed]:
    """Record that the subject has repaid."""
    return _post(f"/v1/reports/{report_id}:mark-repaid", {"repaid_on": repaid_on.isoformat()})


def build_get(report_id: UUID) -> Call[Filed]:
    """Ask how an own report stands."""
    return Call("GET", f"/v1/reports/{report_id}", _filed)


def build_page(cursor: str, updated_since: datetime | None) -> Call[tuple[list[Filed], str]]:
    """Ask for a page of own reports; the cursor is empty for the first one, and after the last."""

    def parse(reply: Reply) -> tuple[list[Filed], str]:
        page = object_of(reply)
        return [Filed.read(one) for one in page["reports"]], page["next_cursor"] or ""

    since = {} if updated_since is None else {"updated_since": _instant(updated_since)}
    wanted = {"limit": str(MOST_ON_PAGE)} | since | ({"cursor": cursor} if cursor else {})
    return Call("GET", f"/v1/reports?{urlencode(wanted)}", parse)


def build_recalls(since: str) -> Call[Recalls]:
    """Ask for the recalls after a place; from the first one if that is empty."""
    wanted = {"limit": str(MOST_ON_PAGE)} | ({"since": since} if since else {})
    return Call("GET", f"/v1/recalls?{urlencode(wanted)}", lambda reply: Recalls.read(object_of(reply)))


def build_acknowledge(recall_id: UUID) -> Call[Recall]:
    """Say that a recall was acted on."""
    path = f"/v1/recalls/{recall_id}:acknowledge"
    return Call("POST", path, lambda reply: Recall.read(object_of(reply)), keyed=True)


def build_notice(report_id: UUID, *, kind: str, contact: str, language: str) -> Call[NoticeServed]:
    """Hand a contact to the relay, the only place that may see one, so that it serves the registry's notice."""
    body = canonical.dumps({"contact": contact, "kind": kind, "language": language, "report_id": str(report_id)})
    # A token for this and nothing else: the relay is another origin, and could otherwise act as the member.
    return Call("POST", "/v1/notices", _told, body, scope=RELAY_SCOPE, relay=True)


def build_notice_status(report_id: UUID) -> Call[NoticeStatus]:
    """Ask how the notice of an own report stands."""
    return Call("GET", f"/v1/notices?report_id={report_id}", lambda reply: NoticeStatus.read(object_of(reply)))


def contact_of(*, phone: str | None, email: str | None) -> tuple[str, str]:
    """Say which contact was given; `contact_one` unless it is exactly one."""
    given = [(kind, contact) for kind, contact in (("phone", phone), ("email", email)) if contact]
    if len(given) != 1:
        raise RequestRefused("contact_one")
    return given[0]


def document(report: object) -> Mapping[str, Any]:
    """Write a report as JSON: dataclasses by field without what is None, dates and times as RFC 3339 in UTC.

    Raises:
        TypeError: for what has no JSON form, without showing it.
    """
    written = _json(report)
    if not isinstance(written, dict):
        raise TypeError("a report is a mapping or a dataclass")
    return written


def _post(path: str, body: Mapping[str, Any]) -> Call[Filed]:
    return Call("POST", path, _filed, canonical.dumps(dict(body)), keyed=True)


def _told(reply: Reply) -> NoticeServed:
    return NoticeServed.read(object_of(reply))


def _filed(reply: Reply) -> Filed:
    return Filed.read(object_of(reply), replayed=reply.headers.get("idempotency-replayed") == "true")


def _json(value: object) -> Any:  # noqa: ANN401, PLR0911 - any JSON value, one line for each type
    if is_dataclass(value) and not isinstance(value, type):
        members = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _json(member) for name, member in members if member is not None}
    if isinstance(value, Mapping):
        return {str(name): _json(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_json(member) for member in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a report cannot hold a {type(value).__name__}")


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a report cannot hold a time without its zone")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
