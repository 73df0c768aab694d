"""A subject: what a person has proved to control, in which capacity, and what of a record that lets them see.

There are no accounts. Whoever proves control of a phone number or an e-mail address sees the records that bear it, for
as long as a session lasts. Numbers are given to other people, so a phone by itself shows only that a record is there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Self
from uuid import UUID

from registry.domain.appeal_case import Ground
from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.errors import Conflict, Denied, NotFound
from registry_formats.leaf import JsonValue

SESSION_LIFE = timedelta(minutes=30)
SESSION_USES = 600
LINK_LIFE = timedelta(days=7)
TOKENS_MOST = 32
STATEMENT_MOST = 2_000


class Capacity(StrEnum):
    """For whom somebody acts."""

    SELF = "self"
    AGENT = "agent"
    GUARDIAN = "guardian"


class Mandate(StrEnum):
    """On what basis somebody acts for another."""

    COURT = "court"
    LAWYER = "lawyer"
    PARENT = "parent"
    POWER_OF_ATTORNEY = "power_of_attorney"


MANDATES: Mapping[Capacity, frozenset[Mandate | None]] = MappingProxyType(
    {
        Capacity.SELF: frozenset({None}),
        Capacity.AGENT: frozenset({Mandate.LAWYER, Mandate.POWER_OF_ATTORNEY}),
        Capacity.GUARDIAN: frozenset({Mandate.COURT, Mandate.PARENT}),
    }
)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts and on what basis; `reference` names the document, such as a number of the law firm's own."""

    capacity: Capacity = Capacity.SELF
    mandate: Mandate | None = None
    reference: str = ""

    def checked(self) -> Self:
        """Return it if the basis is one of this capacity. Conflict `mandate_refused`."""
        if self.mandate not in MANDATES[self.capacity] or (self.reference and self.mandate is None):
            raise Conflict("mandate_refused")
        return self


class Sight(StrEnum):
    """How much of a record somebody sees."""

    NOTHING = "nothing"
    LINKED = "linked"  # that it is there, and that one may say "not mine"
    DETAILS = "details"


class Hearing(StrEnum):
    """How much somebody hears of an appeal that they may read."""

    OWN = "own"  # what they say, and the registry to them: a number may be another's now, whom the record is not about
    OPEN = "open"  # what the member hears too: a link proves nothing, and its member may have opened it itself
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whoever a session stands for.

    Args:
        session_id: the session.
        tokens: of every contact proved in it, as stored tokens.
        acting: for whom.
        linked: the one report that a member's link has opened.
        issuer: the member that issued that link.
    """

    session_id: UUID
    tokens: tuple[QueryToken, ...] = field(default=(), repr=False)
    acting: Acting = field(default_factory=Acting)
    linked: UUID | None = None
    issuer: UUID | None = None

    @property
    def kinds(self) -> frozenset[IdentifierKind]:
        """Return which kinds of contact were proved."""
        return frozenset(token.kind for token in self.tokens)

    @property
    def stored(self) -> tuple[bytes, ...]:
        """Return the stored tokens."""
        return tuple(token.stored for token in self.tokens)

    def widened(self, tokens: Collection[QueryToken]) -> Self:
        """Add the tokens of another contact. Conflict `contacts_too_many`."""
        union = tuple(dict.fromkeys((*self.tokens, *tokens)))
        if len(union) > TOKENS_MOST:
            raise Conflict("contacts_too_many")
        return replace(self, tokens=union)

    def sees(self, report_id: UUID, kinds: Collection[IdentifierKind]) -> Sight:
        """Say how much is seen of a report that bears proved contacts of these kinds."""
        if report_id == self.linked:
            return Sight.DETAILS
        return proved_sight(kinds)

    def reads(self, report_id: UUID, kinds: Collection[IdentifierKind]) -> bool:
        """Say whether proved contacts of these kinds show a report's details; a link proves nothing."""
        return bool(kinds) and replace(self, linked=None).sees(report_id, kinds) is Sight.DETAILS

    def told(self) -> dict[str, JsonValue]:
        """Write down for the log in which capacity this was done."""
        return {
            "capacity": self.acting.capacity.value,
            "link_issuer": str(self.issuer) if self.issuer else None,
            "mandate": self.acting.mandate.value if self.acting.mandate else None,
            "mandate_reference": self.acting.reference,
            "session": str(self.session_id),
        }


