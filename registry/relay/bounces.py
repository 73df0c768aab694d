"""Bounces without a mailbox: each e-mail leaves under a return address of its own, which says which letter came back.

A mail server that refuses a letter at once is answered in the same breath (`Unreachable`). One that takes it and gives
up later writes to the letter's return address (VERP): `bounces+<mark>@…`. The operator's mail server, or mail service,
turns each such message into `POST /v1/bounces/<mark>`, without its content, which quotes the contact. The mark holds
the notice's id and is signed, so that nobody can declare a letter of somebody else's undelivered.
"""

import base64
import hmac
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MAC_BYTES = 10
_MARK = 32 + 16  # hex of the id, base32 of the MAC: e-mail does not tell small letters from capitals


class Marks:
    """Writes and reads marks, under a key that only this relay can derive."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = hmac.digest(key.private_bytes_raw(), b"registry/relay/bounces/v1", "sha256")

    def write(self, notice_id: UUID) -> str:
        """Return the mark of a notice: 48 characters of a-z and 0-9."""
        mac = hmac.digest(self._key, notice_id.bytes, "sha256")[:_MAC_BYTES]
        return notice_id.hex + base64.b32encode(mac).decode().lower()

    def read(self, mark: str) -> UUID | None:
        """Return the notice a mark was written for, None for any other text."""
        if len(mark) != _MARK:
            return None
        try:
            notice_id = UUID(hex=mark[:32])
        except ValueError:
            return None
        is_ours = hmac.compare_digest(self.write(notice_id).encode(), mark.lower().encode())
        return notice_id if is_ours else None
