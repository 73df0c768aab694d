"""No recall misses a reader: told from the answers given, and told again from the log alone."""

import asyncio
import random
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from registry.api.filing_models import read
from registry.clock import real_time
from registry.domain.access import Caller
from registry.domain.events import Act
from registry.policies import load
from registry.services import reports
from registry.services.reports import Desk, ReportKeys
from registry.services.trail import Trail
from registry.store.database import Database
from registry_formats.cfr1 import Token
from registry_formats.leaf import Group, LeafType
from tests.databases import ScratchDatabase
from tests.logbook import new_trail, superuser
from tests.openings import open_entries, open_items
from tests.questions import NOW, Window, incident, member, query
from tests.recorded import token

pytestmark = pytest.mark.anyio

QUERIES, RECALLS, MEMBERS, AT_ONCE = 500, 30, 25, 8
Recipients = dict[UUID, set[UUID]]


@dataclass
class Market:
    """People with one record each, members that ask about them, and what those were told."""

    database: ScratchDatabase
    api: Database
    trail: Trail
    author: Caller
    members: list[Caller]
    people: dict[UUID, tuple[Token, Token]]
    told: Recipients = field(default_factory=lambda: defaultdict(set))

    async def ask(self, who: Caller, report: UUID, claim: str, *, batch: bool) -> None:
        window = Window.open(self.api.quick, self.trail)
        asked = query(who, claim, self.people[report])
        answer = (await window.ask_batch(asked)).items[0] if batch else await window.ask_one(asked)
        if answer.fields["score"]:
            self.told[report].add(who.member_id)

    async def withdraw(self, report: UUID) -> None:
        desk = Desk(
            policies=load(),
            trail=self.trail,
            entropy=secrets.token_bytes,
            keys=ReportKeys.derive(bytes(32)),
            read=read,
            signing_time=real_time,
            peppers={},
        )
        act = Act(NOW, "recall", self.author)
        async with self.api.write() as session:
            await reports.withdraw(session, report, "mistake", caller=self.author, act=act, desk=desk)

    async def live(self, seed: int) -> None:
        """Ask and take back in a random order, several at once."""
        chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
        todo: list[tuple[Caller, UUID, str, bool] | UUID] = [*self.people]
        for number in range(QUERIES):
            who, report = chance.choice(self.members), chance.choice(list(self.people))
            todo.append((who, report, str(number), chance.random() < 1 / 4))
        chance.shuffle(todo)

        async def work() -> None:
            while todo:
                match todo.pop():
                    case UUID() as report:
                        await self.withdraw(report)
                    case (who, report, claim, batch):
                        await self.ask(who, report, claim, batch=batch)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


@pytest.fixture
async def market(database: ScratchDatabase, api: Database, alpha: Caller) -> Market:
    members = [await member(database, f"Member {number}") for number in range(MEMBERS)]
    people = {}
    for number in range(RECALLS):
        tokens = token("phone", f"p{number}"), token("national_id", f"p{number}")
        people[(await incident(database, alpha.member_id, tokens)).id] = tokens
    return Market(database, api, await new_trail(api), alpha, members, people)


async def recalled(database: ScratchDatabase) -> Recipients:
    found: Recipients = defaultdict(set)
    async with superuser(database) as connection:
        for row in await connection.fetch("SELECT report_id, member_id FROM recall"):
            found[row["report_id"]].add(row["member_id"])
    return found


async def by_the_log(database: ScratchDatabase) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """Open every entry; return by report who was told, by the tags of persons alone, and who was recalled."""
    told: dict[str, set[str]] = defaultdict(set)
    people: dict[str, str] = {}
    named: dict[str, set[str]] = {}
    batches: dict[UUID, str] = {}
    for entry in await open_entries(database):
        org, content = entry.groups[Group.ORG].detail, entry.groups[Group.CONTENT].detail
        tags = entry.row["tags"]
        batches[entry.row["id"]] = str(org["member"])
        answer = content.get("answer")
        if isinstance(answer, dict) and answer["score"]:
            for tag in tags:
                told[tag].add(str(org["member"]))
        if entry.leaf.kind is LeafType.RECALL and isinstance(members := content["members"], list):
            named[str(content["report"])] = set(map(str, members))
            people[str(content["report"])] = tags[0]
    for item in await open_items(database):
        answer = item.opening.detail["answer"]
        if isinstance(answer, dict) and answer["score"]:
            for tag in item.row["tags"]:
                told[tag].add(batches[item.row["batch_id"]])
    return {report: told[tag] for report, tag in people.items()}, named


@pytest.mark.parametrize("seed", [1, 2])
async def test_of_many_questions_and_recalls_at_once_no_recipient_is_missed(market: Market, seed: int) -> None:
    await market.live(seed)
    assert await recalled(market.database) == {report: members for report, members in market.told.items() if members}
    assert sum(map(len, market.told.values())) > QUERIES / 5
    told, named = await by_the_log(market.database)
    assert told == named
    assert named == {str(report): set(map(str, members)) for report, members in market.told.items() if members}
