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


def lessened(correction: Correction | None, stated: Gravity) -> Gravity:
    """Return what a record says once a decision is applied, in each part the lesser of the two.

    The member may have corrected it since the decision was drafted or the court ruled: that takes nothing away from the
    decision, and the decision nothing from that. Conflict `appeal_correction_missing`, without any.
    """
    if correction is None:
        raise Conflict("appeal_correction_missing")
    kept = stated.aggravations if correction.aggravations is None else correction.aggravations
    return Gravity(
        stated.amount_minor if correction.amount_minor is None else min(correction.amount_minor, stated.amount_minor),
        # The letters of confidence run from the strongest to the weakest.
        max(correction.confidence or stated.confidence, stated.confidence),
        stated.aggravations & kept,
    )


def correct(correction: Correction | None, stated: Gravity) -> Gravity:
    """Return what a record would say once it is corrected as proposed. Errors as `check`."""
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
