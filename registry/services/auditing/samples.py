"""Draw a sample that anybody can draw again, judge it item by item, sign it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from registry.domain.audit_filters import Because, Filter
from registry.domain.samples import SEED_BYTES, Finding, refuse_if_signed, refuse_sign_off
from registry.errors import NotFound
from registry.services.auditing.desk import Sight, record_act, record_read
from registry.services.auditing.search import Shown, open_one, resolve
from registry.store import samples as store
from registry.store.database import ReadSession
from registry.store.samples import Item, Sample, Signature, Standing
from registry_formats.leaf import JsonValue


class Wanted(NamedTuple):
    """What to draw: how many, of which entries, by which seed (32 bytes; None for one of ours)."""

    size: int
    filter: Filter
    seed: bytes | None = None


class Judgement(NamedTuple):
    """What was found of one item."""

    position: int
    finding: Finding
    note: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample with its items, and who signed it off."""

    sample: Sample
    items: Sequence[Item]
    signature: Signature | None = None


async def draw(sight: Sight, wanted: Wanted, *, because: Because) -> Drawn:
    """Draw from the newest signed tree. NotFound `checkpoint_missing`, `case_unknown`."""
    tree = await store.newest_tree(sight.reads)
    if tree is None:
        raise NotFound("checkpoint_missing")
    seed = wanted.seed or sight.desk.entropy(SEED_BYTES)
    asked = await resolve(sight, wanted.filter)
    items = await store.draw(sight.reads, tree, asked, seed=seed, count=wanted.size)
    drawn = Sample(
        id=sight.new_id(),
        staff_id=sight.staff_id,
        origin=tree.origin,
        tree_size=tree.size,
        seed=seed,
        wanted=wanted.size,
        filter=wanted.filter.document(),
        purpose=because.purpose.value,
        reason=because.reason,
        drawn_at=sight.act.now,
    )
    await store.keep(await sight.begin(), drawn, items)
    content: dict[str, JsonValue] = {
        "filter": wanted.filter.document(),
        "sample": str(drawn.id),
        "seed": seed.hex(),
        "shown": len(items),
        "tree_size": tree.size,
        "wanted": wanted.size,
    }
    await record_read(sight, "audit.sample", because, content, asked.subjects)
    return Drawn(drawn, items)


async def show(sight: Sight, sample_id: UUID, *, because: Because) -> Drawn:
    """Show a sample with what was found. NotFound `sample_unknown`."""
    sample, _ = await _get(sight.reads, sample_id)
    drawn = Drawn(sample, await store.items(sight.reads, sample_id), await store.signature(sight.reads, sample_id))
    content: dict[str, JsonValue] = {"sample": str(sample_id), "shown": len(drawn.items)}
    await record_read(sight, "audit.sample_read", because, content)
    return drawn


async def open_item(sight: Sight, sample_id: UUID, position: int, *, because: Because) -> tuple[Drawn, Item, Shown]:
    """Open the entry that an item stands for, beside its sample. NotFound `sample_unknown`, `sample_item_unknown`."""
    sample, _ = await _get(sight.reads, sample_id)
    drawn = Drawn(sample, await store.items(sight.reads, sample_id), await store.signature(sight.reads, sample_id))
    item = next((one for one in drawn.items if one.position == position), None)
    if item is None:
        raise NotFound("sample_item_unknown")
    return drawn, item, await open_one(sight, item.entry_id, because=because)


async def page(
    sight: Sight, *, limit: int, before: UUID | None, because: Because
) -> tuple[list[tuple[Sample, Standing]], bool]:
    """List samples, newest first, and say whether more follow."""
    found = await store.page(sight.reads, before=before, limit=limit + 1)
    content: dict[str, JsonValue] = {"shown": min(len(found), limit)}
    await record_read(sight, "audit.sample_list", because, content)
    return found[:limit], len(found) > limit


async def judge(sight: Sight, sample_id: UUID, judgements: Sequence[Judgement]) -> None:
    """Say what was found of items; said again, the newer finding counts.

    Errors: NotFound `sample_unknown`, `sample_item_unknown`; Conflict `sample_signed`.
    """
    writes = await sight.begin()
    await store.hold(writes, sample_id)
    _, standing = await _get(writes, sample_id)
    refuse_if_signed(signed=standing.signed_by is not None)
    items = {one.position: one for one in await store.items(writes, sample_id)}
    for one in judgements:
        if one.position not in items:
            raise NotFound("sample_item_unknown")
        item = Item(
            one.position,
            items[one.position].idx,
            items[one.position].entry_id,
            finding=one.finding,
            note=one.note,
            found_by=sight.staff_id,
            found_at=sight.act.now,
        )
        await store.judge(writes, sample_id, item, finding_id=sight.new_id())
    found: list[JsonValue] = [{"finding": one.finding.value, "position": one.position} for one in judgements]
    await record_act(sight, "audit.judge", "judged", {"findings": found, "sample": str(sample_id)})


async def sign_off(sight: Sight, sample_id: UUID, note: str) -> None:
    """Close a sample of which every item has a finding.

    Errors: NotFound `sample_unknown`; Conflict `sample_signed`, `sample_unfinished`.
    """
    writes = await sight.begin()
    await store.hold(writes, sample_id)
    _, standing = await _get(writes, sample_id)
    refuse_sign_off(signed=standing.signed_by is not None, items=standing.items, judged=standing.judged)
    await store.sign(writes, sample_id, Signature(sight.staff_id, note, sight.act.now))
    await record_act(sight, "audit.sign_off", "signed", {"items": standing.items, "sample": str(sample_id)})


async def _get(session: ReadSession, sample_id: UUID) -> tuple[Sample, Standing]:
    found = await store.find(session, sample_id)
    if found is None:
        raise NotFound("sample_unknown")
    return found
