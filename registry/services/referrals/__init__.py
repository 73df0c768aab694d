"""Referral: a record with its proofs handed to an authority or a provider, when two people say so."""

from registry.services.referrals.bundles import assemble
from registry.services.referrals.steps import Desk, Found, LogEntry, decide, find, hand_over, propose

__all__ = ["Desk", "Found", "LogEntry", "assemble", "decide", "find", "hand_over", "propose"]
