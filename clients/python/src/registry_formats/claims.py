"""Claim references: a refund claim named so that only its member can say which it was (domain.md, section 6).

k = HMAC-SHA-256(the member's claim key, claim id); reference = SHA-256("CFR1-claim" ‖ k ‖ claim id). The member shows
(k, id) to an auditor who asks; the key itself never leaves it.
"""

import hmac
from hashlib import sha256

from registry_formats.errors import FormatError

CLAIM_KEY_BYTES = 32
_DOMAIN = b"CFR1-claim"


def opening(claim_key: bytes, claim_id: str) -> bytes:
    """Return k, which opens the reference of a claim; FormatError `claim_key_short`, `claim_id_empty`."""
    if len(claim_key) < CLAIM_KEY_BYTES:
        raise FormatError("claim_key_short")
    if not claim_id:
        raise FormatError("claim_id_empty")
    return hmac.digest(claim_key, claim_id.encode(), "sha256")


def reference(opened: bytes, claim_id: str) -> bytes:
    """Return the 32 bytes that name a claim in queries and reports."""
    return sha256(_DOMAIN + opened + claim_id.encode()).digest()


def opens(named: bytes, opened: bytes, claim_id: str) -> bool:
    """Say whether (k, id) open this reference."""
    return hmac.compare_digest(named, reference(opened, claim_id))
