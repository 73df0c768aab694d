"""What the log holds about one record: the entries of its own life, each opened and proved, for whoever is handed it.

It leaves no trace of its own: the use case that hands the record over records that.
"""

from collections.abc import Sequence
from uuid import UUID

from registry.services.auditing.desk import Desk
from registry.services.auditing.looks import Look
from registry.services.auditing.opening import OpenedEntry, open_all
from registry.services.auditing.proving import prove
from registry.store import audit_openings as store
from registry.store.database import ReadSession
from registry_formats.leaf import Group, LeafType

MOST = 500


async def of_record(reads: ReadSession, report_id: UUID, tags: Sequence[bytes], *, desk: Desk) -> list[Look]:
    """Return the entries of a record's life, oldest first, found by the tags of its identities."""
    sealed = await store.about(reads, tags, types=(LeafType.REPORT,), before=None, limit=MOST)
    own = [one for one in await open_all(reads, sealed, desk) if _is_about(one, report_id)]
    proofs = await prove(reads, [one.sealed for one in own])
    return [Look(one.sealed.id, one, proofs.get(one.sealed.id)) for one in reversed(own)]


def _is_about(entry: OpenedEntry, report_id: UUID) -> bool:
    content = entry.openings.get(Group.CONTENT)
    return content is not None and content.detail.get("report") == str(report_id)
