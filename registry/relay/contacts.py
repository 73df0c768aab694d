"""A contact: the one raw identifier this system ever touches, in memory, for as long as one request."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from registry.errors import Fault, Malformed
from registry_formats import normalise
from registry_formats.cfr1 import Kind
from registry_formats.errors import FormatError

_HOME = "CN"  # of phone numbers that a person types without their country


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


def mailbox(contact: Contact) -> str:
    """Return where e-mail to a contact goes: to the mailbox that its token is of, however the contact was typed.

    Two addresses of one spelling may be two people's (faß.example and fass.example), so what was typed counts for the
    case of its letters alone.

    Raises:
        FormatError: `input_invalid`.
    """
    typed = unicodedata.normalize("NFKC", contact.value).strip()
    spelling = normalise.value(Kind.EMAIL, contact.value)
    return typed if typed.isascii() and typed.lower() == spelling else spelling


def read(typed: str) -> tuple[Contact, str]:
    """Read what a person typed into one field; return the contact and its one spelling.

    Raises:
        Malformed: `request_invalid` with `contact_invalid`.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    try:
        if "@" in text:
            return Contact(ContactKind.EMAIL, text), normalise.value(Kind.EMAIL, text)
        spelling = normalise.value(Kind.PHONE, text, _HOME)
        return Contact(ContactKind.PHONE, spelling), spelling
    except FormatError:
        pass
    raise Malformed("request_invalid", faults=[Fault("/contact", "contact_invalid")])
