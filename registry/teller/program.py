"""What a teller does from its orders on: answer until the other end of its socket closes."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import cast

import orjson

from registry import keys, masters, policies
from registry.clock import Clock, moved_time, real_time
from registry.crypto.checkpoint import SigningKey
from registry.crypto.entropy import Entropy
from registry.crypto.receipts import ReceiptSigner
from registry.keys import KeyName
from registry.pulse import Pulse
from registry.services import scores, writers
from registry.services.scores import Scoring
from registry.services.trail import Trail
from registry.store.database import Database
from registry.teller.coalescing import BATCH_PATIENCE_SECONDS
from registry.teller.desk import Desk
from registry.teller.frames import READY, Frames, Orders, Reply

_KEYS = (KeyName.RECEIPTS, KeyName.TAGS)


class _Line(asyncio.Protocol):
    """The socket: frames come in, replies of one turn of the event loop leave together."""

    def __init__(self, first: asyncio.Future[bytes], ended: asyncio.Event) -> None:
        self._first = first
        self._ended = ended
        self._frames = Frames()
        self._loop = asyncio.get_running_loop()
        self._outgoing: list[bytes] = []
        self.desk: Desk | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            if self.desk is None:
                self._first.set_result(body)
            else:
                self.desk.take(orjson.loads(body))

    def eof_received(self) -> bool:
        self._ended.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._ended.set()

    def send(self, reply: Reply) -> None:
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(reply.frame())

    def _flush(self) -> None:
        replies, self._outgoing = self._outgoing, []
        self.transport.write(b"".join(replies))


async def serve(connection: socket.socket, settle_in: Callable[[Orders], None]) -> None:
    """Answer until the other end of the connection closes; `settle_in` hears of the orders first."""
    loop = asyncio.get_running_loop()
    first, ended = loop.create_future(), asyncio.Event()
    _, line = await loop.create_unix_connection(lambda: _Line(first, ended), sock=connection)
    orders = Orders.read(await first)
    settle_in(orders)
    # A database that holds still is not waited for any longer than those who ask.
    # To plan the look-up costs four times what it does; left alone, PostgreSQL plans it each time where the first
    # questions came one by one.
    database = Database(orders.database_url, pool_size=orders.pool, patience=BATCH_PATIENCE_SECONDS, plan_once=True)
    try:
        held = keys.load(Path(orders.keys_dir), _KEYS, peppers=False)
        trail = await _open_trail(orders, database, held)
        pulse = Pulse(database, trail, _clock(orders), process="teller")
        await pulse.begin()
        line.desk = _desk(orders, database, held, trail, line)
        line.transport.write(READY)
        await ended.wait()
        await line.desk.close()
        await pulse.close()
        # What was just answered leaves with the next turn.
        await asyncio.sleep(0)
    finally:
        await database.close()
        # Last, because whoever sees it close kills what is left.
        line.transport.close()


async def _open_trail(orders: Orders, database: Database, held: keys.Keys) -> Trail:
    master = masters.find(orders.master_key, Path(orders.keys_dir))
    process, entropy = f"teller {os.getpid()}", Entropy(secrets.token_bytes)
    async with database.write() as session:
        return await writers.open_trail(
            session, master, held[KeyName.TAGS], process=process, now=real_time(), entropy=entropy
        )


def _desk(orders: Orders, database: Database, held: keys.Keys, trail: Trail, line: _Line) -> Desk:
    return Desk(
        database,
        scores.Desk(trail, Entropy(secrets.token_bytes), orders.livemode),
        signer=ReceiptSigner(SigningKey(orders.receipts, held[KeyName.RECEIPTS])),
        scorings={name: Scoring.of(policy) for name, policy in policies.load().items() if policy.enabled},
        send=line.send,
    )


def _clock(orders: Orders) -> Clock:
    return moved_time(Path(orders.test_clock)) if orders.test_clock else real_time
