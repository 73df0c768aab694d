"""Random bytes for a path that needs a few of them thousands of times a second."""

from collections.abc import Callable

_DRAW = 1 << 14


class Entropy:
    """Draws much at once and hands out little, each byte once.

    Args:
        draw: the operating system's generator. One instance serves one process: a copy would hand out the same bytes.
    """

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        self._draw = draw
        self._drawn = b""
        self._used = 0

    def __call__(self, size: int) -> bytes:
        """Return so many fresh bytes."""
        end = self._used + size
        if end > len(self._drawn):
            self._drawn, self._used, end = self._draw(max(_DRAW, size)), 0, size
        fresh = self._drawn[self._used : end]
        self._used = end
        return fresh

    def __reduce__(self) -> str:
        """Refuse to be copied or sent to another process."""
        raise TypeError("entropy is not to be copied")
