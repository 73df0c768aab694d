"""What is known of people: the records that tokens touch and all that stands around them, read in one statement."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, String, Uuid, bindparam, text

from registry.domain.ids import Category, Confidence, IdentifierKind, Protective, ReportState, Severity
from registry.domain.incidents import Identity, Incident, Reliability, Served
from registry.store.quick import Executes

TELLING_STATES = (ReportState.ACTIVE, ReportState.DISPUTED, ReportState.SUSPENDED)

# A report that tells nothing can still silence others on the same event: an act that was denied, a contested record
# that is restricted. Of its statements the latest one holds, and an empty one is none.
_KNOWN = text("""
    WITH told AS MATERIALIZED (
        SELECT id, revision, event_id, member_id, group_id, category, severity, confidence, amount_minor, currency,
            act_ended_on, filed_at, state, activated_at IS NOT NULL, repaid_on IS NOT NULL, retention_halved,
            appeal_open, act_denied, COALESCE((
                SELECT sealed_text IS NOT NULL FROM subject_statement WHERE report_id = report.id
                ORDER BY number DESC LIMIT 1
            ), false)
        FROM report WHERE event_id IN (
            SELECT event_id FROM report WHERE id IN (
                SELECT report_id FROM report_identity WHERE stored = ANY(:tokens) UNION ALL SELECT unnest(:reports)
            )
        ) AND (state = ANY(:telling) OR act_denied OR (state = 'restricted' AND appeal_open))
    ), warned AS MATERIALIZED (
        SELECT stored, record_id FROM protective_token WHERE stored = ANY(:tokens)
    )
    SELECT
        ARRAY(SELECT told FROM told) AS told,
        ARRAY(
            SELECT ROW(report_id, kind, epoch, stored, known_on, ends_on) FROM report_identity
            WHERE report_id = ANY(ARRAY(SELECT id FROM told))
        ) AS identities,
        ARRAY(
            SELECT ROW(report_id, stored, served_at) FROM notice
            WHERE report_id = ANY(ARRAY(SELECT id FROM told)) AND bounced_at IS NULL
        ) AS served,
        ARRAY(
            SELECT ROW(report_id, stored) FROM subject_answer WHERE report_id = ANY(ARRAY(SELECT id FROM told))
        ) AS answered,
        ARRAY(
            SELECT ROW(group_id, heard, overturned, sampled, failed) FROM group_reliability
            WHERE group_id = ANY(ARRAY(SELECT group_id FROM told))
        ) AS reliability,
        ARRAY(SELECT warned FROM warned) AS warned,
        ARRAY(
            SELECT ROW(id, kind) FROM protective_record WHERE id = ANY(ARRAY(SELECT record_id FROM warned))
        ) AS warnings,
        ARRAY(
            SELECT ROW(record_id, member_id) FROM protective_check
            WHERE record_id = ANY(ARRAY(SELECT record_id FROM warned))
        ) AS verified
""").bindparams(
    bindparam("tokens", type_=ARRAY(LargeBinary)),
    bindparam("reports", type_=ARRAY(Uuid)),
    bindparam("telling", [one.value for one in TELLING_STATES], type_=ARRAY(String)),
)


class Warned(NamedTuple):
    """A warning in favour of whoever a token names; it binds every member but those that verified the identity."""

    kind: Protective
    verified: frozenset[UUID]


class Known(NamedTuple):
    """What is known.

    Args:
        incidents: the reports, and all others on the same events, as far as they can tell or silence something.
        reliability: how the reports of each of their groups fared; a group without a row has no history yet.
        warned: the warnings that protect each token.
    """

    incidents: Sequence[Incident]
    reliability: dict[UUID, Reliability]
    warned: dict[bytes, list[Warned]]


async def look_up(session: Executes, *, tokens: Collection[bytes] = (), reports: Collection[UUID] = ()) -> Known:
    """Read what touches these stored tokens or stands around these reports."""
    (found,) = await session.execute(_KNOWN, {"tokens": list(tokens), "reports": list(reports)})
    reliability = {group_id: Reliability(*fared) for group_id, *fared in found.reliability}
    return Known(_incidents(found) if found.told else (), reliability, _warned(found) if found.warned else {})


class _Told(NamedTuple):
    id: UUID
    revision: int
    event_id: UUID
    member_id: UUID
    group_id: UUID
    category: str
    severity: str
    confidence: str
    amount_minor: int
    currency: str
    act_ended_on: date
    filed_at: datetime
    state: str
    activated: bool
    repaid: bool
    retention_halved: bool
    appeal_open: bool
    act_denied: bool
    statement: bool


def _incidents(found: Any) -> list[Incident]:  # noqa: ANN401 - a row of either kind of transaction
    identities = _each(
        (report_id, Identity(IdentifierKind(kind), epoch, stored, known_on, ends_on))
        for report_id, kind, epoch, stored, known_on, ends_on in found.identities
    )
    served = _each((report_id, Served(stored, served_at)) for report_id, stored, served_at in found.served)
    # Who answered was heard, whether or not a notice reached them.
    answered = _each(found.answered)
    told = (_Told(*one) for one in found.told)
    return [_incident(one, identities[one.id], served[one.id], answered[one.id]) for one in told]


def _incident(
    told: _Told, identities: Sequence[Identity], served: Sequence[Served], answered: Sequence[bytes]
) -> Incident:
    return Incident(
        report_id=told.id,
        revision=told.revision,
        event=told.event_id.bytes,
        member_id=told.member_id,
        group_id=told.group_id,
        category=Category(told.category),
        severity=Severity(told.severity),
        confidence=Confidence(told.confidence),
        amount_minor=told.amount_minor,
        currency=told.currency,
        act_ended_on=told.act_ended_on,
        filed_at=told.filed_at,
        state=ReportState(told.state),
        identities=tuple(identities),
        served=tuple(served),
        answered=tuple(answered),
        statement=told.statement,
        activated=told.activated,
        repaid=told.repaid,
        retention_halved=told.retention_halved,
        appeal_open=told.appeal_open,
        act_denied=told.act_denied,
    )


def _warned(found: Any) -> dict[bytes, list[Warned]]:  # noqa: ANN401 - likewise
    verified = _each(found.verified)
    warnings = {id_: Warned(Protective(kind), frozenset(verified[id_])) for id_, kind in found.warnings}
    return _each((stored, warnings[record_id]) for stored, record_id in found.warned)


Key = TypeVar("Key")
Value = TypeVar("Value")


def _each(pairs: Iterable[tuple[Key, Value]]) -> defaultdict[Key, list[Value]]:
    """Gather the values of each key."""
    values: defaultdict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return values
