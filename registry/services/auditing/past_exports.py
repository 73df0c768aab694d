"""Which exports there were: what was asked for, and whether it was given whole, as the log itself tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from registry.domain.audit_filters import Because, Filter
from registry.services.auditing.desk import Sight, record_read
from registry.services.auditing.opening import open_all
from registry.store import audit_openings, audit_search
from registry_formats.export_seal import CLOSED_ACTION, MANIFEST_SHA256, OPENED_ACTION
from registry_formats.leaf import Detail, Group, JsonValue, LeafType

# Of the newest entries of exports, two to each.
_ENTRIES = 60


@dataclass(frozen=True, slots=True)
class PastExport:
    """An export; `rows`, `closed_ms` and the manifest's digest are None until its last row was given.

    Args:
        id: of its entry.
        asked: filter, format and reason, as recorded.
    """

    id: UUID
    t_ms: int
    staff_tag: bytes | None
    asked: Mapping[str, JsonValue]
    rows: int | None = None
    closed_ms: int | None = None
    manifest_sha256: str | None = None


async def past_exports(sight: Sight, *, because: Because) -> list[PastExport]:
    """List the newest exports, newest first."""
    wanted = Filter(type=LeafType.EXPORT)
    found = await audit_search.page(sight.reads, wanted, before=None, limit=_ENTRIES)
    ids = [one.id for one in found if one.action in {OPENED_ACTION, CLOSED_ACTION}]
    opened = await open_all(sight.reads, await audit_openings.read(sight.reads, ids), sight.desk)
    told = {one.sealed.id: one.openings[Group.CONTENT].detail for one in opened if Group.CONTENT in one.openings}
    ends = {str(told[one.id].get("export_id")): (one.t_ms, told[one.id]) for one in found if one.id in told}
    exports = [
        _closed(PastExport(one.id, one.t_ms, one.staff_tag, told[one.id]), ends.get(str(one.id)))
        for one in found
        if one.action == OPENED_ACTION and one.id in told
    ]
    await record_read(sight, "audit.exports", because, {"shown": len(exports)})
    return exports


def _closed(export: PastExport, end: tuple[int, Detail] | None) -> PastExport:
    if end is None:
        return export
    closed_ms, said = end
    rows = said["rows"]
    return PastExport(
        export.id,
        export.t_ms,
        export.staff_tag,
        export.asked,
        rows=rows if isinstance(rows, int) else None,
        closed_ms=closed_ms,
        manifest_sha256=str(said[MANIFEST_SHA256]),
    )
