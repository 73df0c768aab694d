"""Files of an appeal over HTTP: sealed at rest, whole or not at all, shown to few, each look recorded, gone in time."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from registry import keys
from registry.crypto.sealed_files import CHUNK_BYTES
from registry.domain.appeal_files import Side
from registry.domain.events import Act
from registry.domain.staff import Role
from registry.domain.uploads import FILES_MOST
from registry.errors import NotFound
from registry.keys import KeyName
from registry.policies import load
from registry.services import uploads
from registry.services.uploads import Desk as Keeps
from registry.services.uploads import Reader
from tests.databases import ScratchDatabase
from tests.filings import NOW
from tests.logbook import opened
from tests.reporting import Desk, Town, town
from tests.running import Running
from tests.staffing import Colleague, hire, session_of

pytestmark = pytest.mark.anyio

PHOTO = b"\xff\xd8\xff\xe0" + b"a vase, broken " * 40_000
MANIFEST = "INSERT INTO appeal_evidence VALUES ($1, $2, $3, 'photo', $4, $5, $6, NULL, $7)"
APPEAL = """
INSERT INTO appeal (id, report_id, member_id, state, grounds, proved_kinds, language, received_at, flag_only, evidence,
    turns, changed_at)
SELECT $1, $2, member_id, 'in_review', '{G05}', '{}', 'en', $3, false, '', '{"second": null}', $3
FROM report WHERE id = $2
"""


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as opened:
        yield opened


async def appealed(place: Town) -> tuple[Desk, UUID]:
    """Let there be an appeal against a report of Alpha's."""
    alpha, appeal = await place.desk("Alpha"), uuid4()
    await place.execute(APPEAL, appeal, UUID(await alpha.filed()), NOW)
    return alpha, appeal


async def announced(
    place: Town, appeal: UUID, content: bytes = PHOTO, side: str = "member", media_type: str = "image/jpeg"
) -> UUID:
    evidence, sha256 = uuid4(), hashlib.sha256(content).digest()
    await place.execute(MANIFEST, evidence, appeal, sha256, len(content), media_type, side, NOW)
    return evidence


async def send(who: Desk, appeal: UUID, evidence: UUID, content: bytes = PHOTO, **query: str) -> httpx.Response:
    path = f"/v1/appeals/{appeal}/evidence/{evidence}/file"
    return await who.api.client.put(path, content=content, params=query, headers=await who.platform.headers())


async def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def fetch_as(colleague: Colleague, appeal: UUID, evidence: UUID) -> httpx.Response:
    path = f"/v1/officers/appeals/{appeal}/evidence/{evidence}/file"
    return await colleague.api.client.get(path, headers=await session_of(colleague))


async def send_as(colleague: Colleague, appeal: UUID, evidence: UUID, content: bytes) -> httpx.Response:
    path = f"/v1/officers/appeals/{appeal}/evidence/{evidence}/file"
    return await colleague.api.client.put(path, content=content, headers=await session_of(colleague))


def keeps(api: Running) -> Keeps:
    """Keep files as this API does."""
    held = keys.load(api.settings.keys_path, [KeyName.RECORDS], peppers=False)
    return Keeps(api.trail, secrets.token_bytes, 10 << 20, Keeps.derive(held[KeyName.RECORDS]))


