"""Keep a search under a name, for oneself or for all auditors; list what is kept."""

from registry.domain.audit_filters import Because, Filter
from registry.services.auditing.desk import Sight, record_act, record_read
from registry.store import saved_searches as store
from registry.store.saved_searches import Saved

SHOWN_MOST = 200


async def save(sight: Sight, name: str, wanted: Filter | None, *, shared: bool) -> Saved:
    """Keep a search in the place of the one of that name; None takes it back."""
    saved = Saved(
        id=sight.new_id(),
        staff_id=sight.staff_id,
        name=name,
        filter=None if wanted is None else wanted.document(),
        shared=shared,
        saved_at=sight.act.now,
    )
    await store.keep(await sight.begin(), saved)
    outcome = "removed" if wanted is None else "saved"
    content = {"filter": saved.filter, "name": name, "shared": shared}
    await record_act(sight, "audit.save_search", outcome, content)
    return saved


async def kept(sight: Sight, *, because: Because) -> list[Saved]:
    """List one's own searches and those that others share."""
    found = await store.list_for(sight.reads, sight.staff_id, most=SHOWN_MOST)
    await record_read(sight, "audit.searches", because, {"shown": len(found)})
    return found
