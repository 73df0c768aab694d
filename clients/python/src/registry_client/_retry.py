"""When to try again and when to stop: 408, 429, 5xx and lost connections, with jitter, within a caller's patience."""

from collections.abc import Callable
from dataclasses import dataclass

from registry_client._http import Flow, NoReply, Pause, Reply, Request, Send
from registry_client.errors import code_of, is_transient, read_retry_after

HONOURED_SECONDS = 60.0
# The first attempt, whose connection was lost, is still at work: its answer is what we come back for.
UNDER_WAY = frozenset({"idempotency_in_flight", "notice_under_way"})


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how patiently.

    Args:
        attempts: in all, the first one included.
        first: seconds before the second attempt, doubled with each further one.
        longest: seconds between two attempts, unless the registry asks for more.
    """

    attempts: int = 4
    first: float = 0.5
    longest: float = 8.0

    def pause(self, attempt: int, reply: Reply | None, *, draw: float, now: float) -> float | None:
        """Say how long to wait after attempt number `attempt` (from 1); None to give up.

        Args:
            attempt: how many were made.
            reply: the last one, None if nothing came back.
            draw: a uniform random number of [0, 1), so that many members do not come back in the same instant.
            now: seconds since 1970.
        """
        if attempt >= self.attempts or not (reply is None or _may_change(reply)):
            return None
        backoff: float = min(self.longest, self.first * 2 ** (attempt - 1)) * (1 - draw / 2)
        asked = read_retry_after(reply.headers.get("retry-after"), now=now) if reply else None
        if asked is None:
            return backoff
        # Coming back before it was asked for would be refused again, and waiting longer helps no caller.
        return max(asked, backoff) if asked <= HONOURED_SECONDS else None


def attempts(
    build: Callable[[], Request],
    retry: Retry,
    *,
    timeout: float,
    until: float,
    clock: Callable[[], float],
    draw: Callable[[], float],
) -> Flow[Reply | NoReply]:
    """Send until there is an answer worth giving to the caller; return the last one.

    Args:
        build: called for each attempt, because some requests must be signed anew.
        retry: how often.
        timeout: seconds for each attempt.
        until: the time on `clock` (seconds since 1970) after which nothing new is begun.
        clock: tells the time.
        draw: a uniform random number of [0, 1).
    """
    attempt = 0
    while True:
        attempt += 1
        outcome: Reply | NoReply = yield Send(build(), max(0.001, min(timeout, until - clock())))
        pause = retry.pause(attempt, outcome if isinstance(outcome, Reply) else None, draw=draw(), now=clock())
        if pause is None or clock() + pause >= until:
            return outcome
        yield Pause(pause)


def _may_change(reply: Reply) -> bool:
    return is_transient(reply.status) or code_of(reply.content) in UNDER_WAY
