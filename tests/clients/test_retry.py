"""When the SDK comes back, and when it gives up; no time passes here."""

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_client._http import NoReply, Pause, Reply, Request, Send
from registry_client._retry import HONOURED_SECONDS, Retry, attempts

RETRY = Retry(attempts=4, first=0.5, longest=8.0)
OK = Reply(200, {}, b"")
LOST = NoReply("ConnectError")


def reply(status: int, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


def drive(
    outcomes: Iterator[Reply | NoReply], *, patience: float = 1_000, build: Callable[[], Request] | None = None
) -> tuple[Reply | NoReply, list[float], list[float]]:
    """Run the flow on a clock that moves only with its pauses; return the outcome, the pauses and the time-outs."""
    now = 1_000_000.0
    pauses: list[float] = []
    timeouts: list[float] = []
    flow = attempts(
        build or (lambda: Request("GET", "/")),
        RETRY,
        timeout=10,
        until=now + patience,
        clock=lambda: now,
        draw=lambda: 0.0,
    )
    step = next(flow)
    while True:
        try:
            match step:
                case Send():
                    timeouts.append(step.timeout)
                    step = flow.send(next(outcomes))
                case Pause(seconds):
                    pauses.append(seconds)
                    now += seconds
                    step = flow.send(None)
        except StopIteration as done:
            return done.value, pauses, timeouts


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_may_change_in_a_moment_is_tried_again(status: int) -> None:
    outcome, pauses, _ = drive(iter([reply(status), OK]))
    assert (outcome, len(pauses)) == (OK, 1)


@pytest.mark.parametrize("status", [200, 201, 204, 301, 400, 401, 403, 404, 409, 413, 415, 422])
def test_what_will_not_change_is_not_asked_again(status: int) -> None:
    outcome, pauses, _ = drive(iter([reply(status)]))
    assert (outcome, pauses) == (reply(status), [])


def test_a_lost_connection_is_tried_again() -> None:
    assert drive(iter([LOST, LOST, OK]))[:2] == (OK, [0.5, 1.0])


@pytest.mark.parametrize("code", ["idempotency_in_flight", "notice_under_way"])
def test_an_answer_still_being_made_for_an_earlier_attempt_is_waited_for(code: str) -> None:
    in_flight = Reply(409, {}, json.dumps({"code": code}).encode())
    assert drive(iter([LOST, in_flight, OK]))[0] == OK


def test_it_gives_up_after_the_last_attempt_with_the_last_answer() -> None:
    outcome, pauses, _ = drive(iter([LOST, LOST, reply(500), reply(503)]))
    assert (outcome, pauses) == (reply(503), [0.5, 1.0, 2.0])


def test_the_wait_that_was_asked_for_is_kept() -> None:
    assert drive(iter([reply(429, retry_after="7"), OK]))[1] == [7.0]


def test_the_wait_may_be_a_date() -> None:
    # 1,000,000 seconds since 1970 are 1970-01-12 13:46:40.
    assert drive(iter([reply(503, retry_after="Mon, 12 Jan 1970 13:46:50 GMT"), OK]))[1] == [10.0]


@pytest.mark.parametrize("nonsense", ["", "soon", "-1", "1e3", "٣"])
def test_a_wait_that_cannot_be_read_is_ignored(nonsense: str) -> None:
    assert drive(iter([reply(503, retry_after=nonsense), OK]))[1] == [0.5]


def test_a_longer_wait_than_a_minute_is_the_callers_to_decide() -> None:
    told = reply(429, retry_after=str(int(HONOURED_SECONDS) + 1))
    assert drive(iter([told]))[:2] == (told, [])


def test_it_never_waits_past_the_callers_patience() -> None:
    outcome, pauses, _ = drive(iter([LOST, LOST, reply(503)]), patience=1.2)
    assert (outcome, pauses) == (LOST, [0.5])


def test_no_attempt_lasts_longer_than_the_patience_left() -> None:
    assert drive(iter([LOST, OK]), patience=4)[2] == [4, 3.5]


def test_each_attempt_is_built_anew() -> None:
    built: list[Request] = []

    def build() -> Request:
        built.append(Request("POST", "/", {"n": str(len(built))}))
        return built[-1]

    drive(iter([LOST, OK]), build=build)
    assert [request.headers["n"] for request in built] == ["0", "1"]


@given(st.integers(1, 3), st.floats(0, 1, exclude_max=True), st.sampled_from([LOST, reply(500), reply(429)]))
def test_jitter_spreads_every_wait_over_the_upper_half(attempt: int, draw: float, outcome: Reply | NoReply) -> None:
    full = min(RETRY.longest, RETRY.first * 2 ** (attempt - 1))
    pause = RETRY.pause(attempt, outcome if isinstance(outcome, Reply) else None, draw=draw, now=0)
    assert pause is not None
    assert full / 2 <= pause <= full


@given(st.integers(0, 60), st.floats(0, 1, exclude_max=True))
def test_it_never_comes_back_earlier_than_it_was_asked_to(asked: int, draw: float) -> None:
    pause = RETRY.pause(1, reply(429, retry_after=str(asked)), draw=draw, now=0)
    assert pause is not None
    assert pause >= asked
