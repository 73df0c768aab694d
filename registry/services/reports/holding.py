"""Reports that wait before they count: of a member whose filing is supervised, or that files far above its usual."""

from dataclasses import dataclass
from uuid import UUID

from registry.domain.access import Caller
from registry.domain.events import Act
from registry.domain.policy import Policy
from registry.domain.second_looks import comes_too_fast, first_day
from registry.domain.uuids import uuid7
from registry.services.reports.desk import Desk
from registry.store import holding as store
from registry.store.database import WriteSession

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Waits:
    """Why a report waits; neither, if it does not."""

    supervised: bool
    too_fast: bool

    @property
    def held(self) -> bool:
        """Tell whether it does."""
        return self.supervised or self.too_fast


async def judge(session: WriteSession, policy: Policy, *, caller: Caller, act: Act) -> Waits:
    """Say whether one more report of this member waits."""
    today, rules = act.now.date(), policy.integrity
    supervised, filed = await store.habits(session, caller.member_id, since=first_day(today, rules))
    return Waits(supervised, comes_too_fast(filed, today, rules))


async def note(session: WriteSession, report_id: UUID, waits: Waits, *, caller: Caller, act: Act, desk: Desk) -> None:
    """Count a report that was filed, and hold it if it waits."""
    await store.note_filing(session, caller.member_id, act.now.date())
    if not waits.held:
        return
    brake_id = await _wave(session, caller.member_id, act, desk) if waits.too_fast else None
    await store.hold(session, report_id, brake_id=brake_id, supervised=waits.supervised, now=act.now)


async def _wave(session: WriteSession, member_id: UUID, act: Act, desk: Desk) -> UUID:
    running = await store.running_brake(session, member_id)
    if running is not None:
        return running
    brake_id = uuid7(int(act.now.timestamp() * 1000), desk.entropy(10))
    await store.add_brake(session, brake_id, member_id, seed=desk.entropy(_SEED_BYTES), now=act.now)
    return brake_id
