"""The band is a function of the score and of nothing else."""

from registry.domain.ids import Band
from registry.domain.score_model import ScoreModel


def band_of(model: ScoreModel, score: int) -> Band:
    """Return the band of a score of 0 to 1000 points; `none` says that nothing counts, and is no praise."""
    low, guarded, high, severe = model.bands
    if score < low:
        return Band.NONE
    if score < guarded:
        return Band.LOW
    if score < high:
        return Band.GUARDED
    return Band.HIGH if score < severe else Band.SEVERE
