"""The API's side of its teller: starts it when the first question needs it, and again if it dies."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, cast

from registry.domain.closures import ClosureCase
from registry.errors import Conflict, Unavailable
from registry.teller.coalescing import BATCH_PATIENCE_SECONDS, PATIENCE_SECONDS
from registry.teller.frames import READY, Kind, Orders, Outcome, Question, Replies, Told, frame, plain_case

# A teller keeps its own patience; one that does not answer within this time more hangs.
_GRACE_SECONDS = 1.0
_START_SECONDS = 30.0


class _Ask(NamedTuple):
    future: asyncio.Future[Told]
    until: float


class Program(Protocol):
    """What was started."""

    def kill(self) -> None:
        """End it at once."""

    def wait(self, timeout: float | None = None) -> object:
        """Return when it has ended; `subprocess.TimeoutExpired` if it has not in so many seconds."""


Launch = Callable[[socket.socket], Program]


def as_process(end: socket.socket) -> subprocess.Popen[bytes]:
    """Start a teller with this end of the socket as its standard input."""
    command = [sys.executable, "-m", "registry.teller"]
    return subprocess.Popen(command, stdin=end.fileno(), stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


class Teller:
    """Has questions answered by a process of its own.

    Args:
        orders: what it is started with.
        launch: starts it at the other end of a socket.
    """

    def __init__(self, orders: Orders, launch: Launch) -> None:
        self._orders = orders
        self._launch = launch
        self._turn = asyncio.Lock()
        self._line: _Line | None = None

    async def open(self) -> None:
        """Start the process, so that the first question need not wait for it; `teller_unavailable` if it cannot."""
        async with self._turn:
            if self._line is None or self._line.closed:
                self._line = await _start(self._orders, self._launch)

    async def ask(self, questions: Sequence[Question], *, batch: bool = False) -> Told:
        """Have one question answered, or a batch of one member's, once its trace is durable.

        Raises:
            Conflict: against a rule.
            Unavailable: nothing durable could be done in time, or the teller died; nothing is told.
        """
        patience = BATCH_PATIENCE_SECONDS if batch else PATIENCE_SECONDS
        kind = Kind.BATCH if batch else Kind.ONE
        return await self._ask((kind, questions[0].request_sha256, [one.plain() for one in questions]), patience)

    async def ask_closure(self, question: Question, case: ClosureCase) -> Told:
        """Have it said whether the person behind a claim may be shut out. Raises as `ask`."""
        ask = (Kind.CLOSURE, question.request_sha256, [question.plain()], plain_case(case))
        return await self._ask(ask, PATIENCE_SECONDS)

    async def _ask(self, ask: tuple[object, ...], patience: float) -> Told:
        if self._line is None or self._line.closed:
            await self.open()
        return await cast("_Line", self._line).ask(ask, patience)

    async def close(self) -> None:
        """Let the process finish what is under way, and end it."""
        if self._line is not None:
            await self._line.close()


class _Line(asyncio.Protocol):
    """A running teller and those who wait for it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._replies = Replies()
        self._asks: dict[int, _Ask] = {}
        self._outgoing: list[tuple[object, ...]] = []
        self._number = 0
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.closed = True
        self.program.kill()
        self._reaped = self._loop.run_in_executor(None, self.program.wait)
        if not self.ready.done():
            self.ready.set_exception(Unavailable("teller_unavailable"))
        for ask in self._asks.values():
            if not ask.future.done():
                ask.future.set_exception(Unavailable("teller_unavailable"))
        self._asks.clear()

    def data_received(self, data: bytes) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
            data = data[len(READY) :]
        for number, outcome, repeats, body in self._replies.feed(data):
            future = self._asks.pop(number).future
            if future.done():  # who asked has left
                continue
            if outcome == Outcome.TOLD:
                future.set_result(Told(body, repeats))
            else:
                future.set_exception(_refusal(Outcome(outcome), body.decode()))

    def ask(self, ask: tuple[object, ...], patience: float) -> asyncio.Future[Told]:
        """Send an ask together with all others of this turn of the event loop."""
        self._number = number = (self._number + 1) % (1 << 32)
        if not self._outgoing:
            self._loop.call_soon(self._send)
        self._outgoing.append((number, *ask))
        future: asyncio.Future[Told] = self._loop.create_future()
        self._asks[number] = _Ask(future, self._loop.time() + patience + _GRACE_SECONDS)
        if self._watch is None:
            self._watch = self._loop.call_later(_GRACE_SECONDS, self._look)
        return future

    async def close(self) -> None:
        if not self.closed:
            self._transport.write_eof()
        await asyncio.to_thread(_wait, self.program)
        if not self.closed:
            self._transport.close()

    def _send(self) -> None:
        asks, self._outgoing = self._outgoing, []
        if not self.closed:
            self._transport.write(frame(asks))

    def _look(self) -> None:
        """Give up a teller that hangs: its asks fail, and the next one starts another."""
        self._watch = None
        oldest = next(iter(self._asks.values()), None)
        if oldest is None:
            return
        if self._loop.time() > oldest.until:
            self._transport.abort()
        else:
            self._watch = self._loop.call_later(_GRACE_SECONDS, self._look)


def _refusal(outcome: Outcome, code: str) -> Exception:
    match outcome:
        case Outcome.REFUSED:
            return Conflict(code)
        case Outcome.UNAVAILABLE:
            return Unavailable(code)
        case _:
            return RuntimeError("the teller failed and has logged why")


async def _start(orders: Orders, launch: Launch) -> _Line:
    ours, theirs = socket.socketpair()
    with theirs:
        program = launch(theirs)
    transport, line = await asyncio.get_running_loop().create_unix_connection(lambda: _Line(program), sock=ours)
    transport.write(orders.frame())
    try:
        async with asyncio.timeout(_START_SECONDS):
            await line.ready
    except TimeoutError:
        transport.abort()
        raise Unavailable("teller_unavailable") from None
    return line


def _wait(program: Program) -> None:
    try:
        program.wait(BATCH_PATIENCE_SECONDS + _GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
