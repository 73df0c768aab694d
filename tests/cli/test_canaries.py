"""Canary questions: asked as any member asks, and missed if they are not where both member and auditor look."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from registry.cli import canaries
from registry.cli.audit import _shown
from registry.cli.canaries import Canary, Disguise
from registry.clock import real_time
from registry.errors import Misconfigured
from registry_client import FileReceipts, Options, Retry
from registry_client.testing import FakeRegistry
from tests.databases import ScratchDatabase
from tests.logbook import new_trail, opened, write


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture
def disguise(registry: FakeRegistry, tmp_path: Path) -> Disguise:
    receipts = FileReceipts(tmp_path)
    client = registry.client(Options(receipts=receipts, retry=Retry(first=0, longest=0)))
    return Disguise(client, receipts, tmp_path)


def leaves(asked: list[Canary]) -> dict[UUID, bytes]:
    return {one.entry_id: one.leaf for one in asked}


def test_canaries_look_like_any_other_question(registry: FakeRegistry, disguise: Disguise) -> None:
    asked = canaries.ask(disguise, 2, real_time())
    bodies = [json.loads(request.content) for request in registry.requests if "scores:query" in request.url.path]
    assert [sorted(body) for body in bodies] == [["claim_ref", "identifiers", "purpose"]] * 2
    assert len({body["claim_ref"] for body in bodies}) == 2
    assert not any("canary" in json.dumps(body) for body in bodies)
    assert canaries.read(disguise.journal) == asked


def test_all_is_well_once_each_is_proved_and_shown(registry: FakeRegistry, disguise: Disguise) -> None:
    asked = canaries.ask(disguise, 3, real_time())
    early = canaries.look(disguise, asked, leaves(asked))
    assert (early.proved, early.waiting, early.broken, early.hidden) == (0, 3, (), ())
    registry.advance(61)
    late = canaries.look(disguise, asked, leaves(asked))
    assert (late.proved, late.waiting, late.broken, late.hidden) == (3, 0, (), ())


def test_an_entry_that_an_auditor_is_not_shown_is_named(registry: FakeRegistry, disguise: Disguise) -> None:
    first, second, third = asked = canaries.ask(disguise, 3, real_time())
    registry.advance(61)
    shown = {first.entry_id: first.leaf, second.entry_id: third.leaf}
    assert canaries.look(disguise, asked, shown).hidden == (second.entry_id, third.entry_id)


def test_an_entry_that_never_came_leaves_evidence(registry: FakeRegistry, disguise: Disguise) -> None:
    registry.log.sealing = False
    (asked,) = canaries.ask(disguise, 1, real_time())
    registry.advance(120)
    looked = canaries.look(disguise, [asked], leaves([asked]), within=0.5)
    assert (looked.proved, looked.waiting, looked.broken) == (0, 0, ("entry_missing",))
    (evidence,) = (disguise.journal / "evidence").iterdir()
    assert json.loads(evidence.read_text())["leaf"]


def test_what_was_never_asked_cannot_be_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        canaries.read(tmp_path)
    assert refused.value.code == "journal_missing"


@pytest.mark.parametrize("facts", [None, "{", '{"base_url": "http://127.0.0.1"}'])
def test_a_directory_that_is_no_members_is_refused(tmp_path: Path, facts: str | None) -> None:
    if facts is not None:
        (tmp_path / "member.json").write_text(facts)
    with pytest.raises(Misconfigured) as refused:
        canaries.open_member(tmp_path, tmp_path / "journal")
    assert refused.value.code == "member_files_unusable"


@pytest.mark.anyio
async def test_an_auditor_is_shown_the_leaves_as_written(database: ScratchDatabase) -> None:
    async with opened(database, "registry_api") as api:
        entries = await write(api, await new_trail(api), 3)
    shown = await _shown(database.url("registry_auditor"), [entries[0].id, UUID(int=1), entries[2].id])
    assert shown == {one.id: one.leaf for one in (entries[0], entries[2])}
