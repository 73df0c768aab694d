"""Admissions: what one operator proposed, and what another one decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from registry.domain.access import MemberKind
from registry.domain.admissions import AdmissionState, Standing
from registry.errors import NotFound
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import admission


@dataclass(frozen=True, slots=True)
class Admission:
    """A member that was proposed; `jwk` is its first public key, `member_id` is set once it is admitted."""

    id: UUID
    state: AdmissionState
    name: str
    group_name: str
    kind: MemberKind
    policy: str
    claims_per_day: int
    jwk: Mapping[str, str]
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    member_id: UUID | None = None

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.state, self.proposed_by, self.proposed_at)

    @property
    def kid(self) -> str:
        """The thumbprint of the key, by which it is compared with what the member itself says."""
        return self.jwk["kid"]


async def add(session: WriteSession, new: Admission) -> None:
    """Keep a proposal."""
    values = {name: getattr(new, name) for name in Admission.__slots__} | {"jwk": dict(new.jwk)}
    await session.execute(insert(admission).values(**values))


async def lock(session: WriteSession, admission_id: UUID) -> Admission:
    """Get an admission that nobody else can change until this transaction ends. NotFound `admission_unknown`."""
    row = (await session.execute(_all().where(admission.c.id == admission_id).with_for_update())).one_or_none()
    if row is None:
        raise NotFound("admission_unknown")
    return _admission(row)


async def list_open(session: ReadSession, *, since: datetime, most: int) -> list[Admission]:
    """List what waits for a decision and was proposed since then, oldest first."""
    wanted = _all().where(admission.c.state == AdmissionState.PROPOSED, admission.c.proposed_at > since)
    return [_admission(row) for row in await session.execute(wanted.order_by(admission.c.id).limit(most))]


async def decide(
    session: WriteSession, admission_id: UUID, state: AdmissionState, *, by: UUID, now: datetime, member_id: UUID | None
) -> None:
    """Write down what was decided."""
    values = {"state": state, "decided_by": by, "decided_at": now, "member_id": member_id}
    await session.execute(update(admission).where(admission.c.id == admission_id).values(**values))


def _all() -> Select[Any]:
    return select(*(admission.c[name] for name in Admission.__slots__))


def _admission(row: Any) -> Admission:  # noqa: ANN401 - a row of `_all`
    values = {name: getattr(row, name) for name in Admission.__slots__}
    return Admission(**values | {"state": AdmissionState(row.state), "kind": MemberKind(row.kind)})
