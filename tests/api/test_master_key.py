"""An API whose master key is on a PKCS#11 token: members notice nothing, and the log opens by the token alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registry import masters
from registry.services import detail_check
from registry_formats.errors import FormatError
from registry_formats.leaf import LeafType
from registry_formats.openings import GroupState
from tests.api.asking import question
from tests.databases import ScratchDatabase
from tests.logbook import opened
from tests.openings import open_entries
from tests.questions import NOW
from tests.running import Running, running
from tests.softhsm import SoftHsm

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path, softhsm: SoftHsm) -> AsyncIterator[Running]:
    masters.make(softhsm.uri("api"))
    (tmp_path / "keys").mkdir(mode=0o700)
    async with running(database, tmp_path, clock=lambda: NOW, kek=softhsm.uri("api")) as one:
        yield one


async def test_what_is_answered_and_admitted_is_sealed_under_the_token(
    api: Running, database: ScratchDatabase, softhsm: SoftHsm
) -> None:
    headers = await (await api.admit()).headers()
    for number in range(3):
        answer = await api.client.post("/v1/scores:query", json=question(str(number)), headers=headers)
        assert answer.status_code == 200, answer.text
    master = masters.find(softhsm.uri("api"), Path())
    entries = await open_entries(database, master)
    assert [entry.leaf.kind for entry in entries].count(LeafType.QUERY) >= 3
    async with opened(database, "registry_auditor") as auditor, auditor.read() as session:
        found = await detail_check.check(session, master=master)
    assert set(found.states) == {GroupState.OK}
    with pytest.raises(FormatError):
        await open_entries(database, masters.find(None, api.settings.keys_path))
