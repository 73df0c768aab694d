"""Words for short score cases: a person's tokens, a report with one thing changed, and the JSON form of both."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from registry.domain.ids import Category, Confidence, IdentifierKind, ReportState, Severity
from registry.domain.incidents import Asker, Identity, Incident, QueryToken, Reliability, Served
from registry.domain.score_model import ScoreModel

ROOT = Path(__file__).parents[2]
TABLE: dict[str, Any] = tomllib.loads((ROOT / "registry/policies/frs_1_0.toml").read_text("utf-8"))
MODEL = ScoreModel.from_table(TABLE)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
KINDS = tuple(IdentifierKind)
NATIONAL_ID, PHONE, EMAIL = IdentifierKind.NATIONAL_ID, IdentifierKind.PHONE, IdentifierKind.EMAIL
PAYMENT, DEVICE, ADDRESS = IdentifierKind.PAYMENT, IdentifierKind.DEVICE, IdentifierKind.ADDRESS
TRUSTED = Reliability(heard=20, overturned=0, sampled=20, failed=0)  # rho 0.900


@dataclass(frozen=True)
class Case:
    """One query and everything its score depends on."""

    name: str
    incidents: tuple[Incident, ...]
    tokens: tuple[QueryToken, ...]
    reliability: Mapping[UUID, Reliability]
    asker: Asker | None = None
    as_of: datetime = NOW


def member(number: int) -> UUID:
    return UUID(int=0x1000 + number)


def group(number: int) -> UUID:
    return UUID(int=0x2000 + number)


def stored(kind: IdentifierKind, whose: str = "a", epoch: int = 1) -> bytes:
    return hashlib.sha256(f"{kind}:{whose}:{epoch}".encode()).digest()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def token(kind: IdentifierKind, whose: str = "a", epoch: int = 1) -> QueryToken:
    return QueryToken(kind, epoch, stored(kind, whose, epoch))


def identity(kind: IdentifierKind, whose: str = "a", epoch: int = 1, known: int = 0) -> Identity:
    return Identity(kind, epoch, stored(kind, whose, epoch), ago(known))


def served(kind: IdentifierKind = PHONE, whose: str = "a", days: int = 31, epoch: int = 1) -> Served:
    return Served(stored(kind, whose, epoch), NOW - timedelta(days=days))


PERSON = (token(NATIONAL_ID), token(PHONE))


def report(number: int = 1, of: int = 1, *kinds: IdentifierKind, age: int = 0, **changes: Any) -> Incident:  # noqa: ANN401
    """Make a heard, active, fresh grade-B AI picture, filed by member `of` of group `of`, of an order of its own."""
    held = kinds or (NATIONAL_ID, PHONE)
    plain = Incident(
        report_id=UUID(int=number),
        revision=1,
        event=b"order-%d" % number,
        member_id=member(of),
        group_id=group(of),
        category=Category.AI_GENERATED,
        severity=Severity.S2,
        confidence=Confidence.B,
        amount_minor=20_000,
        currency="CNY",
        act_ended_on=ago(age),
        filed_at=NOW - timedelta(days=40) + timedelta(minutes=number),
        state=ReportState.ACTIVE,
        identities=tuple(identity(kind) for kind in held),
        served=tuple(served(kind) for kind in held),
    )
    return replace(plain, **changes)


def case(
    name: str,
    *incidents: Incident,
    tokens: Sequence[QueryToken] = PERSON,
    reliability: Mapping[int, Reliability] | None = None,
    asker: int | None = None,
    as_of: datetime = NOW,
) -> Case:
    """Make a case in which every group has rho 0.900 unless said otherwise."""
    given = {item.group_id: TRUSTED for item in incidents}
    given |= {group(number): record for number, record in (reliability or {}).items()}
    who = None if asker is None else Asker(member(asker), group(asker))
    return Case(name, incidents, tuple(tokens), given, who, as_of)


def as_json(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON form of a case or a part of it: bytes in hex, times and days in RFC 3339, no field left out."""
    match value._asdict() if isinstance(value, QueryToken) else value:
        case bytes():
            return value.hex()
        case date():
            return value.isoformat().replace("+00:00", "Z")
        case UUID():
            return str(value)
        case tuple() | list():
            return [as_json(item) for item in value]
        case Mapping() as members:
            return {str(key): as_json(item) for key, item in members.items()}
    return (
        {field.name: as_json(getattr(value, field.name)) for field in fields(value)} if is_dataclass(value) else value
    )
