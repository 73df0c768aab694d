"""The worker: everything that time does by itself. Loops over use cases, each round in a transaction of its own.

Several workers are safe: sealing has one leader at a time, and each sweep takes rows that no other one holds.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from registry.clock import Clock, real_time
from registry.domain.events import Act
from registry.domain.policy import Policy
from registry.errors import Unavailable
from registry.pulse import give_up_if_dead
from registry.services import (
    appeals,
    crashes,
    erasures,
    figures,
    heartbeats,
    integrity,
    log,
    rehabilitation,
    silence,
    upkeep,
    uploads,
    webhooks,
)
from registry.services.auditing import export_jobs
from registry.services.reports import second_looks
from registry.services.sequencer import MOST_AT_ONCE, Reason, Sequencer
from registry.services.trail import Trail
from registry.store.database import Database, WriteSession

_SIGN_SECONDS = 1.0
_HOURS_RECOUNTED = 25  # once an hour: each hour many times, should a worker be away for a while

_log = structlog.get_logger()

Round = Callable[[WriteSession, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do, again and again.

    Args:
        name: for the log.
        every: how long to rest after a round that left nothing undone.
        round: does one round; 0 when nothing is left, else the next round follows at once.
    """

    name: str
    every: timedelta
    round: Round


def duties(*, sequencer: Sequencer, trail: Trail, policies: Mapping[str, Policy]) -> list[Duty]:
    """List what a worker does."""

    def sweep(part: upkeep.Part) -> Round:
        async def one(session: WriteSession, now: datetime) -> int:
            return await upkeep.sweep(session, part, policies=policies, act=_act(now), trail=trail)

        return one

    async def escalate(session: WriteSession, now: datetime) -> int:
        return await silence.escalate(session, policies=policies, act=_act(now), trail=trail)

    async def rehabilitate(session: WriteSession, now: datetime) -> int:
        desk = rehabilitation.Desk(policies, trail, secrets.token_bytes)
        return await rehabilitation.grant_overdue(session, act=_act(now), desk=desk)

    async def forget_exports(session: WriteSession, _: datetime) -> int:
        return await export_jobs.forget(session, now=real_time())

    async def destroy(session: WriteSession, now: datetime) -> int:
        return await uploads.destroy(session, policies=policies, act=_act(now), trail=trail)

    return [
        *log_duties(sequencer, trail),
        *_erasure_duties(trail),
        *(Duty(part.value, timedelta(seconds=2), sweep(part)) for part in upkeep.Part),
        Duty("escalate recalls", timedelta(seconds=30), escalate),
        Duty("grant rehabilitation", timedelta(minutes=1), rehabilitate),
        Duty("destroy files", timedelta(minutes=1), destroy),
        Duty("destroy exports", timedelta(seconds=10), forget_exports),
        *_conduct_duties(trail, policies),
        Duty("tidy", timedelta(minutes=1), _tidy),
        Duty("forget webhooks", timedelta(minutes=1), _forget_webhooks),
    ]


def appeal_duties(desk: appeals.Desk) -> list[Duty]:
    """List what a worker does for appeals: act on missed deadlines, remind, forget."""
    aside: set[UUID] = set()

    async def advance(session: WriteSession, now: datetime) -> int:
        done = await appeals.advance(session, aside, act=_act(now), desk=desk)
        if not done:
            # What failed is tried again once all others are done.
            aside.clear()
        return done

    async def forget(session: WriteSession, _: datetime) -> int:
        return await appeals.forget(session)

    return [
        Duty("advance appeals", timedelta(seconds=2), advance),
        Duty("forget appeals", timedelta(minutes=1), forget),
    ]


def _erasure_duties(trail: Trail) -> list[Duty]:
    async def lapse(session: WriteSession, now: datetime) -> int:
        return await erasures.lapse(session, act=_act(now), trail=trail)

    async def erase(session: WriteSession, now: datetime) -> int:
        return await erasures.carry_on(session, act=_act(now), trail=trail)

    return [Duty("lapse erasures", timedelta(minutes=1), lapse), Duty("erase", timedelta(seconds=2), erase)]


