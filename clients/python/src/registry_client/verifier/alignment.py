"""Compare two sequences of hashes as they stream by, and name what was changed, taken out or put in, each by index."""

from collections.abc import Sequence

from registry_client.verifier.findings import Fault, Faults, Finding
from registry_client.verifier.rows import Blank, Hash

REACH = 1024  # how many entries taken out or put in at one place are still recognised as such


class Alignment:
    """Holds what is not matched yet of both sequences, never much more than REACH.

    Args:
        faults: to add to.
        place: to name with each.
    """

    def __init__(self, faults: Faults, place: str = "") -> None:
        self._faults = faults
        self._place = place
        self._found: list[Hash] = []
        self._true: list[Hash] = []
        self._position = 0  # of the first of `_true`

    def feed(self, found: Sequence[Hash], true: Sequence[Hash]) -> None:
        """Go on with the hashes of the entries found, and those that the tree vouches for."""
        if not self._found and not self._true and found == true:
            self._position += len(true)
            return
        self._found += found
        self._true += true
        if min(len(self._found), len(self._true)) > 2 * REACH:
            self._settle(REACH)

    def finish(self) -> None:
        """Compare what is left."""
        self._settle(0)
        self._name(Finding.ENTRY_MISSING, 0, _known(self._true))
        self._name(Finding.ENTRY_INSERTED, 0, _known(self._found))

    def _settle(self, ahead: int) -> None:
        """Match until fewer than `ahead` are left to look ahead into; 0 at the end."""
        found, true = self._found, self._true
        i = j = 0
        while len(found) - i > ahead and len(true) - j > ahead:
            if _same(found[i], true[j]):
                i, j = i + 1, j + 1
                continue
            taken, put = _distance(found[i], true, j), _distance(true[j], found, i)
            if taken and (not put or taken <= put):
                self._name(Finding.ENTRY_MISSING, j, taken)
                j += taken
            elif put:
                self._name(Finding.ENTRY_INSERTED, j, put)
                i += put
            else:
                self._name(Finding.ENTRY_CHANGED, j, 1)
                i, j = i + 1, j + 1
        del found[:i], true[:j]
        self._position += j

    def _name(self, finding: Finding, ahead: int, count: int) -> None:
        if count:
            first = self._position + ahead
            self._faults.add(Fault(finding, first, first + count - 1 if count > 1 else None, self._place))


def _same(one: Hash, other: Hash) -> bool:
    return one == other or Blank.UNREAD in {one, other}


def _distance(value: Hash, sequence: list[Hash], start: int) -> int:
    """Tell how far ahead a hash comes again; 0 if it does not."""
    try:
        return sequence.index(value, start + 1, start + 1 + REACH) - start
    except ValueError:
        return 0


def _known(row: list[Hash]) -> int:
    return sum(one is not Blank.UNREAD for one in row)
