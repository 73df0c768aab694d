"""Chance that can be checked: drawn from a secret seed and an id, so nobody chooses and everybody can recompute.

The seed of a period is drawn after its reports are filed and published once its samples are signed off.
"""

import hmac
from collections.abc import Iterable, Sequence
from uuid import UUID

from registry.domain.policy import IntegrityRules

_MILLION = 10**6
_RANGE = 2**64


def lot(seed: bytes, id_: UUID) -> int:
    """Return a number below 2^64: the first eight bytes of HMAC-SHA-256(seed, id), big endian (RFC 2104)."""
    return int.from_bytes(hmac.digest(seed, id_.bytes, "sha256")[:8])


def drawn(seed: bytes, report_id: UUID, rules: IntegrityRules) -> bool:
    """Say whether a report is looked at again by people who did not confirm it: two in a hundred, at random."""
    return lot(seed, report_id) * _MILLION < rules.readjudication_ppm * _RANGE


def sample(seed: bytes, ids: Iterable[UUID], size: int) -> tuple[UUID, ...]:
    """Return so many of the ids, or all if there are fewer, in an order that depends on the seed alone."""
    return tuple(sorted(set(ids), key=lambda id_: (lot(seed, id_), id_))[:size])


def waits(this_week: int, weeks_before: Sequence[int], rules: IntegrityRules) -> bool:
    """Say whether a member's reports wait until a sample of them is audited.

    Args:
        this_week: reports filed in the last seven days, this one included.
        weeks_before: reports of the weeks before, the latest first; weeks before the first one count as none.
        rules: how far above the usual week is too far.
    """
    usual = sum(weeks_before[: rules.brake_trailing_weeks])
    too_many = this_week * rules.brake_trailing_weeks > rules.brake_factor * usual
    return too_many and this_week > rules.brake_free_reports
