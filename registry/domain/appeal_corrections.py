"""What a decision that amends a record corrects: like a member's own amendment, it may only correct or lessen."""

from dataclasses import dataclass

from registry.domain.ids import Confidence
from registry.errors import Conflict


@dataclass(frozen=True, slots=True)
class Correction:
    """What a record says from now on; None where it says what it did."""

    amount_minor: int | None = None
    confidence: Confidence | None = None
    aggravations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Gravity:
    """What a record says about how grave the act was: amount in minor units, strength of proof, aggravations."""

    amount_minor: int
    confidence: Confidence
    aggravations: frozenset[str]


def check(correction: Correction | None, stated: Gravity, *, amends: bool) -> None:
    """Refuse a decision that amends nothing, or says what to correct without amending, or makes anything graver.

    Errors: Conflict `appeal_correction_missing`, `appeal_correction_refused`.
    """
    if amends:
        correct(correction, stated)
    elif correction is not None:
        raise Conflict("appeal_correction_refused")


def correct(correction: Correction | None, stated: Gravity) -> Gravity:
    """Return what the record says once it is corrected. Errors as `check`."""
    if correction is None:
        raise Conflict("appeal_correction_missing")
    after = Gravity(
        stated.amount_minor if correction.amount_minor is None else correction.amount_minor,
        correction.confidence or stated.confidence,
        stated.aggravations if correction.aggravations is None else correction.aggravations,
    )
    if after == stated:
        raise Conflict("appeal_correction_missing")
    # The letters of confidence run from the strongest to the weakest.
    lessens = after.amount_minor <= stated.amount_minor and after.confidence >= stated.confidence
    if not lessens or not after.aggravations <= stated.aggravations:
        raise Conflict("appeal_correction_refused")
    return after
