"""A contact: the one raw identifier this system ever touches, in memory, for as long as one request."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn


class ContactKind(StrEnum):
    """What a letter can be sent to."""

    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone number or e-mail address. It shows only its kind, and refuses to be pickled or copied."""

    kind: ContactKind
    value: str = field(repr=False)

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Keep the contact in the process that read it."""
        raise TypeError("a contact is never serialised")