def _conduct_duties(trail: Trail, policies: Mapping[str, Policy]) -> list[Duty]:
    async def hear(session: WriteSession, now: datetime) -> int:
        return await integrity.hear_auditors(session, act=_act(now), trail=trail)

    async def apply(session: WriteSession, now: datetime) -> int:
        return await integrity.apply(session, policies=policies, act=_act(now), trail=trail)

    async def draw(session: WriteSession, now: datetime) -> int:
        return await second_looks.draw(session, policies=policies, act=_act(now), trail=trail)

    async def compare(session: WriteSession, now: datetime) -> int:
        if raised := await figures.look_for_overlaps(session, policies=policies, act=_act(now), trail=trail):
            _log.error("members' subjects coincide", pairs=raised)
        return 0

    async def publish(session: WriteSession, now: datetime) -> int:
        return await figures.publish(session, policies=policies, act=_act(now), trail=trail)

    return [
        Duty("hear auditors", timedelta(minutes=1), hear),
        Duty("apply sanctions", timedelta(seconds=30), apply),
        Duty("draw second looks", timedelta(minutes=10), draw),
        Duty("compare members", timedelta(days=1), compare),
        Duty("publish figures", timedelta(hours=1), publish),
    ]


def log_duties(sequencer: Sequencer, trail: Trail) -> list[Duty]:
    """List what a worker does for the log: order, sign, show that it lives, and count what others wrote."""
    signed_at = -math.inf

    async def order(session: WriteSession, now: datetime) -> int:
        # One after the other: a round begins when this process knows how its last one ended.
        nonlocal signed_at
        if time.monotonic() - signed_at >= _SIGN_SECONDS:
            signed_at = time.monotonic()
            await sequencer.sign(session, now=now)
            return 1
        # What arrived during the round waits for its turn: a round for each entry would cost more than the entry.
        return await sequencer.seal(session, now=now) // MOST_AT_ONCE

    return [
        Duty("room", timedelta(hours=1), _room),
        Duty("order", timedelta(milliseconds=200), order),
        *_writers_duties(trail),
        Duty("recount", timedelta(hours=1), _recount),
    ]


def _writers_duties(trail: Trail) -> list[Duty]:
    watch = crashes.Watch()

    async def beat(session: WriteSession, now: datetime) -> int:
        try:
            await heartbeats.beat(session, act=_act(now), trail=trail)
        except Unavailable as error:
            give_up_if_dead(error, "worker")
            raise
        return 0

    async def fill(session: WriteSession, _: datetime) -> int:
        if filled := await heartbeats.fill(session, trail=trail):
            _log.warning("numbers voided", process="worker", count=filled)
        return 0

    async def look(session: WriteSession, now: datetime) -> int:
        if (behind := await log.lag(session, now=now)) > log.ALARM:
            _log.error("log lags", seconds=int(behind.total_seconds()))
            # Writers that seem to stand still may only be waiting like everybody else.
            watch.seen.clear()
        await crashes.declare(session, watch, act=_act(now), trail=trail, elapsed=time.monotonic())
        return 0

    return [
        Duty("beat", heartbeats.EVERY, beat),
        Duty("fill", heartbeats.EVERY, fill),
        Duty("look", timedelta(seconds=30), look),
    ]


def opened(origin: str, reason: Reason) -> None:
    """Say that the log goes on in another shard: an alarm, unless a half-year is over."""
    say = _log.info if reason is Reason.HALF_YEAR else _log.error
    say("log goes on in a new shard", log=origin, reason=reason.value)


async def _tidy(session: WriteSession, now: datetime) -> int:
    return await upkeep.tidy(session, now=now)


async def _forget_webhooks(session: WriteSession, now: datetime) -> int:
    return await webhooks.forget(session, now=now)


async def _recount(session: WriteSession, now: datetime) -> int:
    for hour in await log.recount(session, now=now, hours=_HOURS_RECOUNTED):
        _log.error("log does not add up", hour=hour.begins_at.isoformat(), entries=hour.entries, leaves=hour.leaves)
    return 0


async def _room(session: WriteSession, now: datetime) -> int:
    for month in await log.make_room(session, now=now):
        _log.error("log has no partition", month=month)
    return 0


def _act(now: datetime) -> Act:
    return Act(now, request_id="worker", operator="worker")


async def work(database: Database, clock: Clock, todo: list[Duty], stop: asyncio.Event) -> None:
    """Do all duties until told to stop; a failing one is logged and tried again, and holds up no other."""
    async with asyncio.TaskGroup() as tasks:
        for duty in todo:
            tasks.create_task(_repeat(database, clock, duty, stop))


async def _repeat(database: Database, clock: Clock, duty: Duty, stop: asyncio.Event) -> None:
    while not stop.is_set():
        left = 0
        try:
            async with database.write() as session:
                left = await duty.round(session, clock())
        except Exception:  # noqa: BLE001 - a duty that fails once is tried again
            _log.exception("duty failed", duty=duty.name)
        if left == 0:
            await _rest(stop, duty.every)


async def _rest(stop: asyncio.Event, most: timedelta) -> None:
    try:
        async with asyncio.timeout(most.total_seconds()):
            await stop.wait()
    except TimeoutError:
        return
