"""Samples: what the database draws is what anybody draws; findings and signature are added, never changed."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from registry.domain import samples as rules
from registry.domain.audit_filters import Filter
from registry.domain.events import Act, AuditEvent
from registry.domain.samples import Finding
from registry.errors import Conflict, NotFound
from registry.services import auditing
from registry.services.auditing.samples import Wanted
from registry_formats.leaf import LeafType
from tests.auditing import BECAUSE, Bureau, statements
from tests.logbook import NOW, superuser, write

pytestmark = pytest.mark.anyio
SEED = bytes(range(32))


async def draw(office: Bureau, size: int = 5, seed: bytes | None = SEED, **wanted: Any) -> auditing.Drawn:  # noqa: ANN401 - of Filter
    async with office.sight() as sight:
        return await auditing.draw(sight, Wanted(size, Filter(**wanted), seed), because=BECAUSE)


async def show(office: Bureau, sample_id: UUID) -> auditing.Drawn:
    async with office.sight() as sight:
        return await auditing.show(sight, sample_id, because=BECAUSE)


async def judge(office: Bureau, sample_id: UUID, *positions: int, finding: Finding = Finding.IN_ORDER) -> None:
    async with office.sight() as sight:
        told = [auditing.Judgement(position, finding, f"item {position}") for position in positions]
        await auditing.judge(sight, sample_id, told)


async def sign_off(office: Bureau, sample_id: UUID) -> None:
    async with office.sight() as sight:
        await auditing.sign_off(sight, sample_id, "nothing to object to")


async def leaves(office: Bureau) -> list[asyncpg.Record]:
    async with superuser(office.scratch) as connection:
        found: list[asyncpg.Record] = await connection.fetch(
            "SELECT idx, entry_id, type FROM audit.leaf JOIN audit.entry ON id = entry_id ORDER BY idx"
        )
        return found


@pytest.mark.parametrize("size", [1, 7, 300])
async def test_what_is_drawn_is_what_anybody_draws_from_the_log(office: Bureau, size: int) -> None:
    await write(office.writes, office.trail, 270)
    await office.write(*[(AuditEvent(LeafType.DENIED, "access.denied", "denied"), Act(NOW, "r"))] * 30)
    await office.seal()
    # What comes after the signature is not in the tree that is drawn from.
    await write(office.writes, office.trail, 10)
    log = await leaves(office)
    drawn = await draw(office, size)
    assert (drawn.sample.tree_size, drawn.sample.seed) == (300, SEED)
    assert [one.idx for one in drawn.items] == rules.draw(SEED, 300, size, range(300))
    entry_of = {row["idx"]: row["entry_id"] for row in log}
    assert [one.entry_id for one in drawn.items] == [entry_of[one.idx] for one in drawn.items]
    denied = await draw(office, size, type=LeafType.DENIED)
    population = [row["idx"] for row in log if row["type"] == LeafType.DENIED]
    assert [one.idx for one in denied.items] == rules.draw(SEED, 300, size, population)


async def test_without_a_seed_one_is_made_and_shown(office: Bureau) -> None:
    await write(office.writes, office.trail, 50)
    await office.seal()
    first, second = await draw(office, seed=None), await draw(office, seed=None)
    assert first.sample.seed != second.sample.seed
    again = await draw(office, seed=first.sample.seed)
    assert [one.idx for one in again.items] == [one.idx for one in first.items]


async def test_nothing_is_drawn_from_what_was_not_signed(office: Bureau) -> None:
    await write(office.writes, office.trail, 5)
    with pytest.raises(NotFound, match="checkpoint_missing"):
        await draw(office)


async def test_the_log_says_by_which_seed_from_how_large_a_tree_and_why(office: Bureau) -> None:
    await write(office.writes, office.trail, 20)
    await office.seal()
    drawn = await draw(office, 3, outcome="noted")
    (trace,) = await office.traces("audit.sample")
    assert trace["sample"] == str(drawn.sample.id)
    assert (trace["seed"], trace["tree_size"], trace["wanted"], trace["shown"]) == (SEED.hex(), 20, 3, 3)
    assert (trace["filter"], trace["reason"], trace["purpose"]) == ({"outcome": "noted"}, BECAUSE.reason, "Q5")


async def test_findings_add_up_until_the_sample_is_signed(office: Bureau) -> None:
    await write(office.writes, office.trail, 20)
    await office.seal()
    sample_id = (await draw(office, 3)).sample.id
    await judge(office, sample_id, 0, 1)
    with pytest.raises(Conflict, match="sample_unfinished") as unfinished:
        await sign_off(office, sample_id)
    assert unfinished.value.facts == {"items": 3, "judged": 2}
    await judge(office, sample_id, 1, 2, finding=Finding.EXCESSIVE)
    shown = await show(office, sample_id)
    assert [one.finding for one in shown.items] == [Finding.IN_ORDER, Finding.EXCESSIVE, Finding.EXCESSIVE]
    assert [one.note for one in shown.items] == ["item 0", "item 1", "item 2"]
    assert {one.found_by for one in shown.items} == {office.staff_id}
    await sign_off(office, sample_id)
    signature = (await show(office, sample_id)).signature
    assert signature is not None
    assert (signature.staff_id, signature.note, signature.signed_at) == (office.staff_id, "nothing to object to", NOW)
    for refused in (judge(office, sample_id, 0), sign_off(office, sample_id)):
        with pytest.raises(Conflict, match="sample_signed"):
            await refused
    assert [one["outcome"] for one in await office.traces("audit.judge")] == ["judged"] * 2
    assert [one["items"] for one in await office.traces("audit.sign_off")] == [3]


async def test_what_does_not_exist_is_not_judged(office: Bureau) -> None:
    await write(office.writes, office.trail, 5)
    await office.seal()
    sample_id = (await draw(office, 2)).sample.id
    with pytest.raises(NotFound, match="sample_item_unknown"):
        await judge(office, sample_id, 0, 2)
    # Neither of the two was kept.
    assert {one.finding for one in (await show(office, sample_id)).items} == {None}
    with pytest.raises(NotFound, match="sample_unknown"):
        await judge(office, uuid4(), 0)
    with pytest.raises(NotFound, match="sample_unknown"):
        await show(office, uuid4())


async def test_samples_are_listed_newest_first_with_how_far_they_are(office: Bureau) -> None:
    await write(office.writes, office.trail, 20)
    await office.seal()
    ids = []
    for number in range(3):
        async with office.sight(NOW + timedelta(minutes=number)) as sight:
            drawn = await auditing.draw(sight, Wanted(2, Filter(), SEED), because=BECAUSE)
        ids.append(drawn.sample.id)
    await judge(office, ids[0], 0, 1)
    await sign_off(office, ids[0])
    counts = []
    for limit in (2, 3):
        with statements(office.reads, office.writes) as sent:
            async with office.sight() as sight:
                found, more = await auditing.page(sight, limit=limit, before=None, because=BECAUSE)
        counts.append(len(sent))
        assert [one.id for one, _ in found] == ids[::-1][:limit]
        assert more is (limit == 2)
    assert counts == [2, 2]
    standing = {one.id: (how.items, how.judged, how.signed_by) for one, how in found}
    assert standing == {ids[0]: (2, 2, office.staff_id), ids[1]: (2, 0, None), ids[2]: (2, 0, None)}
    async with office.sight() as sight:
        rest, more = await auditing.page(sight, limit=2, before=ids[1], because=BECAUSE)
    assert ([one.id for one, _ in rest], more) == ([ids[0]], False)


async def test_a_kept_search_takes_the_place_of_the_one_of_its_name(office: Bureau) -> None:
    other = uuid4()

    async def save(name: str, wanted: Filter | None, staff_id: UUID, *, shared: bool = False) -> None:
        async with office.sight(staff_id=staff_id) as sight:
            await auditing.save(sight, name, wanted, shared=shared)

    async def kept(staff_id: UUID) -> list[tuple[str, Any]]:
        async with office.sight(staff_id=staff_id) as sight:
            return [(one.name, one.filter) for one in await auditing.kept(sight, because=BECAUSE)]

    await save("mine", Filter(outcome="refused"), office.staff_id)
    await save("mine", Filter(outcome="denied"), office.staff_id)
    await save("ours", Filter(type=LeafType.EXPORT), other, shared=True)
    await save("theirs", Filter(), other)
    assert await kept(office.staff_id) == [("mine", {"outcome": "denied"}), ("ours", {"type": "export"})]
    assert await kept(other) == [("ours", {"type": "export"}), ("theirs", {})]
    await save("ours", None, other)
    await save("mine", None, office.staff_id)
    assert await kept(office.staff_id) == []
    assert [one["outcome"] for one in await office.traces("audit.save_search")] == ["saved"] * 4 + ["removed"] * 2
    assert [one["shown"] for one in await office.traces("audit.searches")] == [2, 2, 0]
