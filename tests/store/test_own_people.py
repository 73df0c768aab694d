"""An erasure reaches a member's own people, too."""

from uuid import UUID, uuid4

import pytest

from registry.store import own_people
from registry.store.database import Database
from tests.databases import ScratchDatabase
from tests.logbook import NOW, opened, superuser
from tests.questions import member

pytestmark = pytest.mark.anyio
GONE, STAYS = b"\x01" * 32, b"\x02" * 32
PROPOSE = (
    "INSERT INTO erasure (id, state, tag, entry_id, legal_basis, proposed_by, proposed_at, entries, items, identities)"
    " VALUES ($1, 'approved', $2, $1, 'unlawful', $1, $3, 0, 0, 0)"
)


async def keep(api: Database, who: UUID, *tags: bytes) -> None:
    async with api.write() as session:
        await own_people.replace(session, who, tags, now=NOW)


async def test_a_completed_erasure_takes_the_tag_from_every_member(database: ScratchDatabase) -> None:
    members = [(await member(database, name)).member_id for name in ("Alpha", "Beta")]
    async with opened(database, "registry_api") as api:
        for one in members:
            await keep(api, one, GONE, STAYS)
    erasure = uuid4()
    async with superuser(database) as connection:
        await connection.execute(PROPOSE, erasure, GONE, NOW)
        await connection.execute("SET session_replication_role = origin")
        await connection.execute("UPDATE erasure SET state = 'completed', tag = NULL WHERE id = $1", erasure)
        left = await connection.fetch("SELECT member_id, tag FROM member_staff_tag")
    assert {(row["member_id"], row["tag"]) for row in left} == {(one, STAYS) for one in members}
