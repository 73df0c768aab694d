"""A case in one archive: whole, without a token, and with proofs that a stranger checks."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from registry.domain.staff import Role
from registry.errors import Misconfigured
from registry.letters import pdf
from registry_formats import referrals
from registry_formats.errors import FormatError
from registry_formats.notes import VerifierKey
from tests.databases import ScratchDatabase
from tests.filings import filing
from tests.hearing import Hall, hall
from tests.logbook import key_for, opened, seal, sign
from tests.running import log_seed

try:
    pdf.check()
    CANNOT = ""
except Misconfigured as error:
    CANNOT = str(error)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    async with hall(database, tmp_path) as found:
        yield found


@pytest.mark.skipif(bool(CANNOT), reason=CANNOT)
async def test_a_case_is_handed_over_whole_and_provable(place: Hall) -> None:
    ann = await place.colleague(Role.OFFICER)
    alpha = await place.town.desk("Alpha")
    appeal_id = await place.lodge(await place.active(alpha))
    await place.answer(alpha, appeal_id)
    seed = log_seed(place.town.api)
    async with opened(place.town.database, "registry_worker") as worker:
        await seal(worker)
        await sign(worker, seed=seed)
    handed = await ann.get(f"/{appeal_id}/bundle")
    assert handed.headers["content-disposition"] == f'attachment; filename="case-{appeal_id}.zip"'

    def keys_of(origin: str) -> list[VerifierKey]:
        return [key_for(origin, seed).vkey]

    checked = referrals.check(handed.content, keys_of)
    assert (checked.manifest["format"], checked.manifest["appeal_id"]) == ("registry/case/v1", appeal_id)
    case = json.loads(checked.files["case.json"])
    assert {one["entry_id"] for one in case["steps"]} <= set(checked.proved)
    # Nothing of this very hour is covered yet; nothing else is left out.
    assert set(checked.proved) | set(checked.unproved) == {one["entry_id"] for one in case["trace"]}
    assert case["filing"]["facts"] == list(filing().facts)
    assert [one["class"] for one in json.loads(checked.files["evidence.json"])["report"]] == ["E2", "E4"]
    letters = [name for name in checked.files if name.startswith("letters/")]
    assert [name.split("/")[1].split("-")[0] for name in sorted(letters)] == ["admission", "arrival"]
    assert all(checked.files[name].startswith(b"%PDF-") for name in letters)
    assert b"cfr1_" not in handed.content
    rows = await place.town.rows("SELECT purpose, outcome FROM audit.entry WHERE action = 'appeal.hand_over'")
    assert [tuple(row) for row in rows] == [("Q3", "disclosed")]
    said = [one for one in (await ann.case(appeal_id))["trace"] if one["action"] == "appeal.hand_over"]
    assert len(said) == 1
    assert len(sha256(handed.content).hexdigest()) == 64
    forged = handed.content.replace(b'"filing"', b'"Filing"')
    with pytest.raises(FormatError, match="referral_m"):
        referrals.check(forged, keys_of)


async def test_a_bundle_is_for_those_who_work_on_cases(place: Hall) -> None:
    for role, code in ((Role.AUDITOR, "role_missing"), (Role.OFFICER, "appeal_unknown")):
        refused = await (await place.colleague(role)).get(f"/{uuid4()}/bundle")
        assert refused.json()["code"] == code
