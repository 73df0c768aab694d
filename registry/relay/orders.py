"""What the relay is asked for, what it finds due, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.domain.letters import Letter
from registry.relay.contacts import Contact, ContactKind


@dataclass(frozen=True, slots=True)
class Order:
    """What a member asks for: the report, the contact to tell, and the language to tell it in."""

    member_id: UUID
    report_id: UUID
    contact: Contact
    language: str


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that the registry says is due: the facts of its letter, and the contact's tokens in text form."""

    notice_id: UUID
    order: Order
    tokens: tuple[str, ...]
    letter: Letter
    appeal_url: str
    livemode: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """What the member learns. `repeated`: this contact was served before, and nothing was sent now."""

    livemode: bool
    report_id: UUID
    kind: ContactKind
    served_at: datetime
    repeated: bool