async def test_a_file_is_sealed_and_shown_only_to_who_may_see_it(place: Town) -> None:
    alpha, appeal = await appealed(place)
    beta, evidence = await place.desk("Beta"), await announced(place, appeal)
    assert len(PHOTO) > 2 * CHUNK_BYTES
    for _ in range(2):  # sent again, nothing changes
        stored = await send(alpha, appeal, evidence)
        assert (stored.status_code, stored.json()["bytes"]) == (200, len(PHOTO)), stored.text
    path = f"/v1/appeals/{appeal}/evidence/{evidence}/file"
    shown = await alpha.get(path)
    assert shown.content == PHOTO
    assert shown.headers["content-disposition"] == f'attachment; filename="{evidence}.jpg"'
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert (shown.headers["cache-control"], shown.headers["content-type"]) == ("no-store", "image/jpeg")
    assert await code(await beta.get(path)) == (404, "evidence_unknown")
    assert await code(await send(beta, appeal, evidence)) == (404, "evidence_unknown")
    rows = await place.rows("SELECT sealed_bytes FROM appeal_upload_chunk ORDER BY position")
    assert len(rows) == 3
    assert not any(b"vase" in row["sealed_bytes"] for row in rows)
    actions = await place.rows("SELECT action, outcome, purpose FROM audit.entry WHERE action LIKE 'evidence.%'")
    assert {tuple(row) for row in actions} == {("evidence.upload", "stored", None), ("evidence.look", "shown", "Q3")}
    assert len(actions) == 2


async def test_only_who_works_on_the_appeal_sees_its_files_and_the_others_attempts_are_kept(place: Town) -> None:
    alpha, appeal = await appealed(place)
    evidence = await announced(place, appeal)
    holder, other, panel = [await hire(place.api, role) for role in (Role.OFFICER, Role.REVIEWER, Role.PANEL)]
    await place.execute("UPDATE appeal SET holder = $1", holder.staff_id)
    assert await code(await fetch_as(holder, appeal, evidence)) == (404, "file_missing")
    assert (await send(alpha, appeal, evidence)).status_code == 200
    assert (await fetch_as(holder, appeal, evidence)).content == PHOTO
    for colleague in (other, panel):
        assert await code(await fetch_as(colleague, appeal, evidence)) == (403, "appeal_not_held")
    assert await place.outcomes(9) == ["denied", "denied"]
    ours = await announced(place, appeal, b"%PDF-1.7 judgment", side="registry", media_type="application/pdf")
    assert await code(await send_as(other, appeal, ours, b"%PDF-1.7 judgment")) == (403, "appeal_not_held")
    assert (await send_as(holder, appeal, ours, b"%PDF-1.7 judgment")).status_code == 200
    assert (await alpha.get(f"/v1/appeals/{appeal}/evidence/{ours}/file")).content == b"%PDF-1.7 judgment"
    assert await place.outcomes(9) == ["denied"] * 3
    await place.execute("UPDATE appeal SET state = 'pending_approval'")
    assert (await fetch_as(other, appeal, evidence)).status_code == 200
    seats = f'{{"second": {{"seats": [{{"staff_id": "{panel.staff_id}"}}]}}}}'
    await place.execute("UPDATE appeal SET state = 'second_instance', turns = $1::jsonb", seats)
    assert (await fetch_as(panel, appeal, evidence)).status_code == 200
    assert await code(await fetch_as(other, appeal, evidence)) == (403, "appeal_not_held")


async def test_what_is_not_what_it_says_leaves_nothing_behind(place: Town) -> None:
    alpha, appeal = await appealed(place)
    evidence = await announced(place, appeal)
    for other in (PHOTO[:-1], PHOTO + b"x", PHOTO[:-1] + b"!", b""):
        assert await code(await send(alpha, appeal, evidence, other)) == (422, "file_differs")
    page = b"<!doctype html><script>alert(1)</script>"
    disguised = await announced(place, appeal, page)
    assert await code(await send(alpha, appeal, disguised, page)) == (422, "file_type_differs")
    await place.execute("UPDATE appeal SET state = 'withdrawn_by_subject'")
    assert await code(await send(alpha, appeal, evidence)) == (409, "appeal_step_refused")
    await place.execute("UPDATE appeal SET state = 'in_review'")
    program = await announced(place, appeal, b"MZ\x90", media_type="application/x-msdownload")
    assert await code(await send(alpha, appeal, program, b"MZ\x90")) == (422, "file_type_refused")
    await place.execute("ALTER TABLE appeal_evidence DISABLE TRIGGER append_only")
    await place.execute("UPDATE appeal_evidence SET size = $1 WHERE id = $2", (10 << 20) + 1, evidence)
    await place.execute("ALTER TABLE appeal_evidence ENABLE TRIGGER append_only")
    refused = await send(alpha, appeal, evidence)
    assert (*await code(refused), refused.json()["facts"]) == (422, "file_too_large", {"most": 10 << 20})
    assert await place.rows("SELECT 1 FROM appeal_upload") == []