def proved_sight(kinds: Collection[IdentifierKind]) -> Sight:
    """Say how much proved contacts of these kinds, all of them on the same report, let somebody see."""
    if not kinds:
        return Sight.NOTHING
    return Sight.LINKED if set(kinds) == {IdentifierKind.PHONE} else Sight.DETAILS


def require(found: Sight, needed: Sight) -> None:
    """Demand a sight. NotFound `record_unknown` for what one may not know of; Denied `second_contact_needed`."""
    if found is Sight.NOTHING:
        raise NotFound("record_unknown")
    if needed is Sight.DETAILS and found is not Sight.DETAILS:
        raise Denied("second_contact_needed")


def require_contact(subject: Subject) -> None:
    """Demand that a contact was proved: a member's link shows one record and nothing else. Denied `contact_needed`."""
    if not subject.tokens:
        raise Denied("contact_needed")


def require_more_than_a_phone(subject: Subject) -> None:
    """Demand a contact that is not given to others. Denied `contact_needed`, `second_contact_needed`."""
    require_contact(subject)
    if subject.kinds == {IdentifierKind.PHONE}:
        raise Denied("second_contact_needed")


def grounds(found: Sight) -> tuple[Ground, ...]:
    """Return on which grounds a record seen like this can be contested."""
    return tuple(Ground) if found is Sight.DETAILS else (Ground.SOMEONE_ELSE,)


def reads_appeal(found: Sight, proved: Collection[IdentifierKind]) -> bool:
    """Say whether somebody who sees a record like this may read an appeal lodged by who had proved these contacts.

    Whoever has only the record's phone number reads what was lodged with nothing but that number.
    """
    if found is Sight.DETAILS:
        return True
    return found is Sight.LINKED and set(proved) == {IdentifierKind.PHONE}


def hearing(found: Sight, kinds: Collection[IdentifierKind], proved: Collection[IdentifierKind]) -> Hearing:
    """Say how much of an appeal they hear who may read it.

    Args:
        found: how much of the record they see.
        kinds: of their proved contacts that stand on it.
        proved: likewise, of who lodged the appeal.
    """
    if found is not Sight.DETAILS:
        return Hearing.OWN
    if proved_sight(kinds) is Sight.DETAILS or set(proved) <= set(kinds):
        return Hearing.ALL
    return Hearing.OPEN


def mark_of(appeal_id: UUID, stored: bytes) -> bytes:
    """Make what an appeal remembers of a contact that was proved: nothing to whoever has not its stored token."""
    return sha256(appeal_id.bytes + stored).digest()


def same_contacts(
    subject: Subject, appeal_id: UUID, marks: Collection[bytes], kinds: Collection[IdentifierKind]
) -> frozenset[IdentifierKind]:
    """Return the kinds of those contacts with which an appeal was lodged that this person has proved as well.

    A record may bear two contacts of one kind, and the member chose both: the other one may be a colluder's.

    Args:
        subject: who is here.
        appeal_id: the appeal.
        marks: what it remembers; an appeal from before there were any goes by kinds.
        kinds: of the proved contacts that stand on the record.
    """
    if not marks:
        return frozenset(kinds)
    return frozenset(one.kind for one in subject.tokens if mark_of(appeal_id, one.stored) in marks)


def require_standing(kinds: Collection[IdentifierKind], proved: Collection[IdentifierKind]) -> None:
    """Demand what the person had proved who lodged an appeal, on the same record. Denied `second_contact_needed`.

    Another contact beside a victim's own may be a colluder's, who must not take back or answer what the victim said.
    """
    if not set(proved) <= set(kinds):
        raise Denied("second_contact_needed")
