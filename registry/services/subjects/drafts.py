"""Drafts of appeals: what a person has begun to say, kept until it is lodged or two weeks have passed.

A draft is sealed under the key of the record it is against, and dies with it. It is shown to the session that wrote it,
and to whoever proves again every contact of the record that had been proved then: as with an appeal, a colluder's
phone beside a victim's address opens nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from registry.crypto.sealed import NONCE_BYTES, seal, subject_draft_context, unseal
from registry.domain.appeal_case import Ground
from registry.domain.appeal_records import APPEALABLE
from registry.domain.events import Act
from registry.domain.subjects import Subject
from registry.errors import Conflict
from registry.services.subjects.cases import Own, note
from registry.services.subjects.desk import Desk
from registry.store import reports
from registry.store import subject_drafts as store
from registry.store.database import WriteSession
from registry.store.reports import Report
from registry.store.subject_drafts import Kept
from registry_formats import canonical

DRAFT_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said so far; `text` is None until that question was answered, also with nothing."""

    grounds: tuple[Ground, ...] = ()
    text: str | None = field(default=None, repr=False)


async def read(session: WriteSession, subject: Subject, own: Own, *, act: Act, now: datetime, desk: Desk) -> Draft:
    """Show a person their draft against a record; an empty one if there is none.

    Time here is the real one, as for sessions. Errors: Conflict `appeal_record_refused`.
    """
    report = _appealable(own)
    found = await _find(session, subject, report, now, desk)
    if found is None:
        return Draft()
    await _note(session, subject, report, "draft_read", act, desk)
    text = found[1]["text"]
    return Draft(tuple(Ground(one) for one in found[1]["grounds"]), text)


async def keep(
    session: WriteSession, subject: Subject, own: Own, draft: Draft, *, act: Act, now: datetime, desk: Desk
) -> None:
    """Keep a draft in the place of the one before. Errors: Conflict `appeal_record_refused`."""
    report = _appealable(own)
    found = await _find(session, subject, report, now, desk)
    draft_id = found[0] if found else desk.new_id(now)
    on_record = set(await reports.identities(session, report.id))
    content = canonical.dumps(
        {
            "by": sorted(one.hex() for one in set(subject.stored) & on_record),
            "grounds": [ground.value for ground in draft.grounds],
            "session": str(subject.session_id),
            "text": draft.text,
        }
    )
    context = subject_draft_context(draft_id.bytes, report.id.bytes)
    sealed = seal(desk.data_key(report), desk.entropy(NONCE_BYTES), content, context)
    await store.put(session, Kept(draft_id, report.id, sealed, now + DRAFT_LIFE))
    await _note(session, subject, report, "draft_keep", act, desk)


async def drop(session: WriteSession, subject: Subject, own: Own, *, act: Act, now: datetime, desk: Desk) -> None:
    """Delete a person's draft against a record, if there is one."""
    report = own.found.report
    found = await _find(session, subject, report, now, desk)
    if found is not None:
        await store.drop(session, found[0])
        await _note(session, subject, report, "draft_drop", act, desk)


async def _find(
    session: WriteSession, subject: Subject, report: Report, now: datetime, desk: Desk
) -> tuple[UUID, Mapping[str, Any]] | None:
    """Return the latest draft that this person wrote, with its id."""
    if report.wrapped_key is None:
        return None
    for kept in await store.of_report(session, report.id, now=now):
        context = subject_draft_context(kept.id.bytes, report.id.bytes)
        said = cast("dict[str, Any]", canonical.loads(unseal(desk.data_key(report), kept.sealed_draft, context)))
        by = {bytes.fromhex(one) for one in said["by"]}
        if said["session"] == str(subject.session_id) or (by and by <= set(subject.stored)):
            return kept.id, said
    return None


def _appealable(own: Own) -> Report:
    report = own.found.report
    if report.state not in APPEALABLE:
        raise Conflict("appeal_record_refused", facts={"state": report.state})
    return report


async def _note(session: WriteSession, subject: Subject, report: Report, step: str, act: Act, desk: Desk) -> None:
    await note(session, subject, step, {"report": str(report.id)}, act=act, desk=desk)
