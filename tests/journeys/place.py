"""A directory for one journey, which PostgreSQL's own account may pass through."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def place() -> Iterator[Path]:
    """Make a directory and remove it with all that is in it."""
    directory = Path(tempfile.mkdtemp(prefix="registry-journey-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
