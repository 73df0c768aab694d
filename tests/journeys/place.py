"""A directory for one journey, which PostgreSQL's own account may pass through."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import scratch


@contextmanager
def place() -> Iterator[Path]:
    """Make a directory and remove it with all that is in it."""
    directory = scratch("registry-journey-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
