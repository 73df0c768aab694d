"""Who may do what. One grammar for scopes: `noun:verb`, alphabetical."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """What an access token allows."""

    APPEALS_READ = "appeals:read"
    APPEALS_WRITE = "appeals:write"
    CLOSURES_ASK = "closures:ask"
    LOG_READ = "log:read"
    MEMBER_READ = "member:read"
    NOTICES_RECORD = "notices:record"  # the relay's alone
    NOTICES_SERVE = "notices:serve"  # a member asks the relay to serve one
    OUTCOMES_READ = "outcomes:read"
    OUTCOMES_WRITE = "outcomes:write"
    RECALLS_ACKNOWLEDGE = "recalls:acknowledge"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    SCORES_QUERY = "scores:query"
    SUBJECT_LINKS_WRITE = "subject-links:write"
    TOKENS_EVALUATE = "tokens:evaluate"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


class MemberKind(StrEnum):
    """What kind of machine signs in."""

    PLATFORM = "platform"
    RELAY = "relay"


PLATFORM_SCOPES = frozenset(Scope) - {Scope.NOTICES_RECORD}
RELAY_SCOPES = frozenset({Scope.NOTICES_RECORD, Scope.TOKENS_EVALUATE})


@dataclass(frozen=True, slots=True)
class Caller:
    """The member behind a request, as its access token states it.

    `key_id` is the client key that signed in; it is the "staff" of an audit entry made by a machine.
    """

    member_id: UUID
    group_id: UUID
    scopes: frozenset[Scope]
    policy: str
    key_id: str
