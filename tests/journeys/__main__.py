"""`make journeys`: print `Jn ok|fail|absent SECONDS`, a line each; `ONLY=Jn` plays one. Exit 1 if one fails."""

import sys
import time
import traceback

from tests.browser.chromium import ChromiumMissing
from tests.journeys.place import place
from tests.journeys.roll import JOURNEYS, Journey


def outcome(journey: Journey | None) -> str:
    """Play a journey and say how it went."""
    if journey is None:
        return "absent"
    try:
        with place() as directory:
            journey(directory)
    except ChromiumMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return "absent"
    except Exception:  # noqa: BLE001 - whatever goes wrong, the other journeys are still to be played
        traceback.print_exc()
        return "fail"
    return "ok"


def main(only: list[str]) -> int:
    """Play the journeys that were asked for, all if none was."""
    unknown = set(only) - JOURNEYS.keys()
    if unknown:
        sys.stderr.write(f"no such journey: {', '.join(sorted(unknown))}; there are J1 to J{len(JOURNEYS)}\n")
        return 2
    outcomes = set()
    for name in only or JOURNEYS:
        began = time.monotonic()
        result = outcome(JOURNEYS[name])
        outcomes.add(result)
        sys.stdout.write(f"{name} {result} {time.monotonic() - began:.1f}\n")
        sys.stdout.flush()
    return 1 if "fail" in outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
