"""The journeys of the product, promises from outside: which are built, and where."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.journeys import (
    j01_quickstart,
    j02_planted,
    j03_once,
    j04_portal,
    j05_appeal,
    j06_silence,
    j07_export,
    j10_everybody,
)

Journey = Callable[[Path], None]

# Each is played in a directory of its own and raises when something is not as promised. None: not built yet.
JOURNEYS: Mapping[str, Journey | None] = MappingProxyType(
    {
        "J1": j01_quickstart.play,
        "J2": j02_planted.play,
        "J3": j03_once.play,
        "J4": j04_portal.play,
        "J5": j05_appeal.play,
        "J6": j06_silence.play,
        "J7": j07_export.play,
        "J8": None,  # key rotation, backup, restore
        "J9": None,  # the same picture at two members
        "J10": j10_everybody.play,
        "J11": None,  # two SDKs, one set of vectors
        "J12": None,  # transparency figures
    }
)
