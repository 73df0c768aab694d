"""What `app.py` hands down to the endpoints: one frozen value in the lifespan state. Endpoints read no settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from registry.api.access_tokens import AccessTokens
from registry.api.allowances import Allowances
from registry.api.arrivals import Arrivals
from registry.api.counter import Counter
from registry.api.failures import Failures
from registry.api.log_door import LogDoor
from registry.api.operators import KeyOperator
from registry.api.standing import Standing
from registry.clock import Clock
from registry.domain.policy import Policy
from registry.masters import Master
from registry.services.appeals import Desk as AppealsDesk
from registry.services.auditing import Desk as AuditDesk
from registry.services.casefiles import Desk as CasefilesDesk
from registry.services.referrals import Desk as ReferralsDesk
from registry.services.reports import Desk as ReportsDesk
from registry.services.sandbox import Advance
from registry.services.staff import Desk as StaffDesk
from registry.services.subjects import Desk as SubjectsDesk
from registry.services.trail import Trail
from registry.services.uploads import Desk as UploadsDesk
from registry.services.webhooks import Desk as WebhooksDesk
from registry.store.database import Database

if TYPE_CHECKING:
    from registry.api.provider import Provider


@dataclass(frozen=True, slots=True)
class Facts:
    """What anybody may know about this registry."""

    realm: str
    issuer: str
    livemode: bool
    relay_url: str
    default_policy: str
    log_public_key: bytes
    log_ml_dsa_public_key: bytes | None
    witnessed: bool
    receipts_public_key: bytes
    epochs: tuple[int, ...]
    revision: str


@dataclass(frozen=True, slots=True)
class Edge:
    """The parts that requests share.

    Args:
        database: the primary.
        audit_database: the same one, signed in as the auditor, who reads all of the log and writes nothing; for
            auditors' routes, and for who looked at a subject.
        clock: domain time, which a sandbox may move; sign-in asks `registry.clock.real_time` instead.
        counter: answers questions about people.
        log_door: closed while the log is too far behind; whatever discloses asks it.
        operator: the way to the key operator.
        evaluations: what members may still have evaluated today.
        appeals: works on appeals.
        casefiles: opens contested records for whoever works on an appeal.
        reports: works on reports.
        staff: works on accounts and sessions of staff.
        subjects: shows people what is recorded of them.
        uploads: seals and opens the files of appeals.
        arrivals: how many of those may arrive at once.
        advance: moves a sandbox's clock; None where it is real.
        referrals: hands records to authorities.
        webhooks: works on members' endpoints.
        provider: where staff may sign in by; None if nowhere.
        peppers: what turns the tokens of each live epoch into stored ones.
    """

    database: Database
    audit_database: Database
    clock: Clock
    trail: Trail
    master: Master
    access_tokens: AccessTokens
    standing: Standing
    failures: Failures
    facts: Facts
    policies: Mapping[str, Policy]
    counter: Counter
    log_door: LogDoor
    operator: KeyOperator
    evaluations: Allowances
    appeals: AppealsDesk
    casefiles: CasefilesDesk
    referrals: ReferralsDesk
    reports: ReportsDesk
    staff: StaffDesk
    subjects: SubjectsDesk
    uploads: UploadsDesk
    arrivals: Arrivals
    advance: Advance | None
    webhooks: WebhooksDesk
    auditing: AuditDesk
    provider: "Provider | None"
    peppers: Mapping[int, bytes] = field(repr=False)


class State(TypedDict):
    """The lifespan state."""

    edge: Edge
