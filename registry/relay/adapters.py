"""The ways a letter leaves: one adapter for each channel. Files for development; e-mail in `mail`, SMS in `gateway`."""

import asyncio
import os
from pathlib import Path
from typing import Protocol
from uuid import UUID

from registry.relay.contacts import Contact
from registry.relay.letters import Written


class Unreachable(Exception):
    """The channel will never reach this contact. Any other exception of an adapter may pass by itself."""


class Adapter(Protocol):
    """Delivers letters.

    `deliver` returns when the channel has taken the letter over, and raises otherwise; then nothing was delivered. It
    keeps nothing of the contact, and its errors do not matter beyond their kind: their messages may quote the contact.
    """

    @property
    def channel(self) -> str:
        """Name the channel: `file`, `sms` or `email`."""
        ...

    async def deliver(self, contact: Contact, letter: Written, *, notice_id: UUID) -> None:
        """Send the letter to the contact; under the same id again if it may not have left. Unreachable, or others."""
        ...


class FileAdapter:
    """Writes each letter to a file of its own, for development: the letter, and never whom it is for."""

    channel = "file"

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    async def deliver(self, contact: Contact, letter: Written, *, notice_id: UUID) -> None:  # noqa: ARG002 - see class
        """Write the file, durably."""
        await asyncio.to_thread(self._write, f"{notice_id}.txt", letter.text)

    def _write(self, name: str, text: str) -> None:
        descriptor = os.open(self._directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
