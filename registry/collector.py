"""The garbage collector of processes that answer thousands of requests a second."""

import gc

_ALLOCATIONS_PER_COLLECTION = 50_000


def let_rest() -> None:
    """Leave alone what is here now; the collector need not walk over it for every few hundred requests."""
    gc.collect()
    gc.freeze()
    call_rarely()


def call_rarely() -> None:
    """Look for garbage less often: a start makes a million objects to keep, and a sixth of it would go by looking."""
    gc.set_threshold(_ALLOCATIONS_PER_COLLECTION, 50, 100)
