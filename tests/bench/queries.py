"""Single queries under load: against the framework's bare answer, against the naive path, and at half of the peak."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.bench import load
from tests.bench.people import questions
from tests.bench.servers import Server
from tests.bench.stage import Stage
from tests.ports import HOST

QUERY = "/v1/scores:query"
ROUNDS = 9
HELLO_REQUESTS, QUERY_REQUESTS, NAIVE_REQUESTS = 20_000, 12_000, 1_500
WARM_UP = 500
PACED_SECONDS = 15
# So many keep every server busy to the last; with fewer, whoever gathers questions gathers less.
CROWD, FEW = 768, 256


@dataclass(frozen=True, slots=True)
class Pair:
    """Answers per second in each round, of the bare answer and of ours, over the same number of connections."""

    hello: list[float] = field(default_factory=list)
    query: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median over the rounds of our rate by the bare one of the same round."""
        return _ratio(self.query, self.hello)


@dataclass(frozen=True, slots=True)
class Rates:
    """Answers per second in each round, and what the worker weighed after those over few connections."""

    crowd: Pair
    few: Pair
    naive: list[float]
    resident_mb: float

    @property
    def over_naive(self) -> float:
        """Return the median over the rounds of our rate by the naive path's, over few connections."""
        return _ratio(self.few.query, self.naive)

    @property
    def peak(self) -> float:
        """Our median rate under the crowd."""
        return statistics.median(self.crowd.query)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


@contextmanager
def api(stage: Stage) -> Iterator[Server]:
    """Serve the registry's API."""
    with stage.serving("registry.app:from_environment", "/readyz") as server:
        yield server


def rates(stage: Stage) -> Rates:
    """Load three servers of one worker each in turns, so that a noisy minute hits all of them."""
    crowd, few, naive_rates = Pair(), Pair(), list[float]()
    with (
        api(stage) as ours,
        stage.serving("tests.bench.hello:app", "/hello") as hello,
        stage.serving("tests.bench.naive:app", "/docs") as naive,
    ):
        for server in (ours, naive):
            warm(stage, server)
        for _ in range(ROUNDS):
            add_round(stage, few, (hello, ours), FEW)
            naive_rates.append(_full_speed(naive, asked(stage, NAIVE_REQUESTS)))
            stage.say(f"over {FEW}: naive {naive_rates[-1]:.0f}/s")
        resident_mb = ours.resident_mb()
        for _ in range(ROUNDS):
            add_round(stage, crowd, (hello, ours), CROWD)
        stage.say(f"{resident_mb:.1f} MB after the few, {ours.resident_mb():.1f} MB after the crowd")
        return Rates(crowd, few, naive_rates, resident_mb)


def add_round(stage: Stage, pair: Pair, servers: tuple[Server, Server], connections: int) -> None:
    """Load the bare answer and ours, one after the other, over so many connections."""
    hello, ours = servers
    pair.hello.append(_full_speed(hello, [load.get("/hello")] * HELLO_REQUESTS, connections))
    pair.query.append(_full_speed(ours, asked(stage, QUERY_REQUESTS), connections))
    stage.say(f"over {connections}: hello {pair.hello[-1]:.0f}/s, query {pair.query[-1]:.0f}/s")


def p99_ms(stage: Stage, peak: float) -> float:
    """Return the latency that 99 of 100 queries stay under, at half of the peak rate."""
    with api(stage) as server:
        warm(stage, server)
        outcome = paced(stage, server, peak / 2)
    stage.say(f"{outcome.answers} answers at {outcome.rate:.0f}/s, p50 {outcome.quantile(0.5):.1f} ms")
    return outcome.quantile(0.99)


def paced(stage: Stage, server: Server, rate: float) -> load.Outcome:
    """Ask at a given rate."""
    requests = asked(stage, int(rate * PACED_SECONDS))
    return _good(load.run_paced(HOST, server.port, requests, rate=rate))


def asked(stage: Stage, count: int) -> list[bytes]:
    """Prepare queries, each for a claim of its own."""
    token = stage.access_token()
    return [load.post(QUERY, body, token=token) for body in questions(stage.reported, count)]


def warm(stage: Stage, server: Server) -> None:
    """Ask a server its first questions."""
    # Too few to have a sustained rate.
    _good(load.run(HOST, server.port, asked(stage, WARM_UP)))


def _full_speed(server: Server, requests: list[bytes], connections: int = FEW) -> float:
    return _good(load.run(HOST, server.port, requests, connections=connections)).sustained


def _good(outcome: load.Outcome) -> load.Outcome:
    if outcome.refused:
        raise RuntimeError(f"not all were answered: {dict(outcome.statuses)}")
    return outcome
