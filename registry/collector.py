"""The garbage collector of processes that answer thousands of requests a second."""

import gc

_ALLOCATIONS_PER_COLLECTION = 50_000


def let_rest() -> None:
    """Leave alone what is here now; the collector need not walk over it for every few hundred requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_PER_COLLECTION, 50, 100)
