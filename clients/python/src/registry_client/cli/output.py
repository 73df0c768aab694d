"""What commands write: results to standard output, for people or as JSON; progress to standard error."""

import json
import sys
import time
from collections.abc import Sequence

from registry_client.verifier.findings import Outcome, Report, judge

_EVERY_SECONDS = 0.5


def say(text: str) -> None:
    """Tell people something that is no result."""
    sys.stderr.write(f"{text}\n")


def emit(reports: Sequence[Report], *, as_json: bool) -> Outcome:
    """Write what was found, and return how it ended as a whole."""
    outcome = judge(fault for report in reports for fault in report.faults)
    if as_json:
        checks = [
            {
                "subject": report.subject,
                "outcome": report.outcome.name.lower(),
                **report.facts,
                "faults": [fault.members() for fault in report.faults],
            }
            for report in reports
        ]
        sys.stdout.write(f"{json.dumps({'outcome': outcome.name.lower(), 'checks': checks}, ensure_ascii=False)}\n")
        return outcome
    for report in reports:
        facts = "".join(f", {name} {value}" for name, value in report.facts.items())
        sys.stdout.write(f"{report.subject}{facts}\n")
        sys.stdout.writelines(f"  {fault.line()}\n" for fault in report.faults)
    sys.stdout.write(f"{outcome.name.lower()}\n")
    return outcome


class Progress:
    """Shows how far long work has come: one line that is written over on a terminal, else a line every tenth.

    Args:
        what: what is counted.
        quiet: show nothing.
    """

    def __init__(self, what: str, *, quiet: bool) -> None:
        self._what = what
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._next = 0.0
        self._tenth = 0

    def tell(self, done: int, of: int) -> None:
        """Say that so many are done."""
        if self._quiet or not of:
            return
        if self._live:
            now = time.monotonic()
            if now >= self._next or done == of:
                self._next = now + _EVERY_SECONDS
                sys.stderr.write(f"\r{done * 100 // of:3d} % of {of} {self._what}" + ("\n" if done == of else ""))
                sys.stderr.flush()
        elif done * 10 // of > self._tenth:
            self._tenth = done * 10 // of
            say(f"{self._tenth * 10} % of {of} {self._what}")
