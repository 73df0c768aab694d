"""Follow numbers that somebody gives out one after another, whatever the order in which they come."""

from dataclasses import dataclass, field

_MOST_EARLY = 4096


@dataclass(frozen=True, slots=True)
class Seen:
    """A leaf by its index in a log, and its time."""

    log: str
    index: int
    t_ms: int


@dataclass(slots=True)
class Numbers:
    """Every number up to `whole` was seen but for `holes`, and some that came before their turn."""

    whole: int = 0
    early: dict[int, Seen] = field(default_factory=dict)
    holes: dict[int, tuple[int, Seen]] = field(default_factory=dict)  # by first number: the last, and what came after

    def take(self, number: int, seen: Seen) -> bool:
        """Put a number where it belongs; False if it was there before."""
        if number > self.whole:
            known = number in self.early
            self.early[number] = seen
            self._catch_up()
            if len(self.early) > _MOST_EARLY:
                self._skip()
            return not known
        return self._fill(number)

    def finish(self) -> list[tuple[int, int, Seen]]:
        """Name what is missing below the highest number: first, last, and what came after."""
        while self.early:
            self._skip()
        return [(first, last, seen) for first, (last, seen) in sorted(self.holes.items())]

    def _skip(self) -> None:
        """Leave a hole before the lowest number that came early."""
        following = min(self.early)
        self.holes[self.whole + 1] = following - 1, self.early[following]
        self.whole = following - 1
        self._catch_up()

    def _catch_up(self) -> None:
        while self.whole + 1 in self.early:
            self.whole += 1
            del self.early[self.whole]

    def _fill(self, number: int) -> bool:
        """Take a number out of the hole it is in."""
        for first, (last, seen) in self.holes.items():
            if first <= number <= last:
                del self.holes[first]
                parts = ((first, number - 1), (number + 1, last))
                self.holes |= {start: (end, seen) for start, end in parts if start <= end}
                return True
        return False