async def test_a_file_kept_from_the_person_is_not_hers_to_see_and_hers_is_the_members_to_see(place: Town) -> None:
    alpha, appeal = await appealed(place)
    hidden, open_ = await announced(place, appeal), await announced(place, appeal, PHOTO + b"2")
    assert (await send(alpha, appeal, hidden, disclose="none")).status_code == 200
    assert (await send(alpha, appeal, open_, PHOTO + b"2")).status_code == 200
    letter = b"%PDF-1.7 hers"
    hers = await announced(place, appeal, letter, side="subject", media_type="application/pdf")
    # What she sends is not for the member to send.
    assert await code(await send(alpha, appeal, hers, letter)) == (404, "evidence_unknown")
    subject, desk, act = Reader(Side.SUBJECT), keeps(place.api), Act(place.clock(), str(uuid4()))
    async with place.api.owner.write() as session:
        with pytest.raises(NotFound, match="evidence_unknown"):
            await uploads.look(session, appeal, hidden, by=subject, act=act, desk=desk)
        assert (await uploads.look(session, appeal, open_, by=subject, act=act, desk=desk)).content == PHOTO + b"2"
        entry = await uploads.expect(session, appeal, hers, by=subject, desk=desk)
        sealed = await uploads.seal(entry, arriving(letter), desk=desk)
        await uploads.keep(session, sealed, by=subject, shown=True, act=act, desk=desk)
    assert (await alpha.get(f"/v1/appeals/{appeal}/evidence/{hers}/file")).content == letter


async def arriving(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 5):
        yield content[start : start + 5]


async def test_files_are_destroyed_when_the_appeal_is_over_for_good(place: Town) -> None:
    alpha, appeal = await appealed(place)
    evidence = await announced(place, appeal)
    await send(alpha, appeal, evidence)
    await place.execute("UPDATE appeal SET state = 'decided'")
    destroyed = []
    for days in (0, 180, 60, 0):
        place.clock.now += timedelta(days=days)
        act = Act(place.clock(), "worker", operator="worker")
        async with opened(place.database, "registry_worker") as worker, worker.write() as session:
            destroyed.append(await uploads.destroy(session, policies=load(), act=act, trail=place.api.trail))
    assert destroyed == [0, 0, 1, 0]
    (left,) = await place.rows("SELECT wrapped_key, deleted_at FROM appeal_upload")
    assert (left["wrapped_key"], left["deleted_at"]) == (None, place.clock())
    assert await place.rows("SELECT 1 FROM appeal_upload_chunk") == []
    path = f"/v1/appeals/{appeal}/evidence/{evidence}/file"
    assert await code(await alpha.get(path)) == (404, "file_missing")


async def test_one_side_cannot_take_up_all_the_room(place: Town) -> None:
    alpha, appeal = await appealed(place)
    sent = []
    for number in range(FILES_MOST + 1):
        content = b"\xff\xd8\xff" + bytes([number])
        sent.append((await send(alpha, appeal, await announced(place, appeal, content), content)).status_code)
    assert sent == [200] * FILES_MOST + [409]
    hers = await announced(place, appeal, side="subject")
    async with place.api.owner.write() as session:
        entry = await uploads.expect(session, appeal, hers, by=Reader(Side.SUBJECT), desk=keeps(place.api))
    assert entry.evidence_id == hers
